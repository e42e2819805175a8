import Foundation
import TestSupport
import Testing
import ZooTraining

/// What `fixtures/generators/reports/metrics.py` let scikit-learn compute.
struct MetricsFixture: Decodable {
    struct Case: Decodable {
        let classes: Int
        let logits: [Float]
        let labels, support: [Int]
        let accuracy, loss, calibrationError: Double
        let topK: [String: Double]
        let precision, recall, f1, macro, weighted: [Double]

        var matrix: Matrix { Matrix(rowCount: labels.count, columnCount: classes, values: logits) }
    }
    let cases: [String: Case]
}

@Suite("metrics are scikit-learn's") struct ClassificationMetricsTests {
    private func expectClose(_ found: [Double], _ expected: [Double], _ what: Comment) {
        #expect(found.count == expected.count, what)
        let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? .nan
        #expect(worst < 1e-9, "\(what): \(worst)")
    }

    @Test(arguments: ["seven classes", "all classes", "two classes"]) func allNumbers(name: String) throws {
        let expected = try #require(try Fixture.json("reports/metrics.json", as: MetricsFixture.self).cases[name])
        let found = ClassificationMetrics(logits: expected.matrix, labels: expected.labels)
        expectClose(
            [found.accuracy, found.loss, found.calibrationError],
            [expected.accuracy, expected.loss, expected.calibrationError], "accuracy, loss and calibration")
        expectClose(found.perClass.map(\.precision), expected.precision, "precision")
        expectClose(found.perClass.map(\.recall), expected.recall, "recall")
        expectClose(found.perClass.map(\.f1), expected.f1, "F1")
        #expect(found.perClass.map(\.support) == expected.support)
        expectClose([found.macro.precision, found.macro.recall, found.macro.f1], expected.macro, "macro")
        expectClose(
            [found.weighted.precision, found.weighted.recall, found.weighted.f1], expected.weighted, "weighted")
        for (k, share) in expected.topK {
            let metrics = ClassificationMetrics(
                logits: expected.matrix, labels: expected.labels, topK: try #require(Int(k)))
            expectClose([metrics.topKAccuracy], [share], "top \(k)")
        }
        #expect(found.topKAccuracy == 1 || expected.classes > 5)
    }

    @Test func outputsBeyondTheDatasClasses() {
        // The data know two of four outputs; the third row is taken for an output that they do not know.
        let logits = Matrix(rowCount: 3, columnCount: 4, values: [0, 0, 9, 0, 9, 0, 0, 0, 0, 9, 0, 0])
        let metrics = ClassificationMetrics(logits: logits, labels: [0, 1, 1], outputs: [2, 0], topK: 2)
        #expect(metrics.accuracy == 2.0 / 3)
        #expect(metrics.perClass.map(\.recall) == [1, 0.5])
        #expect(metrics.perClass.map(\.precision) == [1, 1])
        // Its own output is the first of the three equal ones behind.
        #expect(metrics.topKAccuracy == 1)
    }

    @Test func nothing() {
        let metrics = ClassificationMetrics(logits: Matrix(zeros: 0, 3), labels: [])
        #expect(metrics.count == 0 && metrics.accuracy == 0 && metrics.loss == 0 && metrics.calibrationError == 0)
        #expect(metrics.weighted.f1 == 0)
        #expect(metrics.perClass.count == 3)
    }

    @Test func logitsThatAreNoNumbersAreCountedWithoutATrap() {
        let logits = Matrix(rowCount: 2, columnCount: 2, values: [.nan, .nan, .infinity, 0])
        let metrics = ClassificationMetrics(logits: logits, labels: [1, 0])
        #expect(metrics.loss.isNaN)
        #expect(metrics.accuracy == 0.5)
    }

    @Test func throughJSON() throws {
        let expected = try #require(
            try Fixture.json("reports/metrics.json", as: MetricsFixture.self).cases["all classes"])
        let metrics = ClassificationMetrics(logits: expected.matrix, labels: expected.labels)
        let data = try JSONEncoder().encode(metrics)
        #expect(try JSONDecoder().decode(ClassificationMetrics.self, from: data) == metrics)
    }
}
