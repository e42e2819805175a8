import TestSupport
import Testing
import ZooCore
import ZooRegistry

@testable import ZooImage

/// The draws follow from seeds, so these tests give the same answer every time. Their tolerances are five standard
/// errors of what is compared.
@Suite struct AugmentationDrawTests {
    private static let size = ImageSize(height: 43, width: 61)

    private func draws(_ step: Augmentation.Step, count: Int = 4000, size: ImageSize = size) -> [[PixelOperation]] {
        (0..<count).map { index in
            var generator = SeededGenerator(seed: 7, stream: UInt64(index))
            return step.draw(in: size, using: &generator)
        }
    }

    private func share(_ flags: [Bool]) -> Double { Double(flags.count { $0 }) / Double(flags.count) }

    private func expectMean(of values: [Double], _ expected: Double, deviation: Double, _ name: String) {
        let mean = values.reduce(0, +) / Double(values.count)
        let tolerance = 5 * deviation / Double(values.count).squareRoot()
        #expect(abs(mean - expected) <= tolerance, "\(name): mean \(mean), expected \(expected) ± \(tolerance)")
    }

    @Test("probabilities", arguments: [0, 0.1, 0.5, 0.9, 1])
    func probabilities(probability: Double) {
        let tolerance = 5 * (probability * (1 - probability) / 4000).squareRoot()
        for (step, operation) in [
            (.horizontalFlip(probability: probability), .flipHorizontally),
            (.verticalFlip(probability: probability), .flipVertically),
            (.grayscale(probability: probability), .grayscale),
        ] as [(Augmentation.Step, PixelOperation)] {
            let results = draws(step)
            #expect(results.allSatisfy { $0 == [operation] || $0 == [] })
            #expect(abs(share(results.map { $0 == [operation] }) - probability) <= tolerance)
        }
        let erasing = Augmentation.Erasing(probability: probability)
        let erased = (0..<4000).map { index in
            var generator = SeededGenerator(seed: 3, stream: UInt64(index))
            return erasing.draw(in: Self.size, using: &generator) != nil
        }
        #expect(abs(share(erased) - probability) <= tolerance)
    }

    @Test("angles are drawn evenly")
    func angles() {
        let angles = draws(.rotation(.init(degrees: -10...30))).compactMap { operations -> Double? in
            guard case .rotate(let degrees, _)? = operations.first else { return nil }
            return degrees
        }
        #expect(angles.count == 4000)
        #expect(angles.allSatisfy { (-10...30).contains($0) })
        expectMean(of: angles, 10, deviation: 40 / 12.0.squareRoot(), "angle")
        expectMean(of: angles.map { ($0 - 10) * ($0 - 10) }, 1600.0 / 12, deviation: 120, "square")
    }

