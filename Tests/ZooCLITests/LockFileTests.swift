import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite("zoo fetch --lock", .timeLimit(.minutes(3))) struct LockFileTests {
    struct Lock: Decodable {
        struct Pin: Decodable {
            let name, url, file, sha256: String
            let bytes: Int
        }
        let version: Int
        let files: [Pin]
    }

    private static let shapes = Fixture.file("shapes/resnet14-shapes.pth").string
    private static let digest = "f24b0e07c79d05129f980ea5707dd0497fba966763e661bbb4f4a687dddd022c"
    private let zoo: ZooProcess
    private let other: FilePath

    init() throws {
        zoo = try ZooProcess()
        other = zoo.folder.file("other.pth")
        try FileManager.default.copyItem(atPath: Self.shapes, toPath: other.string)
    }

    private func text() throws -> String {
        try String(contentsOfFile: zoo.folder.file("zoo.lock").string, encoding: .utf8)
    }

    private func emptyCache() throws {
        try FileManager.default.removeItem(atPath: zoo.checkpoints.string)
    }

    @Test func whatIsFetchedIsPinned() async throws {
        let address = "file://\(other)"
        let outcome = try await zoo("fetch", "resnet14-shapes", address, "--lock", "zoo.lock")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let first = try text()
        let lock = try JSONDecoder().decode(Lock.self, from: Data(first.utf8))
        #expect(lock.version == 1)
        #expect(lock.files.map(\.name) == [address, "resnet14-shapes"])
        #expect(lock.files.map(\.file) == ["other.pth", "resnet14-shapes.pth"])
        #expect(lock.files.map(\.sha256) == [Self.digest, Self.digest])
        #expect(lock.files.map(\.bytes) == [719_715, 719_715])

        // The same pins are the same bytes, in whatever order they came.
        try FileManager.default.removeItem(atPath: zoo.folder.file("zoo.lock").string)
        _ = try await zoo("fetch", address, "--lock", "zoo.lock")
        _ = try await zoo("fetch", "resnet14-shapes", "--lock", "zoo.lock")
        #expect(try text() == first)

        try emptyCache()
        let all = try await zoo("fetch", "--lock", "zoo.lock", "--frozen")
        #expect(all.status == 0, "\(all.errors)")
        #expect(all.output.split(separator: "\n").count == 2)
        #expect(try text() == first)
        #expect(try zoo.folder.contents().allSatisfy { !$0.contains(".zoo.lock.") })
    }

    @Test func otherBytesAreRefused() async throws {
        let address = "file://\(other)"
        #expect(try await zoo("fetch", address, "--lock", "zoo.lock").status == 0)
        let pinned = try text()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: other.string))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: other.string))
        // What is in the cache is still right.
        #expect(try await zoo("fetch", address, "--lock", "zoo.lock").status == 0)
        try emptyCache()
        let refused = try await zoo("fetch", address, "--lock", "zoo.lock")
        #expect(refused.status == 4 && refused.output.isEmpty)
        #expect(refused.errors.contains("\(Self.digest) is expected"), "\(refused.errors)")
        #expect(try text() == pinned)
    }

    @Test func thePinComesBeforeTheRegistry() async throws {
        #expect(try await zoo("fetch", "resnet14-shapes", "--lock", "zoo.lock").status == 0)
        let wrong = String(repeating: "0", count: 64)
        try text().replacing(Self.digest, with: wrong).write(
            toFile: zoo.folder.file("zoo.lock").string, atomically: true, encoding: .utf8)
        let refused = try await zoo("fetch", "resnet14-shapes", "--lock", "zoo.lock")
        #expect(refused.status == 4 && refused.errors.contains(wrong))
    }

    @Test func frozenAddsNothing() async throws {
        let missing = try await zoo("fetch", "resnet14-shapes", "--lock", "zoo.lock", "--frozen")
        #expect(missing.status == 5 && missing.errors.contains("zoo.lock"))
        _ = try await zoo("fetch", "file://\(other)", "--lock", "zoo.lock")
        let before = try text()
        let refused = try await zoo("fetch", "resnet14-shapes", "--lock", "zoo.lock", "--frozen")
        #expect(refused.status == 2)
        #expect(refused.errors.contains("'resnet14-shapes' is not in zoo.lock, and --frozen forbids to add it"))
        #expect(try text() == before)
    }

    @Test func aDryRunPinsNothing() async throws {
        #expect(try await zoo("fetch", "resnet14-shapes", "--lock", "zoo.lock", "--dry-run").status == 0)
        #expect(!FileManager.default.fileExists(atPath: zoo.folder.file("zoo.lock").string))
    }

    @Test(arguments: [
        (["fetch"], "<model|url>"), (["fetch", "resnet14-shapes", "--frozen"], "--frozen goes with --lock"),
        (["fetch", "http://host/a.pth?token=1", "--lock", "zoo.lock"], "is not pinned"),
        (["fetch", "http://me:secret@host/a.pth", "--lock", "zoo.lock"], "is not pinned"),
    ])
    func requestsThatMakeNoSense(_ arguments: [String], _ says: String) async throws {
        let outcome = try await zoo.run(arguments)
        #expect(outcome.status == 2 && outcome.output.isEmpty)
        #expect(outcome.errors.contains(says) && !outcome.errors.contains("secret@"), "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: zoo.folder.file("zoo.lock").string))
    }

    static let pin = #"{"name":"a","url":"http://h/a.pth","file":"a.pth","bytes":1,"sha256":"\#(digest)"}"#

    @Test(arguments: [
        ("", "not the JSON", 5), ("[]", "not the JSON", 5), (#"{"version":2,"files":[]}"#, "version 2", 5),
        (#"{"version":1}"#, "not the JSON", 5),
        (#"{"version":1,"files":[\#(pin.replacing("a.pth\",\"b", with: "../a.pth\",\"b"))]}"#, "makes no sense", 5),
        (#"{"version":1,"files":[\#(pin.replacing("\"bytes\":1", with: "\"bytes\":-1"))]}"#, "makes no sense", 5),
        (#"{"version":1,"files":[\#(pin.replacing(digest, with: "f2"))]}"#, "makes no sense", 5),
        (#"{"version":1,"files":[\#(pin),\#(pin)]}"#, "'a' twice", 5),
        (
            "{\"version\":1,\"files\":[\(pin),"
                + pin.replacing("\"name\":\"a\"", with: "\"name\":\"b\"").replacing("f24b", with: "0000") + "]}",
            "'a' and 'b' are both kept as a.pth, with different bytes", 4
        ),
    ])
    func damagedLockFiles(_ json: String, _ says: String, _ status: Int32) async throws {
        try zoo.folder.write(Array(json.utf8), to: "zoo.lock")
        let outcome = try await zoo("fetch", "resnet14-shapes", "--lock", "zoo.lock")
        #expect(outcome.status == status && outcome.errors.contains(says), "\(outcome.errors)")
        #expect(outcome.errors.contains("zoo.lock"))
        #expect(try text() == json, "a damaged lock file was overwritten")
    }
}
