import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite("zoo pretrain, as users run it", .slow, .timeLimit(.minutes(5))) struct PretrainTests {
    struct Answer: Decodable {
        struct Epoch: Decodable {
            let epoch: Int
            let trainLoss, trainAccuracy, valLoss, valAccuracy: Double
        }
        let output, run, task: String
        let epochs: [Epoch]
        let trainCount, valCount: Int
        let unreadable: [String]
    }

    static let data = Fixture.file("shapes/data").string
    static let common = ["pretrain", data, "--model", "resnet14-shapes", "--no-pretrained", "--json"]

    @Test func rotationsAreLearntAndTheResultIsFineTuned() async throws {
        let zoo = try ZooProcess()
        try Self.writeScenes(60, to: zoo.folder.file("scenes"))
        let run = try await zoo(
            "pretrain", "scenes", "--model", "resnet14-shapes", "--no-pretrained", "--json", "--epochs", "4",
            "--batch-size", "8", "--lr", "0.05", "--augment", "none", "-o", "turns.pth")
        #expect(run.status == 0, "\(run.errors)")
        let answer = try run.json(Answer.self)
        #expect(answer.epochs.count == 4 && answer.task == "rotation")
        #expect(answer.epochs[3].trainLoss < 0.6 * answer.epochs[0].trainLoss)
        #expect(answer.epochs[3].valAccuracy > 0.75, "a quarter by chance")
        // A network without a head, which says so.
        let evaluated = try await zoo("evaluate", "turns.pth", Self.data)
        #expect(evaluated.status != 0 && evaluated.errors.contains("without its output layer"))
        let tuned = try await zoo(
            "finetune", Self.data, "--model", "turns.pth", "--epochs", "2", "--json", "-o", "tuned.pth")
        #expect(tuned.status == 0, "\(tuned.errors)")
        // The run's folder stands for its result.
        let head = try await zoo(
            "finetune", Self.data, "--model", "turns.run", "--head-only", "--json", "-o", "head.pth")
        #expect(head.status == 0, "\(head.errors)")
    }

    /// Noisy images of 16×16 pixels that are bright at the top: what is up can be seen, unlike in the shapes.
    private static func writeScenes(_ count: Int, to folder: FilePath) throws {
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
        for index in 0..<count {
            let noise = SeededNumbers.uniform("scene \(index)", 16 * 16 * 3)
            let pixels = noise.enumerated().map { UInt8(140 - 8 * ($0 / 48) + Int(100 * $1)) }
            let path = folder.appending("\(index).ppm").string
            try Data(Array("P6\n16 16\n255\n".utf8) + pixels).write(to: URL(fileURLWithPath: path))
        }
    }

    @Test func twoViewsAreLearntFromImagesWithoutClasses() async throws {
        let zoo = try ZooProcess()
        let folder = zoo.folder.file("photos")
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
        let train = FilePath(Self.data).appending("train")
        var count = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: train.string).sorted() {
            let place = train.appending(name)
            for file in try FileManager.default.contentsOfDirectory(atPath: place.string).sorted().prefix(24) {
                try FileManager.default.copyItem(
                    atPath: place.appending(file).string, toPath: folder.appending("\(name)-\(file)").string)
                count += 1
            }
        }
        let run = try await zoo(
            "pretrain", "photos", "--model", "resnet14-shapes", "--no-pretrained", "--json", "--task", "simsiam",
            "--epochs", "8", "--batch-size", "16", "--projection", "64", "--lr", "0.05", "-o", "views.pth")
        #expect(run.status == 0, "\(run.errors)")
        let answer = try run.json(Answer.self)
        #expect(answer.trainCount + answer.valCount == count)
        #expect(answer.epochs[7].trainLoss < answer.epochs[0].trainLoss - 0.1)
        #expect(answer.epochs.allSatisfy { (-1...1).contains($0.trainLoss) && (-1...1).contains($0.valLoss) })
        // Of few images each epoch's accuracy says little. What has collapsed is right by chance, and its loss is −1.
        let accuracy = answer.epochs.reduce(0) { $0 + $1.trainAccuracy } / Double(answer.epochs.count)
        #expect(accuracy > 1.25 / 16 && answer.epochs.allSatisfy { $0.trainLoss > -0.9 }, "it has not collapsed")
        let tuned = try await zoo("finetune", Self.data, "--model", "views.pth", "--epochs", "1", "-o", "t.pth")
        #expect(tuned.status == 0, "\(tuned.errors)")
    }

    @Test("a killed run goes on to the same bytes", arguments: ["rotation", "simsiam"])
    func resumed(task: String) async throws {
        let zoo = try ZooProcess()
        let words =
            Self.common
            + ["--task", task, "--epochs", "5", "--batch-size", "16", "--projection", "32"]
            .filter { task == "simsiam" || !["--projection", "32"].contains($0) }
        #expect(try await zoo.run(words + ["-o", "whole.pth"]).status == 0)
        let metrics = zoo.folder.path.appending("cut.run").appending("metrics.jsonl").string
        let stopped = try await zoo.run(words + ["-o", "cut.pth"], stoppedBy: .kill) {
            ((try? String(contentsOfFile: metrics, encoding: .utf8))?.split(separator: "\n").count ?? 0) >= 2
        }
        #expect(stopped.status != 0)
        let resumed = try await zoo.run(words + ["-o", "cut.pth", "--resume"])
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: zoo.folder.file("whole.pth").string))
                == Data(contentsOf: URL(fileURLWithPath: zoo.folder.file("cut.pth").string)))
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            (["--projection", "64"], "--projection is the size of simsiam's layers"),
            (["--batch-size", "1"], "--batch-size must be at least 2"),
            (["--epochs", "0"], "--epochs must be at least 1"),
            (["--task", "jigsaw"], "rotation"), (["--augment", "hfilp"], "hflip"),
            (["--resume", "--overwrite"], "exclude each other"), (["--val-fraction", "1"], "--val-fraction"),
        ] as [([String], String)])
    func defects(words: [String], complaint: String) async throws {
        let zoo = try ZooProcess()
        let run = try await zoo.run(Self.common + words)
        #expect(run.status == 2, "\(run.errors)")
        #expect(run.errors.contains(complaint), "\(run.errors)")
        #expect(run.output.isEmpty)
    }
}