    @Test("affine maps: whole shifts within their bounds, factors and angles in range")
    func affine() {
        let affine = Augmentation.Affine(
            degrees: 0...0, translateX: 0.25, translateY: 0.1, scale: 0.5...2, sampling: .init())
        var shifts: Set<Double> = []
        for operations in draws(.affine(affine)) {
            guard case .affine(let map, _)? = operations.first else {
                Issue.record("no map")
                return
            }
            let factor = 1 / map.a
            #expect(
                factor >= 0.5 - 1e-9 && factor <= 2 + 1e-9 && abs(map.e - map.a) < 1e-12 && map.b == 0 && map.d == 0)
            // x' = (x - centre - shift) / factor + centre
            let shift = (30.5 - map.c) / map.a - 30.5
            #expect(abs(shift) <= 15 + 1e-6 && abs(shift - shift.rounded()) < 1e-6)
            shifts.insert(shift.rounded())
        }
        #expect(shifts == Set((-15...15).map(Double.init)))
    }

    @Test("colour jitter: factors in range, every order, nothing for what is left alone")
    func jitter() {
        let jitter = Augmentation.ColourJitter(
            brightness: 0.8...1.2, contrast: 0.5...1.5, saturation: 0...2, hue: -0.1...0.1)
        var orders: [String: Int] = [:]
        var brightness: [Double] = []
        for operations in draws(.colourJitter(jitter)) {
            let order = operations.map { operation in
                switch operation {
                case .brightness(let factor):
                    brightness.append(factor)
                    return (0.8...1.2).contains(factor) ? "b" : "?"
                case .contrast(let factor): return (0.5...1.5).contains(factor) ? "c" : "?"
                case .saturation(let factor): return (0...2).contains(factor) ? "s" : "?"
                case .hue(let turn): return (-0.1...0.1).contains(turn) ? "h" : "?"
                default: return "?"
                }
            }.joined()
            orders[order, default: 0] += 1
        }
        #expect(orders.count == 24)
        #expect(orders.keys.allSatisfy { Set($0) == ["b", "c", "s", "h"] })
        // 4000 / 24 ± 5 standard deviations.
        #expect(orders.values.allSatisfy { (103...231).contains($0) })
        expectMean(of: brightness, 1, deviation: 0.4 / 12.0.squareRoot(), "brightness")
        #expect(draws(.colourJitter(.init(contrast: 0.5...1.5)), count: 50).allSatisfy { $0.count == 1 })
        #expect(draws(.colourJitter(.init()), count: 50).allSatisfy { $0.isEmpty })
    }

    @Test("resized crops and erased rectangles have torchvision's means")
    func rectangles() throws {
        let expected = try AugmentationFixture.load().distributions
        let count = 20_000
        func compare(_ rectangles: [Rectangle], _ moments: AugmentationFixture.Moments, _ name: String) {
            #expect(rectangles.count == count)
            let columns = [
                rectangles.map(\.top), rectangles.map(\.left), rectangles.map(\.height), rectangles.map(\.width),
            ]
            for (index, column) in columns.enumerated() {
                // Both means have an error.
                expectMean(
                    of: column.map(Double.init), moments.mean[index],
                    deviation: moments.deviation[index] * 2.0.squareRoot(), "\(name) \(index)")
            }
            #expect(
                rectangles.allSatisfy {
                    $0.top >= 0 && $0.left >= 0 && $0.top + $0.height <= 43 && $0.left + $0.width <= 61
                })
        }
        var generator = SeededGenerator(seed: 5)
        compare(
            (0..<count).map { _ in Augmentation.ResizedCrop().draw(in: Self.size, using: &generator) },
            expected.resizedCrop, "crop")
        let erasing = Augmentation.Erasing(probability: 1)
        compare(
            (0..<count).compactMap { _ in erasing.draw(in: Self.size, using: &generator) }, expected.erasing, "erasing")
    }

    @Test("where no part fits, torchvision's centred one")
    func fallbacks() throws {
        for expected in try AugmentationFixture.load().fallbacks {
            let crop = Augmentation.ResizedCrop(scale: 1...1, ratio: expected.ratio[0]...expected.ratio[1])
            let rectangle = crop.fallback(in: ImageSize(height: expected.height, width: expected.width))
            #expect(rectangle == Rectangle(expected.box))
        }
        let strip = Augmentation.ResizedCrop().fallback(in: ImageSize(height: 1000, width: 1))
        #expect(strip == Rectangle(top: 499, left: 0, height: 1, width: 1))
    }

    @Test("policies: every operation as often as any other, both signs, all levels")
    func policies() {
        var names: [String: Int] = [:]
        let operations = draws(.trivialAugment(.init()), count: 14_000)
        for operation in operations { names["\(operation.first.map(label) ?? "identity")", default: 0] += 1 }
        // Shears and shifts are affine maps all four; the others are one in fourteen each.
        #expect(names.count == 11)
        for (name, count) in names {
            let expected = name == "affine" ? 4000 : 1000
            #expect(abs(count - expected) < 5 * Int(Double(expected).squareRoot()), "\(name): \(count)")
        }
        let angles = Set(
            operations.compactMap { operations -> Double? in
                if case .rotate(let degrees, _)? = operations.first { degrees } else { nil }
            })
        #expect(angles.count == 61)
        #expect(angles.min() == -135 && angles.max() == 135)
        let several = draws(.randAugment(.init(operationCount: 3, magnitude: 9)), count: 2000)
        #expect(several.map(\.count).max() == 3)
        #expect(several.contains { $0.count < 3 })
    }

    private func label(_ operation: PixelOperation) -> String {
        "\(operation)".split(separator: "(").first.map(String.init) ?? ""
    }

    @Test(
        "random crops reach every place, padding included",
        arguments: [(32, 32, 4, 9), (10, 8, 0, 3), (5, 8, 0, 4), (5, 8, 1, 2)])
    func crops(length: Int, crop: Int, padding: Int, places: Int) {
        var seen: Set<[Int]> = []
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<2000 {
            let axis = CropAxis(length: length, crop: crop, padding: padding, using: &generator)
            #expect(axis.outputLength == crop)
            #expect(axis.range.lowerBound >= 0 && axis.range.upperBound <= length)
            #expect(axis.padding >= 0 && axis.padding + axis.range.count <= crop)
            seen.insert([axis.range.lowerBound, axis.range.count, axis.padding])
        }
        #expect(seen.count == places)
    }
}
