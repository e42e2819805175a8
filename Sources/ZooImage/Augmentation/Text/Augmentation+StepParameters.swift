extension Augmentation.ResizedCrop {
    /// `resized-crop=0.08..1:ratio=0.75..1.3333`
    init(_ text: inout StepText) throws(AugmentationError) {
        self.init()
        scale = try text.range(default: scale)
        ratio = try text.range("ratio", default: ratio)
    }
}

extension Augmentation.AffineSampling {
    /// `sampling=bilinear:fill=0/0/0`
    init(_ text: inout StepText) throws(AugmentationError) {
        self.init()
        if let name = try text.word("sampling") {
            guard let interpolation = Interpolation(rawValue: name) else {
                throw text.error("sampling is '\(name)', expected nearest or bilinear")
            }
            self.interpolation = interpolation
        }
        let colour = try text.wholes("fill", atMost: 3)
        guard !colour.isEmpty else { return }
        let values = colour.compactMap { UInt8(exactly: $0) }
        guard values.count == colour.count, values.count != 2 else {
            throw text.error("fill takes one grey level from 0 to 255, or red/green/blue")
        }
        fill = values.count == 3 ? values : [UInt8](repeating: values[0], count: 3)
    }
}

extension Augmentation.Rotation {
    /// `rotate=10` or `rotate=-5..20`
    init(_ text: inout StepText) throws(AugmentationError) {
        guard let degrees = try text.angle() else {
            throw text.error("how far? Write rotate=10 for -10 to 10 degrees, or rotate=-5..20")
        }
        self.init(degrees: degrees, sampling: try Augmentation.AffineSampling(&text))
    }
}

extension Augmentation.Affine {
    /// `affine=10:translate=0.1/0.1:scale=0.9..1.1:shear=5/0`
    init(_ text: inout StepText) throws(AugmentationError) {
        guard let degrees = try text.angle() else {
            throw text.error("how far? Write affine=10 for -10 to 10 degrees, or affine=0 for none")
        }
        self.init(degrees: degrees)
        let shares = try text.numbers("translate", atMost: 2)
        guard shares.count != 1 else { throw text.error("translate takes two shares, of width and height: 0.1/0.1") }
        if shares.count == 2 { (translateX, translateY) = (shares[0], shares[1]) }
        scale = try text.range("scale", default: scale)
        let shears = try text.ranges("shear", count: 2, single: [StepText.bothWays, StepText.bothWays])
        shearX = shears[0] ?? shearX
        shearY = shears[1] ?? shearY
        sampling = try Augmentation.AffineSampling(&text)
    }
}

extension Augmentation.ColourJitter {
    /// `jitter=0.2/0.2/0.2/0.05`: brightness, contrast, saturation, hue
    init(_ text: inout StepText) throws(AugmentationError) {
        let parts = try text.ranges(
            count: 4, single: [Self.factors, Self.factors, Self.factors, StepText.bothWays])
        guard parts[0] != nil else {
            throw text.error("how much? Write jitter=0.2/0.2/0.2/0.05 for brightness, contrast, saturation and hue")
        }
        self.init(
            brightness: parts[0] ?? 1...1, contrast: parts[1] ?? 1...1, saturation: parts[2] ?? 1...1,
            hue: parts[3] ?? 0...0)
    }
}

extension Augmentation.RandAugment {
    /// `randaugment=2/9`: how many operations, how strong
    init(_ text: inout StepText) throws(AugmentationError) {
        self.init()
        let numbers = try text.wholes(atMost: 2)
        operationCount = numbers.first ?? operationCount
        magnitude = numbers.count == 2 ? numbers[1] : magnitude
        sampling = try Augmentation.AffineSampling(&text)
    }
}

extension Augmentation.Erasing {
    /// `erase=0.5:scale=0.02..0.33:ratio=0.3..3.3:value=random`
    init(_ text: inout StepText) throws(AugmentationError) {
        self.init()
        probability = try text.number(default: probability)
        scale = try text.range("scale", default: scale)
        ratio = try text.range("ratio", default: ratio)
        guard let word = try text.word("value") else { return }
        if word == "random" {
            value = .random
            return
        }
        let numbers = word.split(separator: "/", omittingEmptySubsequences: false).map { Float(String($0)) ?? .nan }
        guard numbers.allSatisfy(\.isFinite), numbers.count == 1 || numbers.count == 3 else {
            throw text.error("value is '\(word)', expected a normalised number, red/green/blue, or random")
        }
        value = numbers.count == 1 ? .constant(numbers[0]) : .colour(numbers[0], numbers[1], numbers[2])
    }
}

extension StepText {
    /// The range that torchvision makes of a single number: from `-number` to `number`.
    static func bothWays(_ number: Double) -> ClosedRange<Double>? {
        number >= 0 ? -number...number : nil
    }

    /// The value as degrees, if there is one.
    fileprivate mutating func angle() throws(AugmentationError) -> ClosedRange<Double>? {
        try ranges(count: 1, single: [Self.bothWays])[0]
    }
}
