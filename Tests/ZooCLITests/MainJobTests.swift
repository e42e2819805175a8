import Foundation
import SystemPackage
import TestSupport
import Testing

/// What `zoo finetune --json` prints, as far as these tests look.
struct FinetuneAnswer: Decodable {
    struct Epoch: Decodable {
        let epoch: Int
        let trainLoss, valLoss, valAccuracy: Double
        let learningRates: [String: Float]
    }
    let output: String
    let classes: [String]
    let bestAccuracy: Double
    let bestEpoch: Int
    let epochs: [Epoch]
}

/// What `zoo evaluate --json` prints.
struct EvaluateAnswer: Decodable {
    let count: Int
    let accuracy, loss: Double
    let perClass: [String: Double]
    let confusion: [[Int]]
}

/// What `zoo predict --json` prints.
struct PredictAnswer: Decodable {
    struct Guess: Decodable {
        let index: Int
        let label: String?
        let probability: Double
    }
    let path: String
    let top: [Guess]
    let logits: [Double]?
}

/// What `zoo verify --json` prints.
struct VerifyAnswer: Decodable {
    let path, status: String
    let cause: String?
    let sha256: String?
    let purged: Bool
}

@Suite("the main job, on what comes with zoo", .timeLimit(.minutes(3))) struct MainJobTests {
    static let data = Fixture.file("shapes/data").string

    @Test func fetchVerifyInspect() async throws {
        let zoo = try ZooProcess()
        let fetched = try await zoo("fetch", "resnet14-shapes")
        let path = zoo.checkpoints.appending("resnet14-shapes.pth").string
        #expect(fetched.status == 0)
        #expect(fetched.output == path + "\n")

        let again = try await zoo("fetch", "resnet14-shapes", "--json")
        struct Fetched: Decodable {
            let cached, verified: Bool
            let bytesTransferred: Int
        }
        let answer = try #require(try again.json([Fetched].self).first)
        #expect(answer.cached && answer.verified && answer.bytesTransferred == 0)

        let verified = try await zoo("verify", "--json")
        #expect(verified.status == 0)
        #expect(try verified.json([VerifyAnswer].self).map(\.status) == ["ok"])

        let inspected = try await zoo("inspect", "resnet14-shapes", "--json", "--digest")
        struct Inspected: Decodable {
            struct Tensor: Decodable {
                let name, dtype, sha256: String
                let shape: [Int]
            }
            let format: String
            let tensors: [Tensor]
        }
        let content = try inspected.json(Inspected.self)
        #expect(content.format == "torch-zip")
        let head = try #require(content.tensors.first { $0.name == "linear.weight" })
        #expect(head.shape == [10, 64] && head.dtype == "float32" && head.sha256.count == 64)
    }

    @Test func theNetworkGivesPyTorchsLogits() async throws {
        struct Expected: Decodable {
            let logits: [String: [Double]]
        }
        let zoo = try ZooProcess()
        let expected = try Fixture.json("shapes/expected.json", as: Expected.self).logits
        let names = expected.keys.sorted()
        #expect(names.count >= 8)
        let arguments = ["predict", "resnet14-shapes"] + names.map { Fixture.file("shapes/data").string + "/" + $0 }
        let outcome = try await zoo.run(arguments + ["--json", "--logits"])
        let answers = try outcome.json([PredictAnswer].self)
        #expect(answers.count == names.count)
        for (name, answer) in zip(names, answers) {
            let wanted = try #require(expected[name])
            let found = try #require(answer.logits)
            let largest = wanted.map(abs).max() ?? 1
            let worst = zip(found, wanted).map { abs($0 - $1) }.max() ?? .infinity
            #expect(found.count == wanted.count && worst <= 1e-4 * largest, "\(name): \(worst)")
        }
    }

    @Test func aNewHeadLearnsNewClasses() async throws {
        let zoo = try ZooProcess()
        let untrained = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--head-only", "--epochs", "0", "-o", "before.pth",
            "--json")
        #expect(try untrained.json(FinetuneAnswer.self).epochs.isEmpty)
        let before = try await zoo("evaluate", "before.pth", Self.data, "--json").json(EvaluateAnswer.self)

        let trained = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--head-only", "-o", "after.pth", "--json")
        let training = try trained.json(FinetuneAnswer.self)
        #expect(training.output == "after.pth")
        #expect(training.classes == ["arrow", "crescent", "heart", "spiral", "star"])
        #expect(training.epochs.count == 20)
        #expect(training.epochs[0].learningRates == ["head": 0.1])
        let after = try await zoo("evaluate", "after.pth", Self.data, "--json").json(EvaluateAnswer.self)
        #expect(after.accuracy == training.bestAccuracy, "the file holds the best epoch's head")
        #expect(after.count == 100 && after.confusion.map { $0.reduce(0, +) } == [20, 20, 20, 20, 20])
        #expect(before.accuracy < 0.5)
        #expect(after.accuracy > 0.8)

        let image = Self.data + "/val/star/000.png"
        let seen = try await zoo("predict", "after.pth", image, "--top", "5", "--json").json([PredictAnswer].self)
        #expect(abs(seen[0].top.map(\.probability).reduce(0, +) - 1) < 1e-5)
        #expect(Set(seen[0].top.compactMap(\.label)) == Set(training.classes))
    }

    @Test(.slow) func theSameSeedGivesTheSameBytes() async throws {
        let zoo = try ZooProcess()
        for (name, seed) in [("a.pth", "5"), ("b.pth", "5"), ("c.pth", "6")] {
            let outcome = try await zoo(
                "finetune", Self.data, "--model", "resnet14-shapes", "--head-only", "--epochs", "3", "--seed", seed,
                "-o", name)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output == name + "\n")
        }
        let files = try ["a.pth", "b.pth", "c.pth"].map {
            try Data(contentsOf: URL(fileURLWithPath: zoo.folder.file($0).string))
        }
        #expect(files[0] == files[1])
        #expect(files[0] != files[2])
    }

    @Test(.slow) func aFineTunedFileIsASourceAgain() async throws {
        let zoo = try ZooProcess()
        _ = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--head-only", "--epochs", "2", "-o", "first.pth")
        let second = try await zoo(
            "finetune", Self.data + "/train", "--model", "first.pth", "--head-only", "--epochs", "2", "-o",
            "second.pth", "--val-fraction", "0.25", "--json")
        #expect(second.status == 0, "\(second.errors)")
        #expect(try second.json(FinetuneAnswer.self).classes.count == 5)
    }

    @Test func aBrokenFileInTheCacheIsFoundNamedAndReplaced() async throws {
        let zoo = try ZooProcess()
        _ = try await zoo("fetch", "resnet14-shapes")
        let path = zoo.checkpoints.appending("resnet14-shapes.pth")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path.string))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path.string))

        let dry = try await zoo("verify", "--dry-run", "--json")
        #expect(dry.status == 1)
        let finding = try #require(try dry.json([VerifyAnswer].self).first)
        #expect(finding.status == "broken" && !finding.purged)
        #expect(["hash-mismatch", "corrupt-record"].contains(finding.cause))

        let fetched = try await zoo("fetch", "resnet14-shapes")
        #expect(fetched.status == 0, "a broken cached file is not trusted")
        #expect(try await zoo("verify").status == 0)
    }
}
