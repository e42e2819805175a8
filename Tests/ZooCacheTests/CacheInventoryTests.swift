import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCore

@testable import ZooCache

@Suite struct CacheInventoryTests {
    private let folder: ScratchFolder
    private let cache: CacheDirectory
    private let foreign = "m.pth.0123456789abcdef0123456789abcdef.partial"

    init() throws {
        folder = try ScratchFolder()
        cache = CacheDirectory(checkpoints: folder.path)
    }

    private func leaveDownload(of name: String) throws {
        let claimed = try PartialFile.claim(name, in: cache)
        guard var partial = consume claimed else { throw CocoaError(.fileLocking) }
        try partial.begin(ContentSource(url: "http://host/\(name)", totalByteCount: 10))
        try partial.append(([1, 2, 3] as [UInt8]).rawSpan)
        try partial.record()
    }

    @Test func everyKindOfFile() throws {
        try folder.write([1, 2], to: "a.pth")
        try folder.write([1, 2, 3], to: "known.pth")
        try folder.write([1], to: ".hidden")
        try folder.write([1], to: "CACHEDIR.TAG")
        try folder.write([1], to: "folder/x.pth")
        try folder.write([1], to: foreign)
        try leaveDownload(of: "m.pth")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link.pth").string, withDestinationPath: folder.file("known.pth").string)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("nowhere.pth").string, withDestinationPath: folder.file("none").string)
        _ = CacheVerifier(cache).verify(files: [folder.file("a.pth"), folder.file("known.pth")])

        let digest = SHA256.digest(of: ([1, 2, 3] as [UInt8]).rawSpan)
        let inventory = try CacheInventory(of: cache) {
            $0 == "known.pth" ? "known:V1" : nil
        } expected: {
            $0 == "known.pth" ? ExpectedContent(sha256: digest) : nil
        }
        #expect(
            inventory.items.map(\.name) == ["a.pth", "known.pth", "link.pth", foreign, "m.pth.zoo.partial"])
        #expect(inventory.items.map(\.kind) == [.file, .file, .file, .foreign, .resumable])
        #expect(inventory.items.map(\.status) == [.unverified, .ok, .unchecked, .partial, .partial])
        #expect(inventory.items.map(\.byteCount) == [2, 3, 3, 1, 3])
        #expect(inventory.items.map(\.model) == [nil, "known:V1", nil, nil, nil])
        #expect(inventory.items.map(\.isLink) == [false, false, true, false, false])
        #expect(inventory.items.allSatisfy { !$0.isInUse })
        #expect(inventory.byteCount == 9)

        try folder.write([9, 9], to: "a.pth")
        #expect(try CacheInventory(of: cache).items.first?.status == .unchecked)
    }

    @Test func aCacheThatIsNotThereIsEmpty() throws {
        #expect(try CacheInventory(of: CacheDirectory(checkpoints: folder.file("none"))).items == [])
    }

    @Test func verifyingIsNoUse() throws {
        try folder.write(Array("good".utf8), to: "a.pth")
        let longAgo = timespec(tv_sec: 1_000_000_000, tv_nsec: 0)
        #expect(unsafe utimensat(AT_FDCWD, folder.file("a.pth").string, [longAgo, longAgo], 0) == 0)
        _ = try CacheVerifier(cache).verify()
        #expect(try CacheInventory(of: cache).items.first?.lastUsed == 1e9)
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["opened", "mapped"])
    func whatAnotherProcessHasIsInUse(_ how: String) throws {
        try folder.write([1], to: "a.pth")
        try folder.write([1], to: "b.pth")
        let reader = Process()
        reader.executableURL = URL(fileURLWithPath: "/bin/sh")
        if how == "mapped" {  // A program that runs is mapped, not open.
            try FileManager.default.removeItem(atPath: folder.file("a.pth").string)
            let sleep = ["/usr/bin/sleep", "/bin/sleep"].first { FileManager.default.fileExists(atPath: $0) } ?? ""
            try FileManager.default.copyItem(
                atPath: URL(fileURLWithPath: sleep).resolvingSymlinksInPath().path, toPath: folder.file("a.pth").string)
            reader.executableURL = URL(fileURLWithPath: folder.file("a.pth").string)
            reader.arguments = ["30"]
        } else {
            reader.arguments = ["-c", "exec 3<\"$0\"; exec sleep 30", folder.file("a.pth").string]
        }
        try reader.run()
        defer { kill(reader.processIdentifier, SIGKILL) }
        let deadline = Date(timeIntervalSinceNow: 20)
        var inUse: [String] = []
        while inUse.isEmpty, Date() < deadline {
            inUse = try CacheInventory(of: cache).items.filter(\.isInUse).map(\.name)
        }
        #expect(inUse == ["a.pth"])
    }

    @Test func whatIsBeingFetchedAnewIsInUse() throws {
        try folder.write([1], to: "m.pth")
        try leaveDownload(of: "m.pth")
        #expect(try CacheInventory(of: cache).items.filter(\.isInUse) == [])
        let claimed = try PartialFile.claim("m.pth", in: cache)
        guard let partial = consume claimed else { throw CocoaError(.fileLocking) }
        let items = try CacheInventory(of: cache).items
        #expect(items.first?.isInUse == true)
        let download = try #require(items.last)
        #expect(try !download.remove(from: cache), "a download under way was removed")
        let claimName = try #require(partial.path.lastComponent?.string)
        #expect(try Set(folder.contents()) == ["m.pth", claimName, "m.pth.zoo.partial.json"])
        _ = partial.byteCount
    }

    @Test func removingTakesRecordsAlong() throws {
        try folder.write([1], to: "a.pth")
        try folder.write([1], to: foreign)
        try leaveDownload(of: "m.pth")
        _ = CacheVerifier(cache).verify(files: [folder.file("a.pth")])
        for item in try CacheInventory(of: cache).items { #expect(try item.remove(from: cache)) }
        #expect(try folder.contents() == [".zoo", ".zoo/verified"])
    }

    @Test func anotherFileOfThatNameIsLeftAlone() throws {
        try folder.write([1], to: "a.pth")
        let item = try #require(try CacheInventory(of: cache).items.first)
        try folder.write([1, 2], to: "a.pth")
        #expect(try !item.remove(from: cache))
        #expect(try folder.contents() == ["a.pth"])
        try FileManager.default.removeItem(atPath: folder.file("a.pth").string)
        #expect(try item.remove(from: cache), "one that is gone counts as removed")
    }
}
