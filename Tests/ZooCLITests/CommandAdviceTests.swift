import SystemPackage
import TestSupport
import Testing

@testable import ZooCLI

@Suite("did you mean") struct CommandAdviceTests {
    @Test(
        arguments: [
            (["lsit"], "there is no command 'lsit'. Did you mean 'zoo list'?"),
            (["cache", "lst"], "there is no command 'cache lst'. Did you mean 'zoo cache list'?"),
            (["help", "data", "chek"], "there is no command 'data chek'. Did you mean 'zoo data check'?"),
            (["help", "fetsh"], "there is no command 'fetsh'. Did you mean 'zoo fetch'?"),
            (["xyz"], "there is no command 'xyz'. 'zoo --help' lists the commands."),
            (["data", "xyz"], "there is no command 'data xyz'. 'zoo data --help' lists the commands."),
            (["list", "chek"], nil), (["cache", "list"], nil), (["cache"], nil), (["help"], nil), ([], nil),
            (["--help"], nil), (["cache", "--help"], nil), (["---completion", "list"], nil),
        ] as [([String], String?)])
    func commands(_ arguments: [String], _ advice: String?) {
        #expect(CommandAdvice.advice(on: arguments) == advice)
    }

    @Test(
        arguments: [
            (["predict", "modle.pth", "x.jpg"], 5, "modle.pth: there is no such file. Did you mean 'model.pth'?"),
            (["scan", "model.pth", "model.pht"], 5, "model.pht: there is no such file. Did you mean 'model.pth'?"),
            (["inspect", "model.pht"], 5, "Did you mean 'model.pth'?"),
            (["inspect", "sub/weihgts.pth"], 5, "Did you mean 'sub/weights.pth'?"),
            (["finetune", "photso", "--model", "resnet14-shapes"], 2, "Did you mean 'photos'?"),
            (["data", "check", "photso"], 2, "Did you mean 'photos'?"),
            (["info", "resnte50"], 2, "Did you mean 'resnet50'?"),
            (["list", "resnte"], 1, "Did you mean 'resnet'?"),
            (["cache", "list", "--sort", "sise"], 2, "Did you mean 'size'?"),
            (["cache", "list", "--filter", "sise>1"], 2, "Did you mean 'size'?"),
            (["cache", "lits"], 2, "Did you mean 'zoo cache list'?"),
            (["help", "finetun"], 2, "Did you mean 'zoo finetune'?"),
            (["predict", "model.pth", "x.jpg", "--precison", "bf16"], 2, "Did you mean '--precision'?"),
            (["finetune", "photos", "--loss", "focl"], 2, "'focal'"),
            (["finetune", "photos", "--schedule", "cosin"], 2, "Did you mean 'cosine'?"),
            (["finetune", "photos", "--augment", "strng"], 2, "Did you mean 'strong'?"),
        ] as [([String], Int32, String)])
    func namesOfTheUser(_ arguments: [String], _ status: Int32, _ part: String) async throws {
        let zoo = try ZooProcess()
        try zoo.folder.write([1], to: "model.pth")
        try zoo.folder.write([1], to: "sub/weights.pth")
        try zoo.folder.write([1], to: "photos/train/a/x.jpg")
        let outcome = try await zoo.run(arguments)
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(outcome.errors.contains(part), "\(outcome.errors)")
    }

    @Test func images() async throws {
        let zoo = try ZooProcess()
        try zoo.folder.write([1], to: "cat.jpg")
        let outcome = try await zoo("predict", "resnet14-shapes", "cta.jpg")
        #expect(outcome.status == 5)
        #expect(outcome.errors.contains("cta.jpg: there is no such file. Did you mean 'cat.jpg'?"), "\(outcome.errors)")
    }

    @Test func layersAndClasses() async throws {
        let zoo = try ZooProcess()
        let data = Fixture.file("shapes/data").string
        let layer = try await zoo("finetune", data, "--model", "resnet14-shapes", "--freeze", "layr2", "--plan")
        #expect(layer.status == 2 && layer.errors.contains("'layer2'"), "\(layer.errors)")
        let network = try await zoo(
            "evaluate", Fixture.file("checkpoints/dtypes.pth").string, data, "--arch", "resnt18")
        #expect(network.status != 0 && network.errors.contains("Did you mean 'resnet18'"), "\(network.errors)")
        try zoo.folder.write(Array("hart,circle\n".utf8), to: "map.csv")
        let map = try await zoo(
            "finetune", data, "--model", "resnet14-shapes", "--head-only", "--reuse-classifier", "--class-map",
            "map.csv")
        #expect(map.status != 0 && map.errors.contains("Did you mean 'heart'?"), "\(map.errors)")
    }
}
