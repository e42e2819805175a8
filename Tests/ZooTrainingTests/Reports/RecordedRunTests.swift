import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooImage
import ZooRegistry
import ZooReport

@testable import ZooTraining

/// What can be wrong with the folder of a run.
enum RunDefect: String, CaseIterable {
    case missing, aFile, noRun, brokenDescription, emptyDescription, brokenLine, strangeLine, otherEpochs, otherClasses
    case strangeLabel, unevenProbabilities, negativeCount, hugeCount, hugeImageCount, folderForFile

    /// What the error must say.
    var complaint: String {
        switch self {
        case .missing, .aFile: "there is no such folder"
        case .noRun: "run.json is missing"
        case .brokenDescription, .emptyDescription: "does not describe a training run"
        case .brokenLine, .strangeLine: "metrics.jsonl, line 2"
        case .hugeImageCount: "run.json has counts that cannot be"
        case .otherEpochs, .otherClasses, .negativeCount, .hugeCount: "metrics.jsonl has other epochs or classes"
        case .strangeLabel, .unevenProbabilities: "predictions.jsonl has other classes"
        case .folderForFile: "metrics.jsonl"
        }
    }

    /// Damages the folder of a run, and returns the path to read.
    func damage(_ run: inout RecordedFolder) throws -> FilePath {
        try run.write()
        let metrics = run.url("metrics.jsonl")
        var lines = try String(contentsOf: metrics, encoding: .utf8).split(separator: "\n").map(String.init)
        switch self {
        case .missing: return run.folder.file("elsewhere")
        case .aFile: return run.folder.file("run.json")
        case .noRun: try FileManager.default.removeItem(at: run.url("run.json"))
        case .brokenDescription: try Data("{\"command\": [".utf8).write(to: run.url("run.json"))
        case .emptyDescription: try Data().write(to: run.url("run.json"))
        case .brokenLine: lines[1] = String(lines[1].dropLast(5))
        case .strangeLine: lines[1] = "[1, 2]"
        case .otherEpochs: lines.swapAt(0, 1)
        case .otherClasses:
            run.description.classes = ["ant"]
            try JSONEncoder().encode(run.description).write(to: run.url("run.json"))
        case .negativeCount:
            lines[1] = lines[1].replacing("\"valConfusion\":[[", with: "\"valConfusion\":[[-")
        case .hugeCount:
            lines[1] = lines[1].replacing("\"valConfusion\":[[", with: "\"valConfusion\":[[922337203685477580")
        case .hugeImageCount:
            run.description.imageCounts = ["train": .max, "val": .max]
            try JSONEncoder().encode(run.description).write(to: run.url("run.json"))
        case .strangeLabel: try change(run, label: 2)
        case .unevenProbabilities: try change(run, probabilities: [])
        case .folderForFile:
            try FileManager.default.removeItem(at: metrics)
            try FileManager.default.createDirectory(at: metrics, withIntermediateDirectories: false)
            return run.folder.path
        }
        if self != .noRun || !lines.isEmpty { try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: metrics) }
        return run.folder.path
    }

    private func change(_ run: RecordedFolder, label: Int? = nil, probabilities: [Double]? = nil) throws {
        let changed = run.predictions.map {
            ImagePrediction(
                path: $0.path, label: label ?? $0.label, labelProbability: 0, order: $0.order,
                probabilities: probabilities ?? $0.probabilities, epoch: $0.epoch)
        }
        try JSONLines.write(changed, to: run.folder.file("predictions.jsonl"))
    }
}

@Suite("folders of runs, read again") struct RecordedRunTests {
    @Test(
        "a folder that is no run, or a broken one, is an error that says what is wrong", arguments: RunDefect.allCases)
    func defects(defect: RunDefect) throws {
        var run = try RecordedFolder(classes: ["ant", "bee"])
        let path = try defect.damage(&run)
        do {
            _ = try RecordedRun(path)
            Issue.record("\(defect) was not noticed")
        } catch {
            #expect("\(error)".contains(defect.complaint), "\(error)")
        }
    }

    @Test func whatWasWrittenIsReadAgain() throws {
        let run = try RecordedFolder(classes: ["ant", "bee"])
        let read = try run.recorded()
        #expect(read.epochs == run.epochs && read.predictions == run.predictions && read.description == run.description)
        #expect(read.best?.epoch == 3 && read.remarks.isEmpty)
    }

    @Test func aRunOfAnOlderVersionHasNoDetails() throws {
        let run = try RecordedFolder(classes: ["ant", "bee"])
        try run.write()
        var object = try #require(
            JSONSerialization.jsonObject(with: Data(contentsOf: run.url("run.json"))) as? [String: Any])
        object["details"] = nil
        object["ending"] = nil
        try JSONSerialization.data(withJSONObject: object).write(to: run.url("run.json"))
        try FileManager.default.removeItem(at: run.url("predictions.jsonl"))
        let page = try Markup(RunReport(try RecordedRun(run.folder.path)).markup)
        #expect(page.sections == ["curves", "confusion", "classes", "run"])
    }

    @Test func foldsAreToldFromOtherFolders() throws {
        let folder = try ScratchFolder()
        let place = try FoldsFolder(folder.file("folds"), count: 2, existing: .refuse)
        #expect(place.fold(2) == folder.file("folds/fold-2"))
        try folder.write(Array("x".utf8), to: "folds/report.html")
        _ = try FoldsFolder(folder.file("folds"), count: 2, existing: .refuse)
        try folder.write(Array("x".utf8), to: "folds/photo.jpg")
        #expect(throws: TrainingError.self) { try FoldsFolder(folder.file("folds"), count: 2, existing: .overwrite) }
        #expect(try FoldsReport(of: folder.file("folds")) == nil)
    }
}

