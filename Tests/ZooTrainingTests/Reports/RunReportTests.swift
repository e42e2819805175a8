import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCore
import ZooGraph
import ZooImage
import ZooRegistry

@testable import ZooTraining

@Suite("the report of a run") struct RunReportTests {
    private func details(classCount: Int) throws -> RunDetails {
        let layers = [
            FineTuningPlan.Layer(
                name: "layer4.1.conv2", parameterCount: 1000, firstEpoch: 2, learningRate: 0.01,
                recordsStatistics: false),
            FineTuningPlan.Layer(
                name: "fc", parameterCount: 500, firstEpoch: 1, learningRate: 0.1, recordsStatistics: false),
        ]
        return RunDetails(
            began: "2026-08-24T10:00:00Z", output: "/my work/photos & \"more\".pth", validation: "/photos/val",
            classCounts: [
                "train": (0..<classCount).map { 8 + $0 }, "val": Array(repeating: 4, count: classCount),
            ], plan: FineTuningPlan(layers: layers, parameterCount: 1500, trainedCounts: [500, 1500]),
            preprocessing: .imageNet, threads: 2)
    }

    @Test func aReportHasEverythingThatTheRunHas() throws {
        var run = try RecordedFolder(classes: ["ant", "bee", "cat"])
        run.description.details = try details(classCount: 3)
        let text = RunReport(try run.recorded()).markup
        let page = try Markup(text)
        #expect(
            page.sections == [
                "curves", "confusion", "classes", "images", "calibration", "balance", "layers", "use", "run",
            ])
        #expect(page.requests == [])
        let best = try #require(run.epochs.last)
        for expected in [
            NumberSearch.percent(best.valAccuracy), "photos & \"more\".pth", "resnet18:IMAGENET1K_V1",
            "zoo finetune 'my photos'",
            "zoo predict '/my work/photos & \"more\".pth' photo.jpg", "models.resnet18(num_classes=3)",
            "torch.load(\"/my work/photos & \\\"more\\\".pth\", weights_only=True)", "2026-08-24T10:00:00Z",
            "1,500 of 1,500 parameters", "500 at first", "the image is no longer where it was", "Learning rate",
        ] {
            #expect(page.text.contains(expected), "\(expected)")
        }
        #expect(!page.text.contains("not finished"))
        #expect(text == RunReport(try RecordedRun(run.folder.path)).markup, "the same folder gives the same bytes")
    }

    /// Names that a page must not take for markup.
    @Test(
        "class names stay text",
        arguments: [
            "<script>alert(1)</script> & \"x\"", "</style></svg>", "'\"`onload=x", "]]>", "a\u{202e}b", "\u{0}", "&lt;",
        ])
    func classNames(name: String) throws {
        var run = try RecordedFolder(classes: [name, "other"], epochs: 1)
        run.description.details = try details(classCount: 2)
        let page = try Markup(RunReport(try run.recorded()).markup)
        #expect(!page.elements.contains { $0.name == "script" })
        let shown = String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { "\u{0}\u{202e}".unicodeScalars.contains($0) ? "\u{fffd}" : $0 }))
        #expect(page.text.contains(shown))
    }

    @Test("any number of classes", arguments: [1, 2, 41, 61, 100, 101, 1000])
    func manyClasses(count: Int) throws {
        let run = try RecordedFolder(
            classes: (0..<count).map { "class \($0)" }, epochs: 1, imagesOfClass: count > 500 ? 1 : 2)
        let text = RunReport(try run.recorded()).markup
        _ = try Markup(text)
        #expect(text.contains("class \(count - 1)<"))
        #expect(text.utf8.count < 2_000_000, "\(text.utf8.count) bytes")
        #expect(text.contains("too many to draw") == (count > 100))
    }

    @Test func aRunThatWasInterruptedSaysHowFarItCame() throws {
        let run = try RecordedFolder(classes: ["ant", "bee"], isFinished: false)
        try run.write()
        // Killed in the middle of a line.
        let metrics = try Data(contentsOf: run.url("metrics.jsonl"))
        try (metrics + Data(metrics.prefix(100))).write(to: run.url("metrics.jsonl"))
        let text = RunReport(try RecordedRun(run.folder.path)).markup
        #expect(try Markup(text).text.contains("--resume"))
        #expect(text.contains("The last line of metrics.jsonl breaks off"))
        try FileManager.default.removeItem(at: run.url("metrics.jsonl"))
        try FileManager.default.removeItem(at: run.url("predictions.jsonl"))
        let empty = try Markup(RunReport(try RecordedRun(run.folder.path)).markup)
        #expect(empty.text.contains("no epoch has ended yet") && empty.sections == ["run"])
    }

    @Test func anUntrainedLayerIsJudgedToo() throws {
        let run = try RecordedFolder(classes: ["ant", "bee"], epochs: 0)
        var written = run
        let logits = Matrix(rowCount: 2, columnCount: 2, values: [1, 0, 2, 0])
        let samples = [0, 1].map { ImageSample(path: FilePath("/x/\($0).png"), label: $0) }
        written.predictions = ImagePrediction.all(logits, samples, epoch: 0)
        let page = try Markup(RunReport(try written.recorded()).markup)
        #expect(page.text.contains("No epoch was run") && page.sections.contains("confusion"))
        #expect(page.text.contains("bee taken for ant: 1 of 1"))
    }

    @Test func olderPredictionsAreNotPassedOffAsTheBestOnes() throws {
        var run = try RecordedFolder(classes: ["ant", "bee"])
        run.predictions = run.predictions.map {
            ImagePrediction(
                path: $0.path, label: $0.label, labelProbability: $0.labelProbability, order: $0.order,
                probabilities: $0.probabilities, epoch: 1)
        }
        #expect(RunReport(try run.recorded()).markup.contains("The images are those of epoch 1"))
    }

    @Test func bothCurvesOfAComparison() throws {
        let run = try RecordedFolder(classes: ["ant", "bee"])
        try run.write()
        try JSONLines.write(Array(run.epochs.prefix(2)), to: run.folder.file("scratch.jsonl"))
        let page = try Markup(RunReport(try RecordedRun(run.folder.path)).markup)
        #expect(page.text.contains("Pretrained and from random weights") && page.text.contains("random"))
    }
}

/// Numbers as pages write them.
enum NumberSearch {
    static func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10)\u{a0}%"
    }
}
