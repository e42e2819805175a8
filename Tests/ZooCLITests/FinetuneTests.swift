import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// What `zoo inspect --digest --json` says of each tensor.
struct InspectedTensors: Decodable {
    struct Tensor: Decodable {
        let name, sha256: String
        let shape: [Int]
    }
    let tensors: [Tensor]

    /// The digests by the last part of a nested name: `state_dict.conv1.weight` as `conv1.weight`.
    var digests: [String: String] {
        Dictionary(uniqueKeysWithValues: tensors.map { ($0.name.replacing("state_dict.", with: ""), $0.sha256) })
    }
}

@Suite("fine-tuning layers, as users run it", .slow, .timeLimit(.minutes(5))) struct FinetuneTests {
    static let data = Fixture.file("shapes/data").string

    func digests(_ zoo: ZooProcess, _ file: String) async throws -> [String: String] {
        try await zoo("inspect", file, "--digest", "--json").json(InspectedTensors.self).digests
    }

    @Test func aWholeNetworkLearns() async throws {
        let zoo = try ZooProcess()
        let trained = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--epochs", "4", "--lr", "0.01", "-o", "full.pth",
            "--json")
        #expect(trained.status == 0, "\(trained.errors)")
        let training = try trained.json(FinetuneAnswer.self)
        #expect(training.epochs.count == 4)
        #expect(training.epochs[0].learningRates == ["head": 0.1, "body": 0.01])
        #expect(training.epochs[3].trainLoss < training.epochs[0].trainLoss)
        let seen = try await zoo("evaluate", "full.pth", Self.data, "--json").json(EvaluateAnswer.self)
        #expect(seen.accuracy == training.bestAccuracy, "the file holds the best epoch")
        #expect(seen.accuracy > 0.8)
        let source = try await digests(zoo, "resnet14-shapes")
        let full = try await digests(zoo, "full.pth")
        #expect(source.filter { full[$0.key] == $0.value }.isEmpty, "every tensor has moved")
    }

    @Test func frozenLayersKeepEveryBit() async throws {
        let zoo = try ZooProcess()
        let trained = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--freeze-until", "layer3", "--epochs", "2", "-o",
            "part.pth")
        #expect(trained.status == 0, "\(trained.errors)")
        let source = try await digests(zoo, "resnet14-shapes")
        let part = try await digests(zoo, "part.pth")
        for (name, digest) in source where !name.hasPrefix("linear") {
            let isFrozen = !name.hasPrefix("layer3")
            #expect((part[name] == digest) == isFrozen, "\(name)")
        }
        #expect(source.keys.contains("bn1.running_mean"), "statistics of frozen batch norms are among them")
    }

    @Test("a source may be a backbone alone, under any prefix", arguments: [true, false])
    func aBackboneIsEnough(headOnly: Bool) async throws {
        let zoo = try ZooProcess()
        _ = try await zoo("fetch", "resnet14-shapes")
        let cut = try await zoo(
            "convert", "resnet14-shapes", "backbone.pth", "--exclude", "*linear.*", "--rename", "^=>backbone.")
        #expect(cut.status == 0, "\(cut.errors)")
        let method = headOnly ? ["--head-only"] : ["--lr", "0.01"]
        let trained = try await zoo.run(
            ["finetune", Self.data, "--model", "backbone.pth", "--epochs", "4", "-o", "chain.pth", "--json"] + method)
        #expect(trained.status == 0, "\(trained.errors)")
        #expect(trained.errors.contains("without its output layer 'linear', found under 'backbone.'"))
        #expect(try trained.json(FinetuneAnswer.self).bestAccuracy > 0.8)
        let again = try await zoo(
            "finetune", Self.data, "--model", "chain.pth", "--head-only", "--epochs", "1", "-o", "next.pth")
        #expect(again.status == 0, "what zoo wrote is a source too: \(again.errors)")

        let asked = try await zoo("evaluate", "backbone.pth", Self.data)
        #expect(asked.status == 5)
        #expect(asked.errors.contains("it gives features and no classes"))
        let reused = try await zoo("finetune", Self.data, "--model", "backbone.pth", "--reuse-classifier")
        #expect(reused.status == 2, "\(reused.errors)")
    }

    @Test func unfreezingAddsLayersAsEpochsGoBy() async throws {
        let zoo = try ZooProcess()
        let trained = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--unfreeze", "0:linear,1:layer3,2:all", "--epochs",
            "3",
            "-o", "steps.pth", "--json")
        #expect(trained.status == 0, "\(trained.errors)")
        let epochs = try trained.json(FinetuneAnswer.self).epochs
        #expect(epochs.map { $0.learningRates.keys.sorted() } == [["head"], ["body", "head"], ["body", "head"]])
    }

    @Test func thePlanSaysWhatIsTrained() async throws {
        struct Plan: Decodable {
            struct Layer: Decodable {
                let name: String
                let parameters: Int
                let firstEpoch: Int?
                let learningRate: Double?
            }
            let layers: [Layer]
            let parameters: Int
            let trained: [Int]
        }
        let zoo = try ZooProcess()
        let shown = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--plan", "--freeze-epochs", "2", "--freeze", "layer1",
            "--layer-decay", "0.5", "--json")
        let plan = try shown.json(Plan.self)
        let layer = { (name: String) in try #require(plan.layers.first { $0.name == name }) }
        #expect(try layer("linear").firstEpoch == 1)
        #expect(try layer("conv1").firstEpoch == 3)
        #expect(try layer("layer1.0.conv1").firstEpoch == nil)
        #expect(try layer("layer3.0.conv1").learningRate == 0.0005)
        #expect(plan.trained.count == 2 && plan.trained[0] == 325 && plan.trained[1] < plan.parameters)
        #expect(!FileManager.default.fileExists(atPath: zoo.folder.file("resnet14-shapes-data.pth").string))
        let table = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--plan", "--freeze-until", "layer3")
        #expect(table.output.contains("layer2.1.conv2"))
        #expect(table.errors.contains("parameters are trained"))
    }

    /// What a killed run goes on to is what it would have come to.
    @Test("a killed run goes on to the same bytes", arguments: [[], ["--head-only"]] as [[String]])
    func resume(method: [String]) async throws {
        let zoo = try ZooProcess()
        // A head's epochs take no time; so many of them do.
        let epochs = method.isEmpty ? "10" : "6000"
        let common =
            [
                "finetune", Self.data, "--model", "resnet14-shapes", "--epochs", epochs, "--seed", "3", "--optimizer",
                "adamw",
                "--ema", "0.9", "--schedule", "one-cycle", "--no-feature-cache",
            ] + method
        let whole = try await zoo.run(common + ["-o", "whole.pth"])
        #expect(whole.status == 0, "\(whole.errors)")
        let state = zoo.folder.file("killed.run").appending("state.pth").string
        let killed = try await zoo.run(common + ["-o", "killed.pth"], stoppedBy: .kill) {
            FileManager.default.fileExists(atPath: state)
        }
        #expect(killed.status == 128 + 9)
        #expect(!FileManager.default.fileExists(atPath: zoo.folder.file("killed.pth").string))

        let refused = try await zoo.run(common + ["-o", "killed.pth"])
        #expect(refused.status == 2)
        #expect(refused.errors.contains("unfinished training run") && refused.errors.contains("--resume"))
        let other = try await zoo.run(common + ["-o", "killed.pth", "--resume", "--lr", "0.5"])
        #expect(other.status == 2)
        #expect(other.errors.contains("--lr was"), "\(other.errors)")

        let resumed = try await zoo.run(common + ["-o", "killed.pth", "--resume", "--json"])
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(try resumed.json(FinetuneAnswer.self).epochs.count == Int(epochs))
        let files = try ["whole.pth", "killed.pth"].map {
            try Data(contentsOf: URL(fileURLWithPath: zoo.folder.file($0).string))
        }
        #expect(files[0] == files[1])
        let lines = try String(contentsOfFile: zoo.folder.file("killed.run").string + "/metrics.jsonl", encoding: .utf8)
        #expect(lines.split(separator: "\n").count == Int(epochs))
    }

    @Test func aFinishedRunIsReplacedAndANamedOneIsNot() async throws {
        let zoo = try ZooProcess()
        let common = [
            "finetune", Self.data, "--model", "resnet14-shapes", "--head-only", "--epochs", "2", "-o", "a.pth",
        ]
        #expect(try await zoo.run(common).status == 0)
        #expect(try await zoo.run(common + ["--lr", "0.02"]).status == 0)
        let named = try await zoo.run(common + ["--run", "a.run"])
        #expect(named.status == 2)
        #expect(named.errors.contains("--overwrite"))
        #expect(try await zoo.run(common + ["--run", "a.run", "--overwrite"]).status == 0)
        _ = try zoo.folder.write(Array("mine".utf8), to: "notes")
        let strange = try await zoo.run(common + ["--run", "."])
        #expect(strange.status == 2)
        #expect(strange.errors.contains("no training run"))
    }

    @Test func unreadableImagesAreNamedAndCounted() async throws {
        let zoo = try ZooProcess()
        let copy = zoo.folder.file("data")
        try FileManager.default.copyItem(atPath: Self.data, toPath: copy.string)
        let broken = copy.appending("train/heart/000.png").string
        try Data("no image".utf8).write(to: URL(fileURLWithPath: broken))
        for method in [[], ["--head-only"]] {
            let common = [
                "finetune", copy.string, "--model", "resnet14-shapes", "--epochs", "1", "--overwrite", "-o", "a.pth",
            ]
            let run = try await zoo.run(common + method)
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errors.contains("1 of ") && run.errors.contains("train/heart/000.png"), "\(run.errors)")
            let strict = try await zoo.run(common + method + ["--strict"])
            #expect(strict.status == 2)
            #expect(strict.errors.contains("train/heart/000.png") && strict.errors.contains("--strict"))
        }
    }

    @Test func aLossThatIsNoNumberEndsTheRunAndKeepsWhatWasGood() async throws {
        let zoo = try ZooProcess()
        let common = ["finetune", Self.data, "--model", "resnet14-shapes", "-o", "a.pth", "--overwrite"]
        let first = try await zoo.run(common + ["--lr", "1e30", "--epochs", "2"])
        #expect(first.status == 2)
        #expect(first.errors.contains("not a finite number in epoch 1") && first.errors.contains("learning rate"))
        #expect(!FileManager.default.fileExists(atPath: zoo.folder.file("a.pth").string))
        let later = try await zoo.run(common + ["--schedule", "multistep=1/1e30", "--epochs", "3"])
        #expect(later.status == 2)
        #expect(later.errors.contains("not a finite number in epoch 2"), "\(later.errors)")
        let kept = try await zoo("evaluate", "a.pth", Self.data, "--json").json(EvaluateAnswer.self)
        #expect(kept.accuracy > 0.2 && kept.loss.isFinite)
    }

    @Test func aSafetensorsResultIsAsGood() async throws {
        let zoo = try ZooProcess()
        let trained = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--head-only", "-o", "a.safetensors", "--json")
        #expect(trained.status == 0, "\(trained.errors)")
        let accuracy = try trained.json(FinetuneAnswer.self).bestAccuracy
        let seen = try await zoo("evaluate", "a.safetensors", Self.data, "--json").json(EvaluateAnswer.self)
        #expect(seen.accuracy == accuracy && seen.perClass.keys.contains("star"))
        #expect(try await zoo("convert", "a.safetensors", "b.pth").status == 0)
    }

    @Test func scratchIsShownBesidePretrained() async throws {
        struct Comparison: Decodable {
            struct Run: Decodable {
                let bestAccuracy: Double
                let epochs: [FinetuneAnswer.Epoch]
            }
            let output: String
            let pretrained, scratch: Run
        }
        let zoo = try ZooProcess()
        let run = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--epochs", "2", "--lr", "0.01", "--compare-scratch",
            "-o",
            "a.pth", "--json")
        #expect(run.status == 0, "\(run.errors)")
        let comparison = try run.json(Comparison.self)
        #expect(comparison.pretrained.epochs.count == 2 && comparison.scratch.epochs.count == 2)
        #expect(comparison.pretrained.bestAccuracy > comparison.scratch.bestAccuracy)
    }

    @Test func foldsAreJudgedOneAfterAnother() async throws {
        struct Folds: Decodable {
            struct Fold: Decodable {
                let bestAccuracy: Double
                let trainCount, valCount: Int
            }
            let meanAccuracy, deviation: Double
            let folds: [Fold]
        }
        let zoo = try ZooProcess()
        let run = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--head-only", "--folds", "3", "--json")
        #expect(run.status == 0, "\(run.errors)")
        let answer = try run.json(Folds.self)
        #expect(answer.folds.count == 3)
        let total = answer.folds[0].trainCount + answer.folds[0].valCount
        #expect(answer.folds.map(\.valCount).reduce(0, +) == total)
        let mean = answer.folds.map(\.bestAccuracy).reduce(0, +) / 3
        #expect(abs(answer.meanAccuracy - mean) < 1e-9 && mean > 0.7)
    }

    @Test func aClassifiersRowsStartANewOne() async throws {
        let zoo = try ZooProcess()
        _ = try await zoo("finetune", Self.data, "--model", "resnet14-shapes", "--head-only", "-o", "known.pth")
        _ = try zoo.folder.write(Array("# renamed\nstern,star\nherz,2\n".utf8), to: "map.csv")
        let data = zoo.folder.file("other")
        for (old, new) in [("star", "stern"), ("heart", "herz"), ("spiral", "spiral")] {
            for part in ["train", "val"] {
                try FileManager.default.createDirectory(
                    atPath: data.appending(part).string, withIntermediateDirectories: true)
                try FileManager.default.copyItem(
                    atPath: Self.data + "/\(part)/\(old)", toPath: data.appending(part).appending(new).string)
            }
        }
        let run = try await zoo(
            "finetune", data.string, "--model", "known.pth", "--head-only", "--epochs", "0", "--reuse-classifier",
            "--class-map", "map.csv", "-o", "reused.pth")
        #expect(run.status == 0, "\(run.errors)")
        let image = Self.data + "/val/star/000.png"
        let known =
            try await zoo("predict", "known.pth", image, "--logits", "--json").json([PredictAnswer].self)[0].logits
            ?? []
        let reused =
            try await zoo("predict", "reused.pth", image, "--logits", "--json").json([PredictAnswer].self)[0].logits
            ?? []
        // herz, spiral, stern from heart, spiral, star.
        #expect(reused.count == 3 && known.count == 5)
        for (one, other) in zip(reused, [known[2], known[3], known[4]]) { #expect(abs(one - other) < 1e-6) }
        _ = try zoo.folder.write(Array("stern,moon\n".utf8), to: "map.csv")
        let wrong = try await zoo(
            "finetune", data.string, "--model", "known.pth", "--head-only", "--reuse-classifier", "--class-map",
            "map.csv",
            "-o", "wrong.pth")
        #expect(wrong.status == 2 && wrong.errors.contains("'moon'"))
    }

    @Test func aLearningRateIsSuggested() async throws {
        struct Search: Decodable {
            struct Point: Decodable {
                let rate, loss: Double
            }
            let points: [Point]
            let valley: Double?
        }
        let zoo = try ZooProcess()
        let run = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--head-only", "--lr-find", "--json")
        #expect(run.status == 0, "\(run.errors)")
        let search = try run.json(Search.self)
        #expect(search.points.count > 20)
        #expect(zip(search.points, search.points.dropFirst()).allSatisfy { $0.rate < $1.rate })
        let valley = try #require(search.valley)
        #expect(valley > 1e-6 && valley < 1)
        let plot = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--head-only", "--lr-find", "--html", "rates.html")
        #expect(plot.output.contains("•") && plot.output.contains("--lr "))
        #expect(plot.errors.contains("page: rates.html"))
        let page = try Markup(String(contentsOfFile: zoo.folder.file("rates.html").string, encoding: .utf8))
        #expect(page.text.contains("suggested: "))
    }

    @Test func lbfgsFindsTheLeastLossOfAHead() async throws {
        let zoo = try ZooProcess()
        let run = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--head-only", "--optimizer", "lbfgs",
            "--weight-decay",
            "0.01", "-o", "a.pth", "--json")
        #expect(run.status == 0, "\(run.errors)")
        let answer = try run.json(FinetuneAnswer.self)
        #expect(answer.epochs.count == 1 && answer.bestAccuracy > 0.8)
    }

    @Test func codesGoIntoAFile() async throws {
        let zoo = try ZooProcess()
        let run = try await zoo("features", "resnet14-shapes", Self.data, "-o", "codes.safetensors")
        #expect(run.status == 0, "\(run.errors)")
        let inspected = try await zoo("inspect", "codes.safetensors", "--digest", "--json").json(InspectedTensors.self)
        let shapes = Dictionary(uniqueKeysWithValues: inspected.tensors.map { ($0.name, $0.shape) })
        let count = try #require(shapes["labels"]?.first)
        #expect(shapes["features"] == [count, 64])
        #expect(try await zoo("features", "resnet14-shapes", Self.data, "-o", "codes.npz").status == 2)
    }
}
