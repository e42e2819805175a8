internal import ZooCore

extension Augmentation {
    /// The parameters of torchvision's `ColorJitter`.
    public struct ColourJitter: Sendable, Hashable {
        /// The factor of the brightness; 1...1 leaves it alone.
        public var brightness: ClosedRange<Double>
        /// The factor of the contrast.
        public var contrast: ClosedRange<Double>
        /// The factor of the saturation.
        public var saturation: ClosedRange<Double>
        /// The turn of the colour circle, where 1 is a whole turn; 0...0 leaves it alone.
        public var hue: ClosedRange<Double>

        /// The ranges themselves.
        public init(
            brightness: ClosedRange<Double> = 1...1, contrast: ClosedRange<Double> = 1...1,
            saturation: ClosedRange<Double> = 1...1, hue: ClosedRange<Double> = 0...0
        ) {
            self.brightness = brightness
            self.contrast = contrast
            self.saturation = saturation
            self.hue = hue
        }

        /// The range that torchvision makes of a single number: `1 - number` (not below 0) to `1 + number`.
        static func factors(_ number: Double) -> ClosedRange<Double>? {
            number >= 0 ? max(0, 1 - number)...(1 + number) : nil
        }

        var defect: String? {
            for (name, range) in [("brightness", brightness), ("contrast", contrast), ("saturation", saturation)] {
                if !(range.lowerBound >= 0 && range.upperBound <= 1000) {
                    return "\(name) is \(range.text), expected factors from 0 to 1000"
                }
            }
            return hue.lowerBound >= -0.5 && hue.upperBound <= 0.5
                ? nil : "hue is \(hue.text), expected turns from -0.5 to 0.5"
        }

        /// Draws the factors, and their order.
        func draw(using generator: inout SeededGenerator) -> [PixelOperation] {
            var order = [0, 1, 2, 3]
            for last in stride(from: 3, to: 0, by: -1) { order.swapAt(last, generator.index(below: last + 1)) }
            var operations: [PixelOperation?] = [nil, nil, nil, nil]
            if brightness != 1...1 { operations[0] = .brightness(generator.uniform(in: brightness)) }
            if contrast != 1...1 { operations[1] = .contrast(generator.uniform(in: contrast)) }
            if saturation != 1...1 { operations[2] = .saturation(generator.uniform(in: saturation)) }
            if hue != 0...0 { operations[3] = .hue(generator.uniform(in: hue)) }
            return order.compactMap { operations[$0] }
        }
    }
}
