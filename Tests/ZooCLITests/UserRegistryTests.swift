import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite("registries of the user's own", .timeLimit(.minutes(1))) struct UserRegistryTests {
    static func entry(_ name: String, url: String) -> String {
        """
        {"name": "\(name)", "weights": "V1", "default": true, "architecture": "resnet14_cifar", "url": "\(url)", \
        "sha256": "f24b0e07c79d05129f980ea5707dd0497fba966763e661bbb4f4a687dddd022c", "licence": "MIT", \
        "preprocessing": {"interpolation": "bilinear", "mean": [0, 0, 0], "std": [1, 1, 1]}}
        """
    }

    private static func zoo(_ registry: String) throws -> ZooProcess {
        var zoo = try ZooProcess()
        zoo.environment = ["XDG_CONFIG_HOME": zoo.folder.file("config").string]
        try zoo.folder.write(Array(registry.utf8), to: "config/zoo/registry.d/mine.json")
        return zoo
    }

    @Test func itsModelsAreFetchedAndVerified() async throws {
        let place = Fixture.file("shapes/resnet14-shapes.pth").string
        let zoo = try Self.zoo("{\"entries\": [\(Self.entry("mine", url: "file://\(place)?v=2"))]}")
        // The file's name is taken: two models must not share one file.
        let taken = try await zoo("list")
        #expect(taken.status == 2 && taken.errors.contains("mine.json"), "\(taken.errors)")

        let copy = try zoo.folder.write([UInt8](Data(contentsOf: URL(fileURLWithPath: place))), to: "copy.pth")
        try zoo.folder.write(
            Array("{\"entries\": [\(Self.entry("mine", url: "file://\(copy)"))]}".utf8),
            to: "config/zoo/registry.d/mine.json")
        let fetched = try await zoo("fetch", "mine")
        #expect(fetched.status == 0 && fetched.output.hasSuffix("/copy.pth\n"), "\(fetched.errors)")
        #expect(try await zoo("verify", "mine").output.contains("its SHA-256 is the expected one"))
        #expect(try await zoo("cache", "list").output.contains("mine:V1"))
    }

    @Test func aBrokenOneDoesNotHideTheCache() async throws {
        let zoo = try Self.zoo("{")
        let outcome = try await zoo("cache", "dir")
        #expect(outcome.status == 0 && outcome.output == zoo.checkpoints.string + "\n", "\(outcome.errors)")
    }

    @Test func oneThatMakesNoSenseIsNamed() async throws {
        let zoo = try Self.zoo("{\"entries\": [{\"name\": 5}]}")
        let outcome = try await zoo("list")
        #expect(outcome.status == 5 && outcome.output.isEmpty)
        #expect(outcome.errors.contains("mine.json") && outcome.errors.contains("entries[0].name"))
    }
}
