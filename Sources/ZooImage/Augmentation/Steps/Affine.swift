internal import ZooCore

extension Augmentation {
    /// The parameters of torchvision's `RandomAffine`.
    public struct Affine: Sendable, Hashable {
        /// The angle in degrees, drawn evenly; positive turns clockwise, as torchvision's does.
        public var degrees: ClosedRange<Double>
        /// The greatest shift in either direction along x, as a share of the width; shifts are whole pixels.
        public var translateX: Double
        /// The greatest shift in either direction along y, as a share of the height.
        public var translateY: Double
        /// The factor of the size.
        public var scale: ClosedRange<Double>
        /// The shear parallel to the x axis, in degrees.
        public var shearX: ClosedRange<Double>
        /// The shear parallel to the y axis, in degrees.
        public var shearY: ClosedRange<Double>
        /// How pixels are read.
        public var sampling: AffineSampling

        /// The parameters; by default nothing but the turn.
        public init(
            degrees: ClosedRange<Double>, translateX: Double = 0, translateY: Double = 0,
            scale: ClosedRange<Double> = 1...1, shearX: ClosedRange<Double> = 0...0,
            shearY: ClosedRange<Double> = 0...0, sampling: AffineSampling = AffineSampling()
        ) {
            self.degrees = degrees
            self.translateX = translateX
            self.translateY = translateY
            self.scale = scale
            self.shearX = shearX
            self.shearY = shearY
            self.sampling = sampling
        }

        var defect: String? {
            if let defect = Rotation.defect(ofDegrees: degrees) { return defect }
            for share in [translateX, translateY] where !(0...1).contains(share) {
                return "translate is \(share.shortText), expected a share from 0 to 1"
            }
            if !(scale.lowerBound >= 0.001 && scale.upperBound <= 1000) {
                return "scale is \(scale.text), expected factors from 0.001 to 1000"
            }
            for shear in [shearX, shearY] where !(shear.lowerBound >= -89 && shear.upperBound <= 89) {
                return "shear is \(shear.text), expected degrees from -89 to 89"
            }
            return nil
        }

        /// Draws the map for an image of the size `size`.
        func draw(in size: ImageSize, using generator: inout SeededGenerator) -> PixelOperation {
            let (width, height) = (Double(size.width), Double(size.height))
            let angle = generator.uniform(in: degrees)
            let shiftX = generator.uniform(in: -translateX * width...translateX * width)
            let shiftY = generator.uniform(in: -translateY * height...translateY * height)
            let factor = generator.uniform(in: scale)
            let shear = (generator.uniform(in: shearX), generator.uniform(in: shearY))
            let map = AffineMap.inverse(
                centre: (width * 0.5, height * 0.5), angle: angle,
                translation: (shiftX.rounded(.toNearestOrEven), shiftY.rounded(.toNearestOrEven)), scale: factor,
                shear: shear)
            return .affine(map, sampling)
        }
    }
}
