import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

@Suite("zoo prune, as users run it", .slow, .timeLimit(.minutes(5))) struct PruneTests {
    struct Answer: Decodable {
        struct Step: Decodable {
            struct Width: Decodable {
                let layer: String
                let channels: Int
            }
            let step, parameters, nonzero, multiplyAdds, bytes: Int
            let accuracyBefore, accuracy, imagesPerSecond: Double
            let widths: [Width]
        }
        let output, run: String
        let report: String?
        let steps: [Step]
    }

    static let data = Fixture.file("shapes/data").string

    private func fixture() async throws -> ZooProcess {
        let zoo = try ZooProcess()
        let trained = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--epochs", "3", "--lr", "0.01", "-o", "whole.pth")
        #expect(trained.status == 0, "\(trained.errors)")
        return zoo
    }

    private func accuracy(_ zoo: ZooProcess, _ file: String) async throws -> Double {
        try await zoo("evaluate", file, Self.data, "--json").json(EvaluateAnswer.self).accuracy
    }

    @Test func aNetworkWithoutHalfOfItsChannelsIsANetwork() async throws {
        let zoo = try await fixture()
        let run = try await zoo(
            "prune", "whole.pth", Self.data, "--macs", "0.5", "--steps", "2", "--epochs", "4", "--align", "4", "-o",
            "small.pth", "--json")
        #expect(run.status == 0, "\(run.errors)")
        let answer = try run.json(Answer.self)
        #expect(answer.steps.map(\.step) == [0, 1, 2])
        let (whole, last) = (answer.steps[0], answer.steps[2])
        #expect(Double(last.multiplyAdds) <= 0.5 * Double(whole.multiplyAdds) && last.bytes < whole.bytes)
        #expect(answer.steps[1].multiplyAdds < whole.multiplyAdds && answer.steps.allSatisfy { $0.imagesPerSecond > 0 })
        #expect(last.accuracy > 0.75, "\(answer.steps.map(\.accuracy))")
        #expect(try await accuracy(zoo, "small.pth") == last.accuracy, "the file holds the network of the last step")
        let page = try String(
            contentsOfFile: zoo.folder.file("small.run").appending("report.html").string, encoding: .utf8)
        #expect(page.contains("Layers that lost channels") && page.contains("step-2/report.html"))
        #expect(try await zoo("report", "small.run").status == 0)

        // Everything that takes a checkpoint takes it.
        let image = Self.data + "/val/star/000.png"
        #expect(try await zoo("predict", "small.pth", image).status == 0)
        #expect(try await zoo("verify", "small.pth").status == 0)
        #expect(try await zoo("convert", "small.pth", "small.safetensors").status == 0)
        #expect(try await accuracy(zoo, "small.safetensors") == last.accuracy)
        let tuned = try await zoo(
            "finetune", Self.data, "--model", "small.pth", "--epochs", "1", "--lr", "0.01", "-o", "next.pth", "--json")
        #expect(tuned.status == 0, "\(tuned.errors)")
        let next = try await zoo("inspect", "next.pth", "--digest", "--json").json(InspectedTensors.self)
        let width = try #require(last.widths.first { $0.layer == "layer3.0.conv1" }).channels
        let tensor = next.tensors.first { $0.name == "state_dict.layer3.0.conv1.weight" }
        #expect(width < 64 && tensor?.shape.first == width, "and what is trained on from it has its shapes")
        let report = try String(
            contentsOfFile: zoo.folder.file("next.run").appending("report.html").string, encoding: .utf8)
        #expect(
            report.contains("module.groups") && report.contains("LambdaLayer"), "the code for PyTorch sets the shapes")
    }

    @Test("layers that lost inputs are fitted before anything is trained") func reconstruction() async throws {
        let zoo = try await fixture()
        let words = ["prune", "whole.pth", Self.data, "--macs", "0.5", "--align", "4", "--epochs", "0", "--json"]
        let fitted = try await zoo.run(words + ["-o", "fitted.pth"]).json(Answer.self)
        let plain = try await zoo.run(words + ["--no-reconstruction", "-o", "plain.pth"]).json(Answer.self)
        #expect(fitted.steps[1].widths.map(\.channels) == plain.steps[1].widths.map(\.channels))
        // 0.81 and 0.30 when this was written; the whole network has 0.92.
        #expect(
            fitted.steps[1].accuracyBefore > plain.steps[1].accuracyBefore + 0.2,
            "\(fitted.steps[1].accuracyBefore) and \(plain.steps[1].accuracyBefore)")
        #expect(try await accuracy(zoo, "fitted.pth") == fitted.steps[1].accuracy)
        // A head beside it, and an ensemble, know its widths without its output layer.
        let head = try await zoo(
            "finetune", Self.data, "--model", "fitted.pth", "--head-only", "--head", "knn", "-o", "knn.pth")
        #expect(head.status == 0, "\(head.errors)")
        #expect(try await accuracy(zoo, "knn.pth") > 0.5)
        let both = try await zoo("ensemble", "vote", "knn.pth", "fitted.pth", "plain.pth", "-o", "vote.pth", "--json")
        #expect(both.status == 0, "\(both.errors)")
        #expect(try await accuracy(zoo, "vote.pth") > 0.5)
    }

    @Test func sparseWeightsStaySparse() async throws {
        let zoo = try await fixture()
        let run = try await zoo(
            "prune", "whole.pth", Self.data, "--sparsity", "0.7", "--steps", "2", "--epochs", "2", "--weight-decay",
            "0.001", "--distill", "-o", "sparse.pth", "--json")
        #expect(run.status == 0, "\(run.errors)")
        let steps = try run.json(Answer.self).steps
        #expect(steps.allSatisfy { $0.parameters == steps[0].parameters && $0.multiplyAdds == steps[0].multiplyAdds })
        let left = Double(steps[2].nonzero) / Double(steps[0].nonzero)
        #expect(abs(left - 0.3) < 0.02, "\(left): norms and biases are not pruned")
        #expect(steps[2].accuracy > 0.75)
        #expect(try await accuracy(zoo, "sparse.pth") == steps[2].accuracy)
    }

    @Test func aKilledPruningGoesOnToTheSameBits() async throws {
        let zoo = try await fixture()
        let words = [
            "prune", "whole.pth", Self.data, "--channels", "--sparsity", "0.4", "--align", "2", "--steps", "2",
            "--epochs", "6",
        ]
        let whole = try await zoo.run(words + ["-o", "a.pth"])
        #expect(whole.status == 0, "\(whole.errors)")
        let state = zoo.folder.file("b.run").appending("step-2").appending("state.pth").string
        _ = try await zoo.run(words + ["-o", "b.pth"], stoppedBy: .kill) {
            FileManager.default.fileExists(atPath: state)
        }
        let resumed = try await zoo.run(words + ["-o", "b.pth", "--resume"])
        #expect(resumed.status == 0, "\(resumed.errors)")
        let files = try ["a.pth", "b.pth"].map {
            try Data(contentsOf: URL(fileURLWithPath: zoo.folder.file($0).string))
        }
        #expect(files[0] == files[1])
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            ([], "either --sparsity or --macs"),
            (["--sparsity", "0.5", "--macs", "0.5"], "either --sparsity or --macs"),
            (["--sparsity", "1"], "--sparsity must be between 0 and 1"), (["--macs", "0"], "--macs must be between"),
            (["--sparsity", "0.99999"], "nothing of the layer '"),
            (["--macs", "0.0001"], "would have no channels left"),
            (["--macs", "0.5", "--steps", "0"], "--steps must be 1 to 100"),
            (["--macs", "0.5", "--head-only"], "'zoo prune' has no --head-only"),
            (["--macs", "0.5", "--importance", "l3"], "importance"),
            (["--sparsity", "0.5", "--no-reconstruction"], "--no-reconstruction is for --macs and --channels"),
            (["--sparsity", "0.5", "--importance", "l1"], "--importance is for --macs and --channels"),
            (["--sparsity", "0.5", "--align", "4"], "--align is for --macs and --channels"),
            (["--sparsity", "0.001", "--channels"], "no layer gets rid of 8 of them"),
        ] as [([String], String)])
    func defects(words: [String], complaint: String) async throws {
        let zoo = try ZooProcess()
        _ = try await zoo(
            "finetune", Self.data, "--model", "resnet14-shapes", "--head-only", "--epochs", "1", "-o", "whole.pth")
        let run = try await zoo.run(["prune", "whole.pth", Self.data] + words)
        #expect(run.status == 2)
        #expect(run.errors.contains(complaint), "\(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: zoo.folder.file("whole-pruned.pth").string))
    }

    @Test func otherClassesAreRefused() async throws {
        let zoo = try ZooProcess()
        let run = try await zoo("prune", "resnet14-shapes", Self.data, "--macs", "0.5")
        #expect(run.status == 2)
        #expect(run.errors.contains("does not know the data's classes"), "\(run.errors)")
    }
}
