internal import Glibc
internal import ZooCore

extension Augmentation {
    /// The parameters of torchvision's `RandAugment`.
    public struct RandAugment: Sendable, Hashable {
        /// How many operations are applied, one after the other; the same one may come twice.
        public var operationCount: Int
        /// The strength of each, from 0 to 30.
        public var magnitude: Int
        /// How pixels are read.
        public var sampling: AffineSampling

        /// The parameters, by default torchvision's.
        public init(operationCount: Int = 2, magnitude: Int = 9, sampling: AffineSampling = AffineSampling()) {
            self.operationCount = operationCount
            self.magnitude = magnitude
            self.sampling = sampling
        }

        var defect: String? {
            if !(0...100).contains(operationCount) {
                return "the number of operations is \(operationCount), expected 0 to 100"
            }
            return (0..<PolicySpace.levelCount).contains(magnitude)
                ? nil : "the magnitude is \(magnitude), expected 0 to \(PolicySpace.levelCount - 1)"
        }

        /// Draws the operations for an image of the size `size`.
        func draw(in size: ImageSize, using generator: inout SeededGenerator) -> [PixelOperation] {
            (0..<operationCount).compactMap { _ in
                let kind = PolicySpace.Kind.draw(using: &generator)
                return PolicySpace.randAugment(size).operation(
                    kind, level: magnitude, isNegative: kind.isSigned && generator.index(below: 2) == 1,
                    size: size, sampling: sampling)
            }
        }
    }
}

/// How strong the operations of RandAugment and TrivialAugmentWide are at each level.
struct PolicySpace {
    /// The operations, in torchvision's order.
    enum Kind: Int, CaseIterable, Sendable {
        case identity, shearX, shearY, translateX, translateY, rotate, brightness, colour, contrast, sharpness,
            posterize, solarize, autocontrast, equalize

        /// Whether the strength gets a sign at random.
        var isSigned: Bool {
            switch self {
            case .identity, .posterize, .solarize, .autocontrast, .equalize: false
            default: true
            }
        }

        static func draw(using generator: inout SeededGenerator) -> Kind {
            let kinds = Kind.allCases
            return kinds[generator.index(below: kinds.count)]
        }
    }

    /// The number of levels, 0 being nothing.
    static let levelCount = 31

    private let shear: Float
    private let shiftX: Float
    private let shiftY: Float
    private let degrees: Float
    private let factor: Float
    private let lostBits: Float

    /// The strengths of RandAugment, whose shifts depend on the size of the image.
    static func randAugment(_ size: ImageSize) -> PolicySpace {
        PolicySpace(
            shear: 0.3, shiftX: Float(150.0 / 331 * Double(size.width)),
            shiftY: Float(150.0 / 331 * Double(size.height)),
            degrees: 30, factor: 0.9, lostBits: 4)
    }

    /// The strengths of TrivialAugmentWide.
    static let trivialAugmentWide = PolicySpace(
        shear: 0.99, shiftX: 32, shiftY: 32, degrees: 135, factor: 0.99, lostBits: 6)

    /// One operation of a random level.
    func draw(
        in size: ImageSize, sampling: Augmentation.AffineSampling, using generator: inout SeededGenerator
    ) -> PixelOperation? {
        let kind = Kind.draw(using: &generator)
        let level = generator.index(below: Self.levelCount)
        let isNegative = kind.isSigned && generator.index(below: 2) == 1
        return operation(kind, level: level, isNegative: isNegative, size: size, sampling: sampling)
    }

    /// The operation `kind` of the strength `level`; `nil` if it is none.
    func operation(
        _ kind: Kind, level: Int, isNegative: Bool, size: ImageSize, sampling: Augmentation.AffineSampling
    ) -> PixelOperation? {
        func strength(_ end: Float) -> Double {
            Double(Self.linspace(0, end, level)) * (isNegative ? -1 : 1)
        }
        func affine(shift: (Double, Double) = (0, 0), shear: (Double, Double) = (0, 0)) -> PixelOperation {
            // Shears leave the upper left corner where it is, as AutoAugment's do.
            let centre = shear == (0, 0) ? (Double(size.width) * 0.5, Double(size.height) * 0.5) : (0, 0)
            let map = AffineMap.inverse(centre: centre, angle: 0, translation: shift, scale: 1, shear: shear)
            return .affine(map, sampling)
        }
        func angle(_ tangent: Double) -> Double { atan(tangent) * (180 / Double.pi) }
        switch kind {
        case .identity: return nil
        case .shearX: return affine(shear: (angle(strength(shear)), 0))
        case .shearY: return affine(shear: (0, angle(strength(shear))))
        case .translateX: return affine(shift: (strength(shiftX).rounded(.towardZero), 0))
        case .translateY: return affine(shift: (0, strength(shiftY).rounded(.towardZero)))
        case .rotate: return .rotate(degrees: strength(degrees), sampling)
        case .brightness: return .brightness(1 + strength(factor))
        case .colour: return .saturation(1 + strength(factor))
        case .contrast: return .contrast(1 + strength(factor))
        case .sharpness: return .sharpness(1 + strength(factor))
        case .posterize:
            let lost = Float(level) / (Float(Self.levelCount - 1) / lostBits)
            return .posterize(bits: 8 - Int(lost.rounded(.toNearestOrEven)))
        case .solarize: return .solarize(threshold: Double(Self.linspace(255, 0, level)))
        case .autocontrast: return .autocontrast
        case .equalize: return .equalize
        }
    }

    /// The element `index` of `torch.linspace(start, end, 31)`: float32, counted from the nearer end, with one rounding
    /// for product and sum. (So TrivialAugment's 15th shift is 15 pixels, not 16.)
    static func linspace(_ start: Float, _ end: Float, _ index: Int) -> Float {
        let step = (end - start) / Float(levelCount - 1)
        return index < levelCount / 2
            ? start.addingProduct(step, Float(index)) : end.addingProduct(-step, Float(levelCount - 1 - index))
    }
}
