internal import Glibc
internal import ZooCore

extension Augmentation {
    /// The parameters of torchvision's `RandomErasing`.
    public struct Erasing: Sendable, Hashable {
        /// What the rectangle is overwritten with, as normalised values.
        public enum Value: Sendable, Hashable {
            /// One number for every channel; 0 is the mean colour of the preprocessing.
            case constant(Float)
            /// A number for red, green and blue each.
            case colour(Float, Float, Float)
            /// Numbers drawn from the standard normal distribution.
            case random
        }

        /// How often an image is changed.
        public var probability: Double
        /// The area of the rectangle, as a share of the image's.
        public var scale: ClosedRange<Double>
        /// The height of the rectangle, as a multiple of its width; logarithms are drawn evenly.
        public var ratio: ClosedRange<Double>
        /// What it is overwritten with.
        public var value: Value

        /// The parameters, by default torchvision's.
        public init(
            probability: Double = 0.5, scale: ClosedRange<Double> = 0.02...0.33, ratio: ClosedRange<Double> = 0.3...3.3,
            value: Value = .constant(0)
        ) {
            self.probability = probability
            self.scale = scale
            self.ratio = ratio
            self.value = value
        }

        var defect: String? {
            if let defect = Step.defect(ofProbability: probability) { return defect }
            if !(scale.lowerBound >= 0 && scale.upperBound <= 1) {
                return "the scale is \(scale.text), expected shares of the area from 0 to 1"
            }
            return ResizedCrop.defect(ofRatio: ratio)
        }

        /// Draws a rectangle in an image of the size `size`, or `nil` if the image stays as it is: by chance, or because
        /// none of ten attempts fitted.
        func draw(in size: ImageSize, using generator: inout SeededGenerator) -> Rectangle? {
            guard generator.chance(probability) else { return nil }
            let area = Double(size.height * size.width)
            for _ in 0..<10 {
                let target = area * generator.uniform(in: scale)
                let aspect = exp(generator.uniform(in: log(ratio.lowerBound)...log(ratio.upperBound)))
                let height = Int((target * aspect).squareRoot().rounded(.toNearestOrEven))
                let width = Int((target / aspect).squareRoot().rounded(.toNearestOrEven))
                guard height < size.height, width < size.width else { continue }
                let top = generator.index(below: size.height - height + 1)
                let left = generator.index(below: size.width - width + 1)
                return Rectangle(top: top, left: left, height: height, width: width)
            }
            return nil
        }

        /// Overwrites `rectangle` of the `3×H×W` floats of an image of the size `size`.
        func erase(
            _ rectangle: Rectangle, of size: ImageSize, in pixels: inout MutableSpan<Float>,
            using generator: inout SeededGenerator
        ) {
            for channel in 0..<3 {
                for row in rectangle.rows {
                    let start = (channel * size.height + row) * size.width
                    for column in rectangle.columns {
                        pixels[start + column] =
                            switch value {
                            case .constant(let number): number
                            case .colour(let red, let green, let blue): channel == 0 ? red : channel == 1 ? green : blue
                            case .random: generator.normal()
                            }
                    }
                }
            }
        }
    }
}
