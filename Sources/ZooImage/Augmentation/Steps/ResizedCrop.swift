internal import Glibc
internal import ZooCore

extension Augmentation {
    /// The parameters of torchvision's `RandomResizedCrop`.
    public struct ResizedCrop: Sendable, Hashable {
        /// The area of the part, as a share of the photo's.
        public var scale: ClosedRange<Double>
        /// The width of the part, as a multiple of its height; logarithms are drawn evenly.
        public var ratio: ClosedRange<Double>

        /// torchvision's default for ``ratio``: 3:4 to 4:3.
        public static let defaultRatio = 3.0 / 4...4.0 / 3

        /// The parameters, by default torchvision's.
        public init(scale: ClosedRange<Double> = 0.08...1, ratio: ClosedRange<Double> = defaultRatio) {
            self.scale = scale
            self.ratio = ratio
        }

        var defect: String? {
            if !(scale.lowerBound > 0 && scale.upperBound <= 1) {
                return "the scale is \(scale.text), expected shares of the area, above 0 and up to 1"
            }
            return Self.defect(ofRatio: ratio)
        }

        static func defect(ofRatio ratio: ClosedRange<Double>) -> String? {
            ratio.lowerBound >= 0.001 && ratio.upperBound <= 1000
                ? nil : "the ratio is \(ratio.text), expected numbers from 0.001 to 1000"
        }

        /// Draws a part of an image of the size `size`: ten attempts, then the largest centred part of a ratio that is
        /// allowed, as torchvision does it.
        func draw(in size: ImageSize, using generator: inout SeededGenerator) -> Rectangle {
            let area = Double(size.height * size.width)
            for _ in 0..<10 {
                let target = area * generator.uniform(in: scale)
                let aspect = exp(generator.uniform(in: log(ratio.lowerBound)...log(ratio.upperBound)))
                let width = Int((target * aspect).squareRoot().rounded(.toNearestOrEven))
                let height = Int((target / aspect).squareRoot().rounded(.toNearestOrEven))
                guard (1...size.width).contains(width), (1...size.height).contains(height) else { continue }
                let top = generator.index(below: size.height - height + 1)
                let left = generator.index(below: size.width - width + 1)
                return Rectangle(top: top, left: left, height: height, width: width)
            }
            return fallback(in: size)
        }

        /// The part when no attempt fitted.
        func fallback(in size: ImageSize) -> Rectangle {
            var (height, width) = (size.height, size.width)
            let aspect = Double(width) / Double(height)
            if aspect < ratio.lowerBound {
                height = Int((Double(width) / ratio.lowerBound).rounded(.toNearestOrEven))
            } else if aspect > ratio.upperBound {
                width = Int((Double(height) * ratio.upperBound).rounded(.toNearestOrEven))
            }
            // A strip of pixels may leave nothing by torchvision's rule, which then fails; one pixel is kept here.
            (height, width) = (max(height, 1), max(width, 1))
            return Rectangle(
                top: (size.height - height) / 2, left: (size.width - width) / 2, height: height, width: width)
        }
    }
}

/// A part of an image.
struct Rectangle: Sendable, Hashable {
    var top: Int
    var left: Int
    var height: Int
    var width: Int

    var rows: Range<Int> { top..<top + height }
    var columns: Range<Int> { left..<left + width }
}
