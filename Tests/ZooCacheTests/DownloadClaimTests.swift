import Foundation
import Synchronization
import SystemPackage
import TestSupport
import Testing
import ZooCore

@testable import ZooCache

@Suite("a download is claimed by its name", .timeLimit(.minutes(1))) struct DownloadClaimTests {
    let folder: ScratchFolder
    let cache: CacheDirectory
    let source = ContentSource(url: "http://host/m.pth", etag: "\"1\"", totalByteCount: 10)

    init() throws {
        folder = try ScratchFolder()
        cache = CacheDirectory(checkpoints: folder.path)
    }

    /// Processes of other kinds than this one.
    enum Other: String, CaseIterable {
        case ended = "a process that has ended"
        case reused = "an earlier process with the number of one that runs"
        case silent = "a process of another host, silent for long"
        case fresh = "a process of another host that wrote just now"

        var owner: ClaimOwner {
            let own = ClaimOwner.current
            switch self {
            case .ended: return ClaimOwner(host: own.host, process: 0x3fff_fff0, started: 1)
            case .reused: return ClaimOwner(host: own.host, process: own.process, started: own.started &+ 1)
            case .silent, .fresh: return ClaimOwner(host: "00000000beef", process: own.process, started: own.started)
            }
        }
    }

    /// Leaves what `other` has: three recorded bytes of ten.
    private func leave(_ other: Other) throws -> FilePath {
        do {
            let claimed = try PartialFile.claim("m.pth", in: cache)
            guard var partial = consume claimed else { throw CocoaError(.fileLocking) }
            try partial.begin(source)
            try partial.append(([1, 2, 3] as [UInt8]).rawSpan)
            try partial.record()
        }
        let name =
            "m.pth.zoo.\(other.owner.host)-\(String(other.owner.process, radix: 16))-"
            + "\(String(other.owner.started, radix: 16))-1.partial"
        let path = folder.file(name)
        try FileNames.rename(folder.file("m.pth.zoo.partial"), to: path)
        if other == .silent {
            let date = Date(timeIntervalSinceNow: -ClaimedBytes.silenceLimit - 1)
            try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path.string)
        }
        return path
    }

    @Test(arguments: [
        ("m.pth.zoo.partial", "m.pth", false), ("a.zoo.partial.zoo.partial", "a.zoo.partial", false),
        ("m.pth.zoo.0123456789ab-1f-2e-3.partial", "m.pth", true),
    ])
    func namesAreRead(_ text: String, _ fileName: String, _ isOwned: Bool) {
        let name = ClaimName(text)
        #expect(name?.fileName == fileName)
        #expect((name?.owner != nil) == isOwned)
        #expect(name?.text == text)
    }

    @Test(arguments: [
        "m.pth", ".zoo.partial", "m.zoo.partial.json", "m.zoo.0123456789ab-1-2.partial",
        "m.zoo.0123456789ab-1-2-3-4.partial", "m.zoo.0123456789ab--2-3.partial", "m.zoo.0123-1-2-3.partial",
        "m.zoo.0123456789ab-0-2-3.partial", "m.zoo.0123456789ab-ffffffffff-2-3.partial", "m.0123456789ab-1-2-3.partial",
        "m.pth.0123456789abcdef0123456789abcdef.partial",
    ])
    func otherNamesAreNotRead(_ text: String) {
        #expect(ClaimName(text) == nil)
    }

    @Test func aNewNameIsReadAndFits() {
        let name = ClaimName(newFor: "m.pth")
        #expect(ClaimName(name.text) == name)
        #expect(name != ClaimName(newFor: "m.pth"))
        #expect(name.text.utf8.count <= "m.pth".utf8.count + ClaimName.longestSuffix.utf8.count)
        #expect(ClaimOwner.current.state == .alive)
    }

    @Test(arguments: [(Other.ended, ClaimOwner.State.dead), (.reused, .dead), (.silent, .elsewhere)])
    func statesOfOwners(_ other: Other, _ state: ClaimOwner.State) {
        #expect(other.owner.state == state)
    }

    @Test(.timeLimit(.minutes(1))) func aProcessThatWasNotWaitedForIsDead() throws {
        // A zombie: its number is still taken.
        var child = pid_t()
        let program = unsafe strdup("/bin/true")
        defer { unsafe free(program) }
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe [program, nil]
        #expect(unsafe posix_spawn(&child, "/bin/true", nil, nil, &arguments, nil) == 0)
        defer { waitpid(child, nil, 0) }
        var fields: [Substring] = []
        while fields.first != "Z" {
            let stat = String(decoding: ProcFile.bytes(FilePath("/proc/\(child)/stat")) ?? [], as: UTF8.self)
            fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        }
        let started = try #require(UInt64(fields[19]))
        #expect(ClaimOwner(host: ClaimOwner.current.host, process: child, started: started).state == .dead)
    }

    @Test(arguments: [Other.ended, .reused, .silent])
    func whatADeadProcessHadIsContinued(_ other: Other) throws {
        let left = try leave(other)
        let claimed = try PartialFile.claim("m.pth", in: cache)
        guard var partial = consume claimed else { throw CocoaError(.fileLocking) }
        #expect(partial.byteCount == 3)
        #expect(!FileManager.default.fileExists(atPath: left.string))
        try partial.append(([4] as [UInt8]).rawSpan)
        #expect(try partial.check(ExpectedContent(byteCount: 4)) == nil)
        _ = try partial.publish()
        #expect(try folder.contents() == ["m.pth"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("m.pth").string)) == Data([1, 2, 3, 4]))
    }

    @Test func aProcessOfAnotherHostThatLivesKeepsItsDownload() throws {
        let left = try leave(.fresh)
        let claimed = try PartialFile.claim("m.pth", in: cache)
        if let partial = consume claimed { Issue.record("\(partial.path) was claimed") }
        #expect(try folder.contents() == [left.lastComponent?.string, "m.pth.zoo.partial.json"])
        let findings = try CacheVerifier(cache).verify()
        #expect(findings.map(\.status) == [.partial])
        #expect(try CacheInventory(of: cache).items.map(\.isInUse) == [true])
    }

    /// One that was taken for dead wakes up: what it writes must not reach the file of its successor.
    @Test func twoHostsNeverWriteOneFile() throws {
        let left = try leave(.silent)
        let sleeper = try FileHandle(forWritingTo: URL(fileURLWithPath: left.string))
        let claimed = try PartialFile.claim("m.pth", in: cache)
        guard var partial = consume claimed else { throw CocoaError(.fileLocking) }
        try sleeper.write(contentsOf: Data([99, 99, 99, 99, 99]))
        try partial.append(([4] as [UInt8]).rawSpan)
        #expect(try partial.check(ExpectedContent(byteCount: 4)) == nil)
        _ = try partial.publish()
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file("m.pth").string)) == Data([1, 2, 3, 4]))
    }

    @Test func whoWasTakenForDeadCannotPublish() throws {
        let claimed = try PartialFile.claim("m.pth", in: cache)
        guard var partial = consume claimed else { throw CocoaError(.fileLocking) }
        try partial.begin(source)
        try partial.append(([1] as [UInt8]).rawSpan)
        #expect(try partial.check(ExpectedContent(byteCount: 1)) == nil)
        let wasHeld = partial.isHeld
        #expect(wasHeld)
        try FileNames.rename(partial.path, to: folder.file("m.pth.zoo.00000000beef-1-1-1.partial"))
        let isHeld = partial.isHeld
        #expect(!isHeld)
        do {
            _ = try partial.publish()
            Issue.record("it was published")
        } catch {
            #expect(error.errno == .noSuchFileOrDirectory)
        }
        #expect(try folder.contents() == ["m.pth.zoo.00000000beef-1-1-1.partial", "m.pth.zoo.partial.json"])
    }

    @Test func whatADeadProcessLeftIsJudgedByVerify() throws {
        let left = try leave(.ended)
        let findings = try CacheVerifier(cache).verify()
        #expect(findings.map(\.detail) == ["3 of 10 bytes of http://host/m.pth; 'zoo fetch' continues there"])
        try FileNames.remove(folder.file("m.pth.zoo.partial.json"))
        #expect(try CacheVerifier(cache).verify().map(\.purged) == [true])
        #expect(try folder.contents() == [])
        _ = left
    }

    private final class Counts: Sendable {
        let writers = Atomic(0)
        let turns = Atomic(0)
        let collisions = Atomic(0)
    }

    @Test func ofManyThatClaimAtOnceOneWrites() throws {
        let cache = cache
        let counts = Counts()
        WorkerThreads.run(8) { _ in
            var turns = 0
            while turns < 20 {
                do {
                    let claimed = try DownloadClaim.take("m.pth", in: cache)
                    guard let claim = consume claimed else {
                        sched_yield()
                        continue
                    }
                    if counts.writers.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue != 1 {
                        counts.collisions.wrappingAdd(1, ordering: .relaxed)
                    }
                    try claim.descriptor.writeAll([1])
                    counts.writers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
                    turns += 1
                    counts.turns.wrappingAdd(1, ordering: .relaxed)
                } catch {
                    Issue.record(error)
                    return
                }
            }
        }
        #expect(counts.collisions.load(ordering: .relaxed) == 0)
        #expect(counts.turns.load(ordering: .relaxed) == 160)
        #expect(try folder.contents() == ["m.pth.zoo.partial"])
    }
}
