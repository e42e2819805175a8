import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite("bad input: a line that helps, the right exit code, nothing half-written", .slow, .timeLimit(.minutes(3)))
struct BadInputTests {
    /// One thing a user may do wrong.
    struct Mistake: CustomTestStringConvertible, Sendable {
        let name: String
        let arguments: [String]
        let status: Int32
        /// Words that the message must have.
        let says: [String]
        var environment: [String: String] = [:]
        /// Files to make first, by name; a name that ends in a slash is a folder.
        var files: [String: [UInt8]] = [:]

        var testDescription: String { name }
    }

    static let image: [UInt8] =
        (try? [UInt8](Data(contentsOf: URL(fileURLWithPath: Fixture.file("shapes/data/val/star/000.png").string))))
        ?? []
    static let shapes = Fixture.file("shapes/data").string

    static let mistakes: [Mistake] = [
        Mistake(name: "unknown command", arguments: ["fecth"], status: 2, says: ["Did you mean 'zoo fetch'"]),
        Mistake(name: "unknown option", arguments: ["list", "--jsno"], status: 2, says: ["--jsno", "--json"]),
        Mistake(name: "missing argument", arguments: ["finetune"], status: 2, says: ["<data>"]),
        Mistake(
            name: "a file to verify that is not there", arguments: ["verify", "nothing.pth"], status: 5,
            says: ["nothing.pth: there is no such file"]),
        Mistake(name: "unknown model", arguments: ["fetch", "resnet81"], status: 2, says: ["resnet81", "'resnet18'"]),
        Mistake(name: "unknown weights", arguments: ["fetch", "resnet18:V9"], status: 2, says: ["IMAGENET1K_V1"]),
        Mistake(
            name: "nothing to fetch from", arguments: ["fetch", "http://127.0.0.1:9/a.pth"], status: 3,
            says: ["127.0.0.1"]),
        Mistake(
            name: "offline", arguments: ["fetch", "resnet18"], status: 3, says: ["ZOO_OFFLINE"],
            environment: ["ZOO_OFFLINE": "1"]),
        Mistake(
            name: "a mirror without the file", arguments: ["fetch", "resnet18"], status: 3,
            says: ["resnet18-f37072fd.pth"],
            environment: ["ZOO_MIRROR": "/nowhere"]),
        Mistake(
            name: "a hash that is not the file's",
            arguments: [
                "fetch", "file://" + Fixture.file("shapes/resnet14-shapes.pth").string, "--sha256",
                String(repeating: "0", count: 64),
            ], status: 4, says: ["SHA-256", "is expected"]),
        Mistake(
            name: "a cache that cannot be made", arguments: ["fetch", "resnet14-shapes"], status: 6,
            says: ["not a folder"], environment: ["TORCH_HOME": "/proc/version/torch"]),
        Mistake(
            name: "no such file", arguments: ["inspect", "missing.pth"], status: 5,
            says: ["missing.pth", "no such file"]),
        Mistake(
            name: "a web page", arguments: ["inspect", "page.pth"], status: 5, says: ["page.pth", "a web page"],
            files: ["page.pth": Array("<!DOCTYPE html><html><body>404</body></html>".utf8)]),
        Mistake(
            name: "an empty file", arguments: ["inspect", "empty.pth"], status: 5, says: ["empty"],
            files: ["empty.pth": []]),
        Mistake(
            name: "an image as model", arguments: ["evaluate", "star.png", shapes], status: 5, says: ["star.png"],
            files: ["star.png": image]),
        Mistake(
            name: "no such data", arguments: ["evaluate", "resnet14-shapes", "nowhere"], status: 2, says: ["nowhere"]),
        Mistake(
            name: "classes that the network does not know", arguments: ["evaluate", "resnet14-shapes", shapes],
            status: 2,
            says: ["'arrow'", "zoo finetune"]),
        Mistake(
            name: "one class only", arguments: ["finetune", "data", "--model", "resnet14-shapes", "--head-only"],
            status: 2,
            says: ["only", "at least two"], files: ["data/cats/1.png": image, "data/cats/2.png": image]),
        Mistake(
            name: "a class folder without images",
            arguments: ["finetune", "data", "--model", "resnet14-shapes", "--head-only"], status: 2, says: ["dogs"],
            files: ["data/cats/1.png": image, "data/dogs/": []]),
        Mistake(
            name: "an output that is no checkpoint",
            arguments: ["finetune", shapes, "--model", "resnet14-shapes", "--head-only", "-o", "model.onnx"], status: 2,
            says: [".pth"]),
        Mistake(
            name: "an output in a folder that is not there",
            arguments: ["finetune", shapes, "--model", "resnet14-shapes", "--head-only", "-o", "nowhere/model.pth"],
            status: 5, says: ["nowhere/model.pth"]),
        Mistake(
            name: "an image that does not decode", arguments: ["predict", "resnet14-shapes", "bad.jpg"], status: 5,
            says: ["bad.jpg"], files: ["bad.jpg": Array("not an image".utf8)]),
        Mistake(
            name: "a network that is not the checkpoint's",
            arguments: ["predict", "resnet14-shapes", "x.png", "--arch", "resnet18"], status: 5,
            says: ["layer2.0.downsample.0.weight", "another shape", "--arch"], files: ["x.png": image]),
        Mistake(
            name: "an architecture that zoo does not have",
            arguments: ["predict", "resnet14-shapes", "x.png", "--arch", "resnet19"], status: 2, says: ["resnet18"],
            files: ["x.png": image]),
        Mistake(
            name: "a number that is none", arguments: ["finetune", shapes, "--head-only", "--epochs", "-3"], status: 2,
            says: ["--epochs"]),
        Mistake(
            name: "a thread count that is none", arguments: ["predict", "resnet14-shapes", "x.png"], status: 2,
            says: ["ZOO_THREADS"], environment: ["ZOO_THREADS": "many"], files: ["x.png": image]),
    ]

    @Test("exit code and message", arguments: mistakes)
    func exitCodeAndMessage(mistake: Mistake) async throws {
        var zoo = try ZooProcess()
        zoo.environment = mistake.environment
        for (name, bytes) in mistake.files {
            if name.hasSuffix("/") {
                try FileManager.default.createDirectory(
                    atPath: zoo.folder.path.string + "/" + name, withIntermediateDirectories: true)
            } else {
                try zoo.folder.write(bytes, to: name)
            }
        }
        let before = try zoo.folder.contents()
        let outcome = try await zoo.run(mistake.arguments)
        #expect(outcome.status == mistake.status, "\(outcome.errors)")
        for word in mistake.says {
            #expect(outcome.errors.contains(word), "'\(word)' is not in: \(outcome.errors)")
        }
        #expect(outcome.output.isEmpty)
        let left = try zoo.folder.contents().filter { !$0.hasPrefix("torch") }
        #expect(left == before, "something was left behind")
    }
}
