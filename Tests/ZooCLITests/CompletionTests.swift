import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import ZooCLI

/// What the scripts of bash, zsh and fish ask the program for.
@Suite("completions", .timeLimit(.minutes(1))) struct CompletionTests {
    /// Asks as the scripts do: the command, the argument, then the word, the cursor in it, and all words.
    private static func ask(
        _ zoo: ZooProcess, _ command: [String], _ argument: String, _ words: [String]
    ) async throws -> [String] {
        let outcome = try await zoo.run(
            ["---completion"] + command + ["--", argument, "\(words.count - 1)", "\(words.last?.count ?? 0)"] + words)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return outcome.output.split(separator: "\n").map(String.init)
    }

    @Test func namesOfModels() async throws {
        let zoo = try ZooProcess()
        let names = try await Self.ask(zoo, ["info"], "positional@0", ["zoo", "info", "vgg1"])
        #expect(names == ["vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn"])
        let weights = try await Self.ask(zoo, ["info"], "positional@0", ["zoo", "info", "resnet50:"])
        #expect(weights == ["resnet50:IMAGENET1K_V1", "resnet50:IMAGENET1K_V2"])
    }

    @Test func weightsOfTheModelThatIsTyped() async throws {
        let found = try await Self.ask(
            try ZooProcess(), ["fetch"], "--weights", ["zoo", "fetch", "resnet50", "--weights", ""])
        #expect(found == ["IMAGENET1K_V1", "IMAGENET1K_V2"])
    }

    @Test func layersOfTheModelThatIsTyped() async throws {
        let zoo = try ZooProcess()
        let words = ["zoo", "finetune", "photos", "--model", "resnet18", "--freeze", "layer4.1"]
        let found = try await Self.ask(zoo, ["finetune"], "--freeze", words)
        #expect(found == ["layer4.1", "layer4.1.conv1", "layer4.1.bn1", "layer4.1.conv2", "layer4.1.bn2"])
        let checkpoint = Fixture.file("shapes/resnet14-shapes.pth").string
        let own = try await Self.ask(
            zoo, ["finetune"], "--freeze-until",
            ["zoo", "finetune", "photos", "--model=\(checkpoint)", "--freeze-until", ""])
        #expect(own.starts(with: ["all", "head"]) && own.contains("layer1"), "\(own)")
    }

    @Test func epochsStayInFrontOfLayers() async throws {
        let words = ["zoo", "finetune", "photos", "--unfreeze", "0:fc,3:layer4.0.b"]
        let found = try await Self.ask(try ZooProcess(), ["finetune"], "--unfreeze", words)
        #expect(found == ["0:fc,3:layer4.0.bn1", "0:fc,3:layer4.0.bn2"])
    }

    @Test func filesOfTheCache() async throws {
        let zoo = try ZooProcess()
        for name in ["resnet18-f37072fd.pth", "mine.pth", "CACHEDIR.TAG"] {
            try zoo.folder.write([1], to: "torch/hub/checkpoints/" + name)
        }
        let found = try await Self.ask(zoo, ["cache", "remove"], "positional@0", ["zoo", "cache", "remove", ""])
        #expect(Set(found) == ["resnet18", "resnet18-f37072fd.pth", "mine.pth"])
    }

    @Test func modelsAndThenFiles() async throws {
        let zoo = try ZooProcess()
        for name in [
            "resnet-of-mine.pth", "resnet.txt", "sub/inner/deep.safetensors", "sub/.hidden.pth", "two words.pth",
        ] {
            try zoo.folder.write([1], to: name)
        }
        func offered(_ word: String) async throws -> [String] {
            try await Self.ask(zoo, ["predict"], "positional@0", ["zoo", "predict", word])
        }
        let names = try await offered("resnet")
        #expect(names.contains("resnet18") && names.last == "resnet-of-mine.pth" && !names.contains("resnet.txt"))
        #expect(try await offered("su") == ["sub/inner/deep.safetensors"], "folders with one answer are opened")
        #expect(try await offered("sub/.h") == ["sub/.hidden.pth"])
        #expect(try await offered("two") == ["two words.pth"])
        #expect(try await offered("nothing-like-it").isEmpty)
    }

    /// fish would take them for redirections, were they in its script.
    @Test func conditionsAreNotInTheScripts() async throws {
        let zoo = try ZooProcess()
        let found = try await Self.ask(zoo, ["cache", "list"], "--filter", ["zoo", "cache", "list", "--filter", "si"])
        #expect(found == ["size>100MB"])
        let script = try await zoo("--generate-completion-script", "fish").output
        #expect(!script.contains("size>100MB"))
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func scriptsAskForNames(_ shell: String) async throws {
        let outcome = try await ZooProcess()("--generate-completion-script", shell)
        #expect(outcome.status == 0 && outcome.output.contains("---completion"), "\(shell) asks the program")
        #expect(!outcome.output.contains("generate-manual"), "hidden commands stay hidden")
    }
}
