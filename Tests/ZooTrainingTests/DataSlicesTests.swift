import SystemPackage
import TestSupport
import Testing
import ZooImage

@testable import ZooTraining

@Suite("slices of the data") struct DataSlicesTests {
    private func properties(brightness: Int) -> ImageProperties {
        ImageProperties(
            Image(width: 4, height: 2, pixels: Array(repeating: UInt8(brightness), count: 24)))
    }

    @Test func darkImagesThatAreTakenWronglyAreMarked() throws {
        let images = (0..<200).map { properties(brightness: $0) }
        let isRight = (0..<200).map { $0 >= 50 || $0 % 2 == 0 }
        let slices = DataSlices(
            properties: images, folders: Array(repeating: ".", count: 200), isRight: isRight
        ).slices
        let dark = try #require(slices.first)
        #expect(dark.property == .brightness && dark.count == 50 && dark.accuracy == 0.5 && dark.isWorse)
        #expect(dark.name == "0 to 49")
        #expect(slices.filter { $0.property == .brightness }.count == 4)
        #expect(slices.count { $0.isWorse } == 1)
        // All have one size, one aspect and one sharpness, and lie in one folder.
        #expect(Set(slices.map(\.property)) == [.brightness])
    }

    @Test func foldersOfEnoughImagesAreSlices() {
        let folders = (0..<30).map { $0 < 12 ? "siteA" : $0 < 27 ? "siteB" : "few" }
        let slices = DataSlices(
            properties: Array(repeating: nil, count: 30), folders: folders, isRight: (0..<30).map { $0 < 12 }
        ).slices
        #expect(slices.map(\.name) == ["siteA", "siteB"])
        #expect(slices.map(\.accuracy) == [1, 0] && slices.map(\.isWorse) == [false, true])
    }

    @Test func chanceIsNotMarked() {
        let images = (0..<100).map { properties(brightness: $0) }
        let isRight = (0..<100).map { $0 % 5 != 0 }
        let slices = DataSlices(properties: images, folders: Array(repeating: ".", count: 100), isRight: isRight).slices
        #expect(!slices.isEmpty && !slices.contains { $0.isWorse })
    }

    @Test(
        "Wilson's interval",
        arguments: [
            // statsmodels.stats.proportion.proportion_confint(hits, count, method='wilson')
            (8, 10, 0.4901625, 0.9433178), (0, 10, 0.0, 0.2775328), (10, 10, 0.7224672, 1.0),
            (50, 100, 0.4038315, 0.5961685),
        ] as [(Int, Int, Double, Double)])
    func wilson(hits: Int, count: Int, lower: Double, upper: Double) {
        let interval = DataSlice.interval(hits: hits, count: count)
        #expect(abs(interval.lowerBound - lower) < 1e-6 && abs(interval.upperBound - upper) < 1e-6, "\(interval)")
    }

    @Test func equalNumbersStayInOneSlice() {
        let images = (0..<40).map { properties(brightness: $0 < 30 ? 9 : $0) }
        let slices = DataSlices(
            properties: images, folders: Array(repeating: ".", count: 40), isRight: Array(repeating: true, count: 40)
        ).slices
        #expect(slices.map(\.name) == ["9", "30 to 39"] && slices.map(\.count) == [30, 10])
    }
}

@Suite("learning curves") struct LearningCurveTests {
    private func curve(_ errors: [Double], spread: Double = 0) -> LearningCurve {
        LearningCurve(
            points: errors.enumerated().map { index, error in
                let count = 100 << index
                return LearningCurve.Point(
                    share: Double(count) / 1600, imageCount: count,
                    accuracies: [1 - error - spread, 1 - error + spread], seconds: 1)
            })
    }

    @Test func aPowerLawIsFoundAndForesees() throws {
        // error = 2 · n^−0.5
        let errors = (0..<5).map { 2 / Double(100 << $0).squareRoot() }
        let curve = curve(errors)
        let law = try #require(curve.powerLaw)
        #expect(abs(law.factor - 2) < 1e-6 && abs(law.exponent - 0.5) < 1e-9)
        #expect(abs(law.accuracy(imageCount: 10_000) - 0.98) < 1e-6)
        #expect(abs(try #require(curve.lastPrediction) - (1 - errors[4])) < 1e-9)
        #expect(curve.outlook.contains("With twice the images about 96.5"))
    }

    @Test func aCurveThatHasEndedForeseesNothing() {
        let curve = curve([0.4, 0.2, 0.1, 0.05, 0.2])
        #expect(curve.powerLaw == nil && curve.outlook.contains("Nothing is said of more images"))
    }

    @Test func anErrorOfZeroOrFewPointsForeseeNothing() {
        #expect(curve([0.1, 0, 0.1, 0]).powerLaw == nil)
        #expect(curve([0.4, 0.2, 0.1]).powerLaw == nil)
        #expect(curve([0.4, 0.4, 0.4, 0.4]).powerLaw == nil, "no exponent above 0")
    }

    @Test func meanAndDeviation() {
        let point = LearningCurve.Point(share: 1, imageCount: 5, accuracies: [0.7, 0.8, 0.9], seconds: 1)
        #expect(abs(point.mean - 0.8) < 1e-12)
        #expect(abs((point.deviation ?? 0) - 0.1) < 1e-12)
        #expect(LearningCurve.Point(share: 1, imageCount: 5, accuracies: [0.7], seconds: 1).deviation == nil)
    }
}
