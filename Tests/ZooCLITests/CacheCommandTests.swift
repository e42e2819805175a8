import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite("zoo cache, and what zoo verify remembers", .timeLimit(.minutes(3))) struct CacheCommandTests {
    struct Item: Decodable {
        struct Verified: Decodable {
            let method: String
        }
        let name, status, kind: String
        let bytes: Int
        let inUse: Bool
        let model: String?
        let verified: Verified?
    }

    struct Removal: Decodable {
        let path, reason: String
        let bytes: Int
        let removed: Bool
    }

    private static let shapes = Fixture.file("shapes/resnet14-shapes.pth").string
    private let zoo: ZooProcess

    init() throws { zoo = try ZooProcess() }

    /// A cache with a registered file, a copy of it under another name, and an old note.
    private func fill() async throws {
        #expect(try await zoo("fetch", "resnet14-shapes").status == 0)
        try FileManager.default.copyItem(
            atPath: zoo.checkpoints.appending("resnet14-shapes.pth").string,
            toPath: zoo.checkpoints.appending("mine.pth").string)
        let note = zoo.checkpoints.appending("note.txt").string
        try Data("12345".utf8).write(to: URL(fileURLWithPath: note))
        let longAgo = timespec(tv_sec: 1_000_000_000, tv_nsec: 0)
        #expect(unsafe utimensat(AT_FDCWD, note, [longAgo, longAgo], 0) == 0)
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: zoo.checkpoints.string).filter {
            !$0.hasPrefix(".") && $0 != "CACHEDIR.TAG"
        }.sorted()
    }

    @Test func dirIsWhereFilesAre() async throws {
        let outcome = try await zoo("cache", "dir")
        #expect(outcome.status == 0 && outcome.output == zoo.checkpoints.string + "\n" && outcome.errors.isEmpty)
    }

    @Test func anEmptyCacheIsListed() async throws {
        let outcome = try await zoo("cache", "list")
        #expect(outcome.status == 0 && outcome.output.isEmpty)
        #expect(outcome.errors == "no files in \(zoo.checkpoints)\n")
        #expect(try await zoo("cache", "list", "--json").json([Item].self).isEmpty)
        #expect(try await zoo("cache", "prune", "--older-than", "1s").status == 0)
    }

    @Test func filesAreListedSortedAndFiltered() async throws {
        try await fill()
        let all = try await zoo("cache", "list", "--json").json([Item].self)
        #expect(all.map(\.name) == ["mine.pth", "note.txt", "resnet14-shapes.pth"])
        #expect(all.map(\.status) == ["unchecked", "unchecked", "ok"])
        #expect(all.map(\.model) == [nil, nil, "resnet14-shapes:SHAPES10"])
        #expect(all.map(\.verified?.method) == [nil, nil, "sha256"])
        let oldest = try await zoo("cache", "list", "--sort", "age", "--json").json([Item].self)
        #expect(oldest.first?.name == "note.txt")
        let filtered = try await zoo("cache", "list", "--filter", "size>1kB", "--filter", "model!=*")
        #expect(filtered.output.hasPrefix("FILE"))
        #expect(filtered.output.contains("mine.pth") && !filtered.output.contains("resnet14"))
        #expect(filtered.errors.hasPrefix("1 file of 3 in "))
    }

    @Test func aModelIsRemoved() async throws {
        try await fill()
        let dry = try await zoo("cache", "remove", "resnet14-shapes", "--dry-run")
        #expect(dry.status == 0 && dry.errors.hasSuffix("would be removed\n"))
        let refused = try await zoo("cache", "remove", "resnet14-shapes")
        #expect(refused.status == 2 && refused.output.isEmpty && refused.errors.contains("say -y"))
        #expect(try files().count == 3)
        let done = try await zoo("cache", "remove", "resnet14-shapes", "note.txt", "-y")
        #expect(done.status == 0)
        #expect(
            done.output == "\(zoo.checkpoints)/resnet14-shapes.pth\n\(zoo.checkpoints)/note.txt\n")
        #expect(try files() == ["mine.pth"])
        #expect(try await zoo("cache", "remove", "m?ne*", "-y").status == 0)
        #expect(try files() == [])
    }

    @Test func whatIsOldUnregisteredOrTooMuchIsPruned() async throws {
        try await fill()
        let nothing = try await zoo("cache", "prune")
        #expect(nothing.status == 0 && nothing.errors.hasPrefix("nothing to remove in "))
        let refused = try await zoo("cache", "prune", "--older-than", "1y")
        #expect(refused.status == 2 && refused.errors.contains("1 file (5 B) would be removed"))
        let old = try await zoo("cache", "prune", "--older-than", "1y", "-y", "--json")
        #expect(try old.json([Removal].self).map(\.reason) == ["old"])
        #expect(try files() == ["mine.pth", "resnet14-shapes.pth"])
        let dry = try await zoo("cache", "prune", "--max-size", "0", "--dry-run", "--json").json([Removal].self)
        #expect(dry.map(\.reason) == ["size", "size"] && !dry.contains(where: \.removed))
        #expect(try await zoo("cache", "prune", "--unregistered", "-y").status == 0)
        #expect(try files() == ["resnet14-shapes.pth"])
    }

    @Test(
        arguments: [
            ("y\n", true), ("Yes\n", true), ("n\n", false), ("\n", false), ("yikes\n", false), ("\u{4}", false),
        ].thinned(to: 2))
    func aPersonIsAskedFirst(_ answer: String, _ isYes: Bool) async throws {
        try await fill()
        for command in [["prune", "--older-than", "1y"], ["remove", "mine.pth"]] {
            let before = try files()
            let outcome = try await zoo.run(["cache"] + command, typing: answer)
            #expect(outcome.status == (isYes ? 0 : 1), "\(outcome.errors)")
            #expect(outcome.errors.contains("? [y/N] "), "\(outcome.errors)")
            let preview = command[0] == "prune" ? "  note.txt  5 B  old" : "  mine.pth  720 kB  named"
            #expect(outcome.errors.contains(preview), "\(outcome.errors)")
            #expect(outcome.errors.contains("nothing was removed") != isYes)
            #expect(try files().count == before.count - (isYes ? 1 : 0))
        }
    }

    @Test func whatAnotherProcessReadsStays() async throws {
        try await fill()
        let path = zoo.checkpoints.appending("mine.pth").string
        let reader = Process()
        reader.executableURL = URL(fileURLWithPath: "/bin/sh")
        reader.arguments = ["-c", "exec 3<\"$0\"; echo ready; exec sleep 60", path]
        let ready = Pipe()
        reader.standardOutput = ready
        try reader.run()
        _ = ready.fileHandleForReading.availableData
        let removed = try await zoo("cache", "remove", "mine.pth", "-y")
        #expect(removed.status == 1 && removed.output.isEmpty)
        #expect(removed.errors == "\(path): in use by another process; left alone\n")
        #expect(try await zoo("cache", "prune", "--unregistered", "-y").status == 0)
        #expect(try files() == ["mine.pth", "resnet14-shapes.pth"])
        kill(reader.processIdentifier, SIGKILL)
        reader.waitUntilExit()
    }

    static let mistakes: [(arguments: [String], says: String)] = [
        (["list", "--sort", "weight"], "size, age or name"), (["list", "--filter", "size>lots"], "not 'lots'"),
        (["remove", "resnet14-shape"], "Did you mean 'resnet14-shapes'"), (["remove", "resnet18"], "not in the cache"),
        (["remove", "no*"], "nothing in the cache fits"), (["remove"], "<name|model>"),
        (["prune", "--older-than", "30"], "12h, 30d, 8w or 1y"), (["prune", "--max-size", "big"], "not 'big'"),
    ]

    @Test(arguments: mistakes)
    func mistakesAreExplained(_ arguments: [String], _ says: String) async throws {
        let outcome = try await zoo.run(["cache"] + arguments)
        #expect(outcome.status == 2 && outcome.output.isEmpty)
        #expect(outcome.errors.contains(says), "\(outcome.errors)")
    }

    // MARK: verify

    @Test func verifyingAFileIsNoUseOfIt() async throws {
        try await fill()
        let path = zoo.checkpoints.appending("mine.pth").string
        let longAgo = timespec(tv_sec: 1_000_000_000, tv_nsec: 0)
        #expect(unsafe utimensat(AT_FDCWD, path, [longAgo, longAgo], 0) == 0)
        #expect(try await zoo("verify").status == 0)
        let old = try await zoo("cache", "list", "--filter", "age>1y", "--json").json([Item].self)
        #expect(old.map(\.name).contains("mine.pth"))
    }

    @Test func aFileOfTheCacheIsVerifiedByItsName() async throws {
        try await fill()
        let outcome = try await zoo("verify", "mine.pth")
        #expect(outcome.status == 0 && outcome.output.contains("unverified"), "\(outcome.errors)")
        let missing = try await zoo("verify", "yours.pth")
        #expect(missing.status == 5 && missing.errors.contains("there is no such file"), "\(missing.errors)")
        #expect(try await zoo("verify", "yours").status == 2)
    }

    @Test func quickVerifiesByWhatIsRemembered() async throws {
        try await fill()
        let quick = try await zoo("verify", "--quick", "resnet14-shapes")
        #expect(quick.status == 0 && quick.output.contains("not changed since that was found"))
        let path = zoo.checkpoints.appending("resnet14-shapes.pth")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path.string))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path.string))
        #expect(try await zoo("verify", "--quick", "resnet14-shapes", "--dry-run").status == 1)
    }

    @Test func brokenFilesAreFetchedAgain() async throws {
        let address = "file://" + Self.shapes
        #expect(try await zoo("fetch", "resnet14-shapes").status == 0)
        let other = zoo.folder.file("other.pth")
        try FileManager.default.copyItem(atPath: Self.shapes, toPath: other.string)
        #expect(try await zoo("fetch", "file://\(other)").status == 0, "\(address)")
        for name in ["resnet14-shapes.pth", "other.pth"] {
            try Data("<html>".utf8).write(to: URL(fileURLWithPath: zoo.checkpoints.appending(name).string))
        }
        let dry = try await zoo("verify", "--repair", "--dry-run")
        #expect(dry.status == 1 && dry.output.components(separatedBy: "would be fetched again").count == 3)
        let repaired = try await zoo("verify", "--repair", "--json")
        #expect(repaired.status == 0, "\(repaired.errors)")
        struct Answer: Decodable {
            let status: String
            let purged, repaired: Bool
        }
        let answers = try repaired.json([Answer].self)
        #expect(answers.map(\.status) == ["broken", "broken"])
        #expect(answers.allSatisfy { $0.repaired && !$0.purged })
        #expect(try await zoo("verify").status == 0)
        #expect(try files() == ["other.pth", "resnet14-shapes.pth"])
    }

    @Test func whatCannotBeRepairedSaysSo() async throws {
        let other = zoo.folder.file("other.pth")
        try FileManager.default.copyItem(atPath: Self.shapes, toPath: other.string)
        #expect(try await zoo("fetch", "file://\(other)").status == 0)
        let cached = URL(fileURLWithPath: zoo.checkpoints.appending("other.pth").string)
        let page = Data("<html>".utf8)
        try page.write(to: cached)
        // The place has other bytes by now.
        try FileManager.default.removeItem(atPath: other.string)
        try FileManager.default.copyItem(
            atPath: Fixture.file("shapes/data/val/star/000.png").string, toPath: other.string)
        #expect(try await zoo("verify", "--repair").status == 4)
        try FileManager.default.removeItem(atPath: other.string)
        #expect(try await zoo("verify", "--repair").status == 3)
        #expect(try Data(contentsOf: cached) == page, "the broken file stays until a sound one replaces it")
        // Nobody knows where this one came from.
        try page.write(to: URL(fileURLWithPath: zoo.checkpoints.appending("stray.pth").string))
        try FileManager.default.removeItem(at: cached)
        #expect(try await zoo("verify", "--repair").status == 1)
        #expect(try files() == [])
    }
}
