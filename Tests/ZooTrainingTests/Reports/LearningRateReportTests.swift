import TestSupport
import Testing
import ZooTraining

@Suite("the page about a learning rate") struct LearningRateReportTests {
    private func report(_ finder: LearningRateFinder) throws -> Markup {
        let report = LearningRateReport(
            data: "my <photos>", architecture: "resnet18",
            command: ["/usr/bin/zoo", "finetune", "my <photos>", "--lr-find"], finder: finder)
        return try Markup(report.markup)
    }

    @Test func theCurveAndItsSuggestionsAreThere() throws {
        var finder = LearningRateFinder()
        // The loss falls, and explodes at the end.
        while finder.nextRate != nil {
            let step = Double(finder.points.count)
            finder.record(loss: step < 80 ? 3 - step / 40 : 1000)
        }
        #expect(finder.hasDiverged)
        let page = try report(finder)
        let rate = LearningRateFinder.rounded(try #require(finder.suggestion(.valley)))
        #expect(rate >= 1e-4 && page.text.contains("suggested: \(rate)"))
        #expect(page.text.contains("where the loss exploded"))
        #expect(page.text.contains("my <photos>") && page.text.contains("zoo finetune 'my <photos>' --lr-find"))
        #expect(page.elements.count { $0.name == "svg" } == 1)
    }

    @Test func aFewStepsSuggestNothing() throws {
        var finder = LearningRateFinder()
        finder.record(loss: 1)
        finder.record(loss: .nan)
        let page = try report(finder)
        #expect(page.text.contains("1\u{a0}step") && !page.text.contains("Suggested"))
    }

    @Test(arguments: [(0.0012345, 0.0012), (0.0158, 0.016), (0.999, 1), (1.5e-7, 1.5e-7), (12.4, 12), (123, 123)])
    func twoDigitsAreEnough(rate: Double, rounded: Double) {
        #expect(abs(LearningRateFinder.rounded(rate) / rounded - 1) < 1e-12)
    }
}
