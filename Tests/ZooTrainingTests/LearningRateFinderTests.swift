import TestSupport
import Testing
import ZooTraining

@Suite("the range test is fastai's") struct LearningRateFinderTests {
    /// What `fixtures/generators/methods/finder.py` computed.
    private struct Expected: Decodable {
        let start, end, valley, steepest, minimum: Double
        let count: Int
        let given, rates, losses: [Double]
    }

    private func expected(_ name: String) throws -> Expected {
        try #require(try Fixture.json("methods/finder.json", as: [String: Expected].self)[name])
    }

    @Test(arguments: ["usual", "calm", "rising"]) func pointsAndSuggestions(name: String) throws {
        let expected = try expected(name)
        var options = LearningRateFinder.Options()
        (options.start, options.end, options.stepCount) = (expected.start, expected.end, expected.count)
        var finder = LearningRateFinder(options)
        while finder.nextRate != nil { finder.record(loss: expected.given[finder.points.count]) }
        #expect(finder.points.count == expected.losses.count)
        #expect(finder.hasDiverged == (name != "calm"))
        for (index, point) in finder.points.enumerated() {
            #expect(abs(point.rate / expected.rates[index] - 1) < 1e-12, "rate \(index)")
            #expect(abs(point.loss / expected.losses[index] - 1) < 1e-12, "loss \(index)")
        }
        for (kind, rate) in [
            (.valley, expected.valley), (.steepest, expected.steepest), (.minimum, expected.minimum),
        ] as [(LearningRateFinder.Suggestion, Double)] {
            let found = try #require(finder.suggestion(kind))
            #expect(abs(found / rate - 1) < 1e-12, "\(kind): \(found) instead of \(rate)")
        }
    }

    @Test(arguments: [Double.nan, .infinity]) func aLossThatIsNotFiniteEndsTheTest(loss: Double) {
        var finder = LearningRateFinder()
        finder.record(loss: 1)
        finder.record(loss: loss)
        #expect(finder.nextRate == nil && finder.hasDiverged)
        #expect(finder.points.count == 1)
        #expect(LearningRateFinder.Suggestion.allCases.allSatisfy { finder.suggestion($0) == nil })
    }

    @Test func withoutALimitTheTestRunsToItsEnd() {
        var options = LearningRateFinder.Options()
        (options.stepCount, options.divergence) = (3, nil)
        var finder = LearningRateFinder(options)
        while finder.nextRate != nil { finder.record(loss: Double(1 << (finder.points.count * 4))) }
        // At least six steps, as with fastai.
        #expect(finder.points.count == 6 && !finder.hasDiverged)
    }
}