@Suite("what a network says of an image") struct ImagePredictionTests {
    @Test func theMostProbableClassesComeFirst() {
        let samples = [ImageSample(path: "/a", label: 2), ImageSample(path: "/b", label: 0)]
        let logits = Matrix(rowCount: 2, columnCount: 3, values: [0, 2, 1, 5, 5, 5])
        let said = ImagePrediction.all(logits, samples, epoch: 4)
        #expect(said[0].order == [1, 2, 0] && !said[0].isRight && said[0].epoch == 4)
        #expect(abs(said[0].confidence - 0.665241) < 1e-6 && abs(said[0].labelProbability - 0.244728) < 1e-6)
        #expect(abs(said[0].margin - 0.420513) < 2e-6)
        #expect(said[1].order == [0, 1, 2] && said[1].isRight && said[1].margin == 0, "of equal ones the first")
    }

    @Test func ofManyClassesTheLargestAreKept() {
        let values = SeededNumbers.uniform("logits", 500).map { Float($0) }
        let said = ImagePrediction.all(
            Matrix(rowCount: 1, columnCount: 500, values: values), [ImageSample(path: "/a", label: 499)])[0]
        let expected = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }.prefix(20)
        #expect(said.order == Array(expected) && said.probabilities.count == 20)
        #expect(said.labelProbability > 0 && !said.order.contains(499))
    }

    @Test func outputsThatStandForNoClassGetNumbersBehind() {
        #expect(ImagePrediction.classNumbers(of: [3, 1], outputCount: 5) == [2, 1, 3, 0, 4])
        let said = ImagePrediction.all(
            Matrix(rowCount: 1, columnCount: 5, values: [9, 1, 0, 2, 0]), [ImageSample(path: "/a", label: 0)],
            outputs: [3, 1])[0]
        #expect(said.order.prefix(3) == [2, 0, 1] && !said.isRight && said.labelProbability == said.probabilities[1])
    }

    @Test func logitsThatAreNoNumbersAreNoProbabilities() {
        let logits = Matrix(rowCount: 1, columnCount: 2, values: [.nan, .infinity])
        let said = ImagePrediction.all(logits, [ImageSample(path: "/a", label: 0)])[0]
        #expect(said.probabilities.allSatisfy { $0 == 0 } && said.labelProbability == 0)
    }

    @Test func calibrationIsThatOfTheMetrics() {
        let values = SeededNumbers.uniform("calibration", 400).map { Float(6 * $0) }
        let logits = Matrix(rowCount: 100, columnCount: 4, values: values)
        let labels = (0..<100).map { $0 % 4 }
        let said = ImagePrediction.all(logits, labels.map { ImageSample(path: "/a", label: $0) })
        let bins = CalibrationSection.bins(said)
        let error = bins.reduce(0) { $0 + abs(Double($1.hits) - $1.confidence * Double($1.count)) } / 100
        #expect(abs(error - ClassificationMetrics(logits: logits, labels: labels).calibrationError) < 1e-5)
    }
}

@Suite("code for PyTorch") struct PyTorchCodeTests {
    @Test(
        arguments: [
            ("resnet50", 224, "models.resnet50(num_classes=7)"),
            (
                "inception_v3", 299,
                "models.inception_v3(num_classes=7, transform_input=True, aux_logits=False, init_weights=False)"
            ),
            ("vit_b_16", 384, "models.vit_b_16(num_classes=7, image_size=384)"),
            ("vit_b_16", 224, "models.vit_b_16(num_classes=7)"),
            ("resnet20_cifar", 32, "ResNet(BasicBlock, [3, 3, 3], num_classes=7)"),
        ])
    func networks(architecture: String, crop: Int, call: String) {
        var preprocessing = RunDetailsSample.preprocessing
        preprocessing.crop = crop
        let code = PyTorchCode(
            output: "a.pth", architecture: architecture, classCount: 7, preprocessing: preprocessing)
        #expect(code.text.contains("model = \(call)\n"))
        #expect(code.text.contains("transforms.CenterCrop(\(crop))"))
    }

    @Test("a network that lost channels gets the shapes that it has", arguments: [true, false])
    func narrowedNetworks(isNarrowed: Bool) {
        var code = PyTorchCode(
            output: "a.pth", architecture: "resnet18", classCount: 7, preprocessing: RunDetailsSample.preprocessing)
        code.isNarrowed = isNarrowed
        #expect(code.text.contains("setattr(module, last") == isNarrowed)
        #expect(code.text.contains("\nmodel.load_state_dict(state)\n"))
    }

    @Test func safetensorsAreReadByTheirLibrary() {
        let text = PyTorchCode(
            output: "my \"net\".safetensors", architecture: "resnet18", classCount: 2,
            preprocessing: RunDetailsSample.preprocessing
        ).text
        #expect(
            text.contains("safe_open(\"my \\\"net\\\".safetensors\", framework=\"pt\")") && !text.contains("torch.load")
        )
    }

    @Test(arguments: [
        ("a.pth", "a.pth"), ("my photos", "'my photos'"), ("it's", "'it'\\''s'"), ("", "''"), ("$HOME", "'$HOME'"),
    ])
    func shellWords(word: String, quoted: String) {
        #expect(ShellText.quoted(word) == quoted)
    }
}
