internal import ZooCore

extension Augmentation {
    /// How an image is read between its pixels, and what stands where it has none.
    public struct AffineSampling: Sendable, Hashable {
        /// How a value between pixels is found.
        public enum Interpolation: String, Sendable, Hashable, CaseIterable {
            /// The pixel that the position lies in.
            case nearest
            /// A mixture of the four pixels around the position.
            case bilinear
        }

        /// How a value between pixels is found; torchvision's default is `nearest`.
        public var interpolation: Interpolation
        /// Red, green and blue of what lies outside the image; torchvision's default is black.
        public var fill: [UInt8]

        /// - Precondition: `fill` has three values.
        public init(interpolation: Interpolation = .nearest, fill: [UInt8] = [0, 0, 0]) {
            precondition(fill.count == 3, "a colour has three values")
            self.interpolation = interpolation
            self.fill = fill
        }
    }

    /// The parameters of torchvision's `RandomRotation`.
    public struct Rotation: Sendable, Hashable {
        /// The angle in degrees, drawn evenly; positive turns counter-clockwise.
        public var degrees: ClosedRange<Double>
        /// How pixels are read.
        public var sampling: AffineSampling

        /// A turn by an angle in `degrees`.
        public init(degrees: ClosedRange<Double>, sampling: AffineSampling = AffineSampling()) {
            self.degrees = degrees
            self.sampling = sampling
        }

        var defect: String? { Self.defect(ofDegrees: degrees) }

        static func defect(ofDegrees degrees: ClosedRange<Double>) -> String? {
            degrees.lowerBound >= -360 && degrees.upperBound <= 360
                ? nil : "the angle is \(degrees.text), expected degrees from -360 to 360"
        }
    }
}
