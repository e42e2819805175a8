import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite(
    "real weights, real photos, PyTorch's answers", .slow, .timeLimit(.minutes(3)),
    .enabled(if: RealData.isPresent, "\(RealData.absence)"))
struct RealWeightsTests {
    /// `expected/cifar10-jpeg-test.json`.
    struct Expected: Decodable {
        struct Model: Decodable {
            let accuracy, loss: Double
            let logits: [String: [Double]]
        }
        let models: [String: Model]
    }

    static let photos = RealData.file("datasets/cifar10-jpeg")

    @Test(arguments: ["resnet20-12fca82f", "resnet32-d509ac18", "resnet56-4bfd9763"])
    func accuracyLossAndLogits(file: String) async throws {
        let json = try Data(contentsOf: URL(fileURLWithPath: RealData.file("expected/cifar10-jpeg-test.json").string))
        let expected = try #require(JSONDecoder().decode(Expected.self, from: json).models[file])
        var zoo = try ZooProcess()
        zoo.environment["ZOO_MIRROR"] = RealData.file("weights/cifar10").string
        let model = "\(file.prefix { $0 != "-" })-cifar10"
        #expect(try await zoo("fetch", model).status == 0)

        let found = try await zoo("evaluate", model, Self.photos.string, "--json").json(EvaluateAnswer.self)
        #expect(found.count == 1000)
        #expect(abs(found.accuracy - expected.accuracy) <= 0.001)
        #expect(abs(found.loss - expected.loss) <= 1e-3)

        let names = expected.logits.keys.sorted()
        let images = names.map { Self.photos.appending("test").pushing(FilePath($0)).string }
        let answers = try await zoo.run(["predict", model] + images + ["--json", "--logits"])
            .json([PredictAnswer].self)
        #expect(answers.count == names.count)
        for (name, answer) in zip(names, answers) {
            let worst = zip(answer.logits ?? [], expected.logits[name] ?? []).map { abs($0 - $1) }.max()
            #expect(try #require(worst) <= 1e-3, "\(name)")
        }
    }

    @Test func headOnlyReachesPyTorchsAccuracy() async throws {
        var zoo = try ZooProcess()
        zoo.environment["ZOO_MIRROR"] = RealData.file("weights/cifar10").string
        let trained = try await zoo(
            "finetune", Self.photos.string, "--model", "resnet20-cifar10", "--head-only", "-o", "new.pth", "--json")
        #expect(try trained.json(FinetuneAnswer.self).bestAccuracy >= 0.83, "\(trained.errors)")
    }
}
