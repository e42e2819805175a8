import TestSupport
import Testing
import ZooTraining

/// What `fixtures/generators/methods/regularisation.py` let PyTorch compute.
struct RegularisationFixture: Decodable {
    struct Penalty: Decodable {
        let l1, towardsStart, towardsZero: Float
        let known: Bool
        let penalty: Double
        let gradient: [Double]
    }
    struct Clipped: Decodable {
        let norm: Double
        let largest: Float
        let gradients: [[Float]]
    }
    let start, values, gradient, other: [Float]
    let penalties: [String: Penalty]
    let clipped: [String: Clipped]
    let steps: [[Float]]
    let averages: [String: [[Float]]]

    static func read() throws -> RegularisationFixture {
        try Fixture.json("methods/regularisation.json")
    }
}

/// The largest difference, relative to numbers above 1.
private func worst(_ found: [Float], _ expected: [some BinaryFloatingPoint]) -> Double {
    guard found.count == expected.count else { return .infinity }
    return zip(found, expected).map { abs(Double($0) - Double($1)) / max(1, abs(Double($1))) }
        .reduce(0) { $1.isNaN ? .infinity : max($0, $1) }
}

@Suite("penalties on parameters") struct RegulariserTests {
    @Test func gradientsArePyTorchs() throws {
        let fixture = try RegularisationFixture.read()
        #expect(fixture.penalties.count == 8)
        for (name, expected) in fixture.penalties {
            var regulariser = Regulariser(
                .init(l1: expected.l1, towardsStart: expected.towardsStart, towardsZero: expected.towardsZero))
            if expected.known { regulariser.remember("weight", fixture.start.span) }
            var gradient = fixture.gradient
            var span = gradient.mutableSpan
            regulariser.add(to: &span, of: "weight", values: fixture.values.span)
            #expect(worst(gradient, expected.gradient) < 1e-6, "\(name)")
            let penalty = regulariser.penalty(of: "weight", values: fixture.values.span)
            // The strengths are float32 here, float64 there.
            #expect(abs(penalty - expected.penalty) < 1e-6 * max(1, expected.penalty), "\(name): \(penalty)")
        }
    }

    @Test func aSecondRememberingChangesTheStart() {
        var regulariser = Regulariser(.init(towardsStart: 1))
        let (first, second, values): ([Float], [Float], [Float]) = ([1, 2], [3, 4], [3, 5])
        regulariser.remember("a", first.span)
        regulariser.remember("a", second.span)
        var gradient: [Float] = [0, 0]
        var span = gradient.mutableSpan
        regulariser.add(to: &span, of: "a", values: values.span)
        #expect(gradient == [0, 1])
    }
}

@Suite("clipped gradients are PyTorch's") struct GradientClippingTests {
    @Test(arguments: ["norm 0.5", "norm 4.0", "norm 100.0", "value 0.5", "value 4.0", "value 100.0"])
    func clipped(name: String) throws {
        let fixture = try RegularisationFixture.read()
        let expected = try #require(fixture.clipped[name])
        var gradients = ["a": fixture.gradient, "b": fixture.other]
        let clipping: GradientClipping =
            name.hasPrefix("norm") ? .norm(expected.largest) : .value(expected.largest)
        let norm = clipping.apply(to: &gradients)
        #expect(abs(norm - expected.norm) < 1e-6 * expected.norm)
        #expect(worst(gradients["a"] ?? [], expected.gradients[0]) < 1e-6)
        #expect(worst(gradients["b"] ?? [], expected.gradients[1]) < 1e-6)
    }

    @Test func smallGradientsStayBitForBit() throws {
        let fixture = try RegularisationFixture.read()
        var gradients = ["a": fixture.gradient]
        GradientClipping.norm(100).apply(to: &gradients)
        #expect(gradients["a"] == fixture.gradient)
    }

    /// As with PyTorch's `error_if_nonfinite=False`; a training loop looks at the norm.
    @Test func whatIsNotANumberIsSeen() {
        for value in [Float.nan, .infinity, -.infinity] {
            var gradients = ["a": [1, value, 2], "b": [Float](repeating: 1, count: 17)]
            #expect(!GradientClipping.norm(1).apply(to: &gradients).isFinite)
            #expect(gradients["a"]?[1].isNaN == true)
        }
        var gradients: [String: [Float]] = ["a": [.nan, 3, -3]]
        GradientClipping.value(2).apply(to: &gradients)
        #expect(gradients["a"]?[0].isNaN == true)
        #expect(gradients["a"]?.dropFirst() == [2, -2])
    }

    @Test func nothingHasNoNorm() {
        var gradients: [String: [Float]] = ["a": []]
        #expect(GradientClipping.norm(1).apply(to: &gradients) == 0)
    }
}

@Suite("averages of weights are PyTorch's") struct WeightAverageTests {
    private static let rules: [String: WeightAverage.Rule] = [
        "exponential": .exponential(decay: 0.9), "exponential, little kept": .exponential(decay: 0.3),
        "exponential, warmed up": .exponential(decay: 0.75, warmsUp: true), "equal": .equal,
    ]

    @Test(arguments: ["exponential", "exponential, little kept", "exponential, warmed up", "equal"])
    func averages(name: String) throws {
        let fixture = try RegularisationFixture.read()
        let expected = try #require(fixture.averages[name])
        var average = WeightAverage(try #require(Self.rules[name]))
        #expect(expected.count == 12)
        for (step, values) in fixture.steps.enumerated() {
            if step == 7 {
                // Saved and restored in between.
                average = WeightAverage(
                    average.rule, averages: average.averages, updateCount: average.updateCount)
            }
            average.beginUpdate()
            average.update("weight", values.span)
            #expect(worst(average.averages["weight"] ?? [], expected[step]) < 1e-6, "step \(step)")
        }
        #expect(average.updateCount == 12)
    }

    @Test func exchangedTwiceIsAsBefore() {
        var average = WeightAverage(.equal)
        for values: [Float] in [[1, 2], [3, 4]] {
            average.beginUpdate()
            average.update("a", values.span)
        }
        let before = average
        var values: [Float] = [3, 4]
        var span = values.mutableSpan
        average.exchange("a", &span)
        #expect(values == [2, 3])
        #expect(average.averages == ["a": [3, 4]])
        span = values.mutableSpan
        average.exchange("a", &span)
        #expect(values == [3, 4])
        #expect(average == before)
    }

    @Test func aParameterThatComesLaterBeginsWithItsValues() {
        let (one, two, eight): ([Float], [Float], [Float]) = ([1], [2], [8])
        var average = WeightAverage(.exponential(decay: 0.5))
        average.beginUpdate()
        average.update("a", one.span)
        average.beginUpdate()
        average.update("a", two.span)
        average.update("b", eight.span)
        #expect(average.averages == ["a": [1.5], "b": [8]])
    }
}
