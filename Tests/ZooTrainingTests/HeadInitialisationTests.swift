import Testing
import ZooCore
import ZooTraining

@Suite("new heads are drawn as PyTorch draws them") struct HeadInitialisationTests {
    private static let (features, classes) = (300, 200)

    private func draw(_ kind: HeadInitialisation, seed: UInt64 = 1) -> (weight: [Float], bias: [Float]) {
        var generator = SeededGenerator(seed: seed)
        let head = LinearHead(
            featureCount: Self.features, classCount: Self.classes, initialisation: kind, generator: &generator)
        #expect(head.weight.rowCount == Self.classes && head.weight.columnCount == Self.features)
        return (head.weight.values, head.bias)
    }

    private func moments(_ values: [Float]) -> (mean: Double, deviation: Double, largest: Double) {
        let numbers = values.map(Double.init)
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count)
        return (mean, variance.squareRoot(), numbers.map(abs).max() ?? .nan)
    }

    /// Bounds of xavier_uniform_ and of Linear's kaiming_uniform_(a=√5), for 300 features and 200 classes.
    @Test(arguments: [(HeadInitialisation.xavier, 0.109_544_5), (.torch, 0.057_735_0)])
    func evenly(kind: HeadInitialisation, bound: Double) {
        let found = moments(draw(kind).weight)
        #expect(found.largest <= bound * 1.000_001 && found.largest > bound * 0.999)
        #expect(abs(found.mean) < 0.01 * bound)
        // The deviation of an even distribution is its bound / √3.
        #expect(abs(found.deviation / (bound / 3.0.squareRoot()) - 1) < 0.01)
    }

    @Test func normally() {
        let weight = draw(.kaiming).weight
        let deviation = (2.0 / 300).squareRoot()
        let found = moments(weight)
        #expect(abs(found.mean) < 0.02 * deviation)
        #expect(abs(found.deviation / deviation - 1) < 0.01)
        // 68.27 % within one deviation, 95.45 % within two, and some beyond three.
        let shares = [1.0, 2, 3].map { bound in
            Double(weight.count { abs(Double($0)) < bound * deviation }) / Double(weight.count)
        }
        #expect(abs(shares[0] - 0.6827) < 0.01 && abs(shares[1] - 0.9545) < 0.005 && shares[2] < 1)
    }

    @Test func biases() {
        #expect(draw(.zero).weight.allSatisfy { $0 == 0 })
        for kind in [HeadInitialisation.zero, .xavier, .kaiming] {
            #expect(draw(kind).bias == [Float](repeating: 0, count: Self.classes), "\(kind)")
        }
        let found = moments(draw(.torch).bias)
        #expect(found.largest <= 0.057_735_1 && found.deviation > 0.03)
        var generator = SeededGenerator(seed: 1)
        for kind in HeadInitialisation.allCases {
            let head = LinearHead(
                featureCount: 4, classCount: 2, hasBias: false, initialisation: kind, generator: &generator)
            #expect(head.bias.isEmpty)
        }
    }

    @Test(arguments: HeadInitialisation.allCases) func seedsDecide(kind: HeadInitialisation) {
        #expect(draw(kind) == draw(kind))
        if kind != .zero { #expect(draw(kind, seed: 1) != draw(kind, seed: 2)) }
    }
}
