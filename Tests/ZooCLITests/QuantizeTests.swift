import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooEngine

@Suite("zoo quantize, as users run it", .slow, .timeLimit(.minutes(5))) struct QuantizeTests {
    struct Answer: Decodable {
        struct Judged: Decodable {
            let accuracy, loss: Double?
            let bytes: Int
            let imagesPerSecond: Double
        }
        struct Result: Decodable {
            let name: String
            let largest, limit: Double
            let signalToNoise: Double?
        }
        let output: String
        let layers: [String]
        let calibrationImages, count, same: Int
        let float32, int8: Judged
        let results: [Result]
    }

    private struct Inspected: Decodable {
        struct Tensor: Decodable {
            let name, dtype: String
            let shape: [Int]
        }
        let tensors: [Tensor]
    }

    static let data = Fixture.file("shapes/data").string
    private static let image = data + "/val/star/000.png"

    private func fixture() async throws -> ZooProcess {
        let zoo = try ZooProcess()
        let trained = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--epochs", "3", "--lr", "0.01", "-o", "whole.pth")
        #expect(trained.status == 0, "\(trained.errors)")
        return zoo
    }

    private func evaluate(_ zoo: ZooProcess, _ file: String, _ options: String...) async throws -> EvaluateAnswer {
        try await zoo.run(["evaluate", file, Self.data, "--json"] + options).json(EvaluateAnswer.self)
    }

    @Test func integersKeepTheAccuracyAndAQuarterOfTheSize() async throws {
        let zoo = try await fixture()
        let run = try await zoo("quantize", "whole.pth", Self.data, "--images", "60", "-o", "int8.pth", "--json")
        #expect(run.status == 0, "\(run.errors)")
        let answer = try run.json(Answer.self)
        let (before, after) = (try #require(answer.float32.accuracy), try #require(answer.int8.accuracy))
        #expect(after >= before - 0.03 && Double(answer.same) >= 0.95 * Double(answer.count))
        #expect(Double(answer.int8.bytes) < 0.35 * Double(answer.float32.bytes))
        #expect(answer.calibrationImages == 60 && answer.layers.count == 13, "all convolutions, not the output layer")
        #expect(answer.results.first?.name == "input" && answer.results.allSatisfy { $0.limit <= $0.largest })

        // The file says what runs it: integers where the processor has them, the same weights in float32 elsewhere.
        let float = try await evaluate(zoo, "int8.pth", "--precision", "fp32")
        let integers = try await evaluate(zoo, "int8.pth")
        if try Int8Calibration.isNative() {
            #expect(integers.accuracy == after && integers.loss != float.loss)
        } else {
            #expect(integers.loss == float.loss)
        }
        #expect(abs(float.accuracy - before) <= 0.03)
        #expect(try await zoo("predict", "int8.pth", Self.image).status == 0)
        #expect(try await zoo("verify", "int8.pth").status == 0)
    }

    @Test func theFileHasIntegersThatConvertMakesFloat32() async throws {
        let zoo = try await fixture()
        #expect(try await zoo("quantize", "whole.pth", Self.data, "--images", "20").status == 0)
        let tensors = try await zoo("inspect", "whole-int8.pth", "--json").json(Inspected.self).tensors
        let weight = try #require(tensors.first { $0.name == "state_dict.layer2.0.conv1.weight" })
        let scale = try #require(tensors.first { $0.name == "state_dict.layer2.0.conv1.weight_scale" })
        #expect(weight.dtype == "int8" && scale.dtype == "float32" && scale.shape == [weight.shape[0]])
        let expected = try await evaluate(zoo, "whole-int8.pth", "--precision", "fp32")

        for name in ["float.pth", "float.safetensors"] {
            let converted = try await zoo("convert", "whole-int8.pth", name, "--dequantize")
            #expect(converted.status == 0 && converted.errors == "", "\(converted.errors)")
            let tensors = try await zoo("inspect", name, "--json").json(Inspected.self).tensors
            #expect(tensors.allSatisfy { $0.dtype != "int8" && !$0.name.hasSuffix("_scale") })
            let evaluated = try await evaluate(zoo, name)
            #expect(evaluated.loss == expected.loss, "the same weights, and nothing computes with integers any more")
        }
        // Without the option they stay integers, on the way to safetensors and back.
        let answer = try await evaluate(zoo, "whole-int8.pth")
        #expect(try await zoo("convert", "whole-int8.pth", "int8.safetensors").status == 0)
        #expect(try await zoo("convert", "int8.safetensors", "back.pth").status == 0)
        for name in ["int8.safetensors", "back.pth"] { #expect(try await evaluate(zoo, name).loss == answer.loss) }
    }

    @Test func trainingBeginsWithTheWeightsAsFloat32() async throws {
        let zoo = try await fixture()
        #expect(try await zoo("quantize", "whole.pth", Self.data, "--images", "20", "-o", "q.pth").status == 0)
        let tuned = try await zoo(
            "finetune", Self.data, "--model", "q.pth", "--epochs", "1", "--lr", "0.001", "-o", "next.pth")
        #expect(tuned.status == 0, "\(tuned.errors)")
        let tensors = try await zoo("inspect", "next.pth", "--json").json(Inspected.self).tensors
        #expect(tensors.allSatisfy { $0.dtype != "int8" })
    }

    @Test func imagesNeedNoLabels() async throws {
        let zoo = try await fixture()
        let folder = zoo.folder.file("loose").string
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for index in 0..<6 {
            let name = "00\(index).png"
            try FileManager.default.copyItem(atPath: Self.data + "/val/star/\(name)", toPath: "\(folder)/\(name)")
        }
        let run = try await zoo("quantize", "whole.pth", folder, "--json")
        #expect(run.status == 0, "\(run.errors)")
        let answer = try run.json(Answer.self)
        #expect(answer.float32.accuracy == nil && answer.int8.accuracy == nil && answer.count == 6)
        #expect(run.errors.contains("they judge too"))
    }

    @Test(
        "what cannot be done is said before the work",
        arguments: [
            (["--keep", "layer9"], "layer9"), (["--keep", "all"], "keep fewer"),
            (["--precision", "bf16"], "--precision"),
            (["--images", "0"], "--images"), (["-o", "q.npz"], "q.npz"), (["--limits", "mean"], "mean"),
        ])
    func badInput(options: [String], word: String) async throws {
        let zoo = try ZooProcess()
        let run = try await zoo.run(["quantize", "resnet14-shapes", Self.data] + options)
        #expect(run.status == 2, "\(run.errors)")
        #expect(run.errors.contains(word), "\(run.errors)")
    }

    @Test func aKeptLayerStaysFloat32() async throws {
        let zoo = try await fixture()
        let run = try await zoo(
            "quantize", "whole.pth", Self.data, "--images", "20", "--keep", "conv1", "--keep", "layer3.*", "-o",
            "k.pth",
            "--json")
        #expect(run.status == 0, "\(run.errors)")
        let layers = try run.json(Answer.self).layers
        #expect(!layers.contains { $0 == "conv1" || $0.hasPrefix("layer3.") } && layers.contains("layer1.0.conv1"))
    }
}
