import Foundation
import Synchronization
import SystemPackage
import TestSupport
import Testing
import ZooCore

@testable import ZooCache

@Suite struct CacheVerifierTests {
    /// Files that begin with `good` are checkpoints, `<` is a page, and everything else is neither.
    struct FirstByteJudge: StructureJudge {
        func defect(in file: MappedFile) -> FileDefect? {
            if file.bytes.starts(with: Array("good".utf8)) { return nil }
            if file.bytes.starts(with: Array("<".utf8)) { return FileDefect(.html, "a web page") }
            return FileDefect(.notACheckpoint, "no format that is known")
        }
    }

    static let good = Array("good bytes".utf8)
    static let digest = SHA256.digest(of: good.rawSpan)

    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func verifier(
        judge: Bool = true, _ expected: [String: ExpectedContent] = [:]
    ) -> CacheVerifier {
        CacheVerifier(CacheDirectory(checkpoints: folder.path), judge: judge ? FirstByteJudge() : nil) { expected[$0] }
    }

    /// What is in the folder, but for the records.
    private func names() throws -> [String] {
        try folder.contents().filter { !$0.hasPrefix(".zoo") }
    }

    // MARK: One file

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var name = "m.pth"
        var bytes = good
        var expected: ExpectedContent?
        var judge = true
        let status: VerifyFinding.Status
        var cause: FileDefect.Cause?
    }

    @Test(arguments: [
        Row(testDescription: "whole hash", expected: ExpectedContent(sha256: digest), status: .ok),
        Row(testDescription: "hash in the name", name: "m-\(digest.hex.prefix(8)).pth", status: .ok),
        Row(
            testDescription: "a known hash comes before the name", name: "m-00000000.pth",
            expected: ExpectedContent(sha256: digest), status: .ok),
        Row(testDescription: "structure only", status: .unverified),
        Row(testDescription: "length only", expected: ExpectedContent(byteCount: 10), status: .unverified),
        Row(testDescription: "nothing to go by", bytes: [1], judge: false, status: .unverified),
        Row(
            testDescription: "wrong hash", expected: ExpectedContent(sha256Prefix: "00000000"), status: .broken,
            cause: .hashMismatch),
        Row(
            testDescription: "wrong hash in the name", name: "m-00000000.pth", judge: false, status: .broken,
            cause: .hashMismatch),
        Row(
            testDescription: "wrong length", expected: ExpectedContent(byteCount: 11, sha256: digest), status: .broken,
            cause: .sizeMismatch),
        Row(
            testDescription: "wrong hash: a page explains it", name: "m-00000000.pth", bytes: Array("<html>".utf8),
            status: .broken, cause: .html),
        Row(
            testDescription: "wrong length: a page explains it", bytes: Array("<html>".utf8),
            expected: ExpectedContent(byteCount: 10), status: .broken, cause: .html),
        Row(testDescription: "no checkpoint", bytes: [1, 2, 3], status: .broken, cause: .notACheckpoint),
        Row(testDescription: "empty", bytes: [], judge: false, status: .broken, cause: .empty),
        Row(
            testDescription: "empty, with a promise", bytes: [], expected: ExpectedContent(sha256: digest),
            status: .broken, cause: .empty),
        Row(testDescription: "a note of the user's", name: "notes.txt", bytes: [1], status: .unverified),
        Row(
            testDescription: "an expected file of any name", name: "vocabulary.txt", bytes: [1],
            expected: ExpectedContent(sha256: digest), status: .broken, cause: .notACheckpoint),
    ])
    func oneFile(_ row: Row) throws {
        let path = try folder.write(row.bytes, to: row.name)
        let expected = row.expected.map { [row.name: $0] } ?? [:]
        var verifier = verifier(judge: row.judge, expected)
        verifier.isDryRun = true
        let judged = try #require(try verifier.verify().first)
        #expect(judged.path == path)
        #expect(judged.status == row.status)
        #expect(judged.defect?.cause == row.cause)
        #expect(!judged.purged)
        #expect(!judged.detail.isEmpty)
        #expect(try folder.contents() == [row.name])

        verifier.isDryRun = false
        let removed = try #require(try verifier.verify().first)
        #expect(removed.purged == (row.status == .broken))
        #expect(try names() == (row.status == .broken ? [] : [row.name]))
    }

    @Test func theDigestIsReported() throws {
        try folder.write(Self.good, to: "m.pth")
        let finding = try verifier().verify().first
        #expect(finding?.sha256 == Self.digest)
        #expect(finding?.byteCount == 10)
    }

    @Test func aCacheThatIsNotThereHasNoFiles() throws {
        let cache = CacheDirectory(checkpoints: folder.file("none"))
        #expect(try CacheVerifier(cache).verify() == [])
    }

    @Test func manyFilesAreFoundInOrderWhateverTheThreads() throws {
        for index in 0..<50 {
            try folder.write(Self.good + [UInt8](repeating: 0, count: index * 1000), to: "m\(index).pth")
        }
        var verifier = verifier()
        verifier.threadCount = 8
        let paths = try verifier.verify().map(\.path.string)
        #expect(paths.count == 50)
        #expect(paths == paths.sorted())
    }

    @Test func everyFileCountsAsProgress() throws {
        for number in 0..<5 { try folder.write([1], to: "\(number)-0123abcd.pth") }
        let told = Mutex<[Int]>([])
        var verifier = verifier()
        verifier.progress = { done, total in told.withLock { $0.append(total == 5 ? done : -1) } }
        _ = try verifier.verify()
        #expect(told.withLock { $0.sorted() }.last == 5)
        #expect(told.withLock { $0.count } == 5)
    }

    @Test func cancelledNothingIsJudged() throws {
        try folder.write([1], to: "m.pth")
        #expect(try verifier().verify(isCancelled: { true }) == [])
        #expect(try folder.contents() == ["m.pth"])
    }

    // MARK: What is left alone

    @Test func hiddenFilesFoldersAndPipesAreLeftAlone() throws {
        try folder.write([1], to: ".hidden.pth")
        try folder.write([1], to: "folder.pth/inner.pth")
        try folder.write([1], to: "CACHEDIR.TAG")
        #expect(unsafe mkfifo(folder.file("pipe.pth").string, 0o600) == 0)
        #expect(try verifier().verify() == [])
        #expect(try folder.contents().count == 5)
    }

    @Test func filesElsewhereAreJudgedButNotRemoved() throws {
        let elsewhere = try ScratchFolder()
        let path = try elsewhere.write([1], to: "m.pth")
        let missing = elsewhere.file("none.pth")
        let findings = verifier().verify(files: [path, missing, elsewhere.path])
        #expect(findings.map(\.status) == [.broken, .unverified, .unverified])
        #expect(findings.map(\.purged) == [false, false, false])
        #expect(findings.map(\.error?.errno) == [nil, .noSuchFileOrDirectory, .isDirectory])
    }

    @Test func onlyTheLinkToABrokenFileIsRemoved() throws {
        let elsewhere = try ScratchFolder()
        let broken = try elsewhere.write([1], to: "broken.pth")
        let sound = try elsewhere.write(Self.good, to: "sound.pth")
        for (name, target) in [("a.pth", broken), ("b.pth", sound), ("c.pth", elsewhere.file("none"))] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.file(name).string, withDestinationPath: target.string)
        }
        let findings = try verifier().verify()
        #expect(findings.map(\.status) == [.broken, .unverified, .broken])
        #expect(findings.map(\.purged) == [true, false, true])
        #expect(try names() == ["b.pth"])
        #expect(try elsewhere.contents() == ["broken.pth", "sound.pth"])
    }

    // MARK: Partial files

    private func leavePartial(_ bytes: [UInt8] = [1, 2, 3]) throws {
        let claimed = try PartialFile.claim("m.pth", in: CacheDirectory(checkpoints: folder.path))
        guard var partial = consume claimed else { throw CocoaError(.fileLocking) }
        try partial.begin(ContentSource(url: "http://host/m.pth", totalByteCount: 10))
        try partial.append(bytes.rawSpan)
        try partial.record()
    }

    private func age(_ name: String, seconds: Double) throws {
        let date = Date(timeIntervalSinceNow: -seconds)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: folder.file(name).string)
    }

    private static let partialNames = ["m.pth.zoo.partial", "m.pth.zoo.partial.json"]

    @Test func aResumableDownloadIsKeptForADay() throws {
        try leavePartial()
        let kept = try verifier().verify()
        #expect(kept.map(\.status) == [.partial])
        #expect(kept.first?.detail == "3 of 10 bytes of http://host/m.pth; 'zoo fetch' continues there")
        for name in Self.partialNames { try age(name, seconds: 25 * 3600) }
        let gone = try verifier().verify()
        #expect(gone.map(\.defect?.cause) == [.abandonedPartial])
        #expect(gone.first?.detail == "3 of 10 bytes, not touched for 25 hours")
        #expect(try folder.contents() == [])
    }

    @Test func aDownloadUnderWayIsLeftAloneHoweverOld() throws {
        try leavePartial()
        for name in Self.partialNames { try age(name, seconds: 1e6) }
        let claimed = try PartialFile.claim("m.pth", in: CacheDirectory(checkpoints: folder.path))
        guard let partial = consume claimed else { throw CocoaError(.fileLocking) }
        let findings = try verifier().verify()
        #expect(findings.map(\.status) == [.partial])
        #expect(findings.first?.detail == "another process is writing it; left alone")
        let claimName = try #require(partial.path.lastComponent?.string)
        #expect(try Set(folder.contents()) == [claimName, Self.partialNames[1]])
        _ = partial.byteCount
    }

    @Test(arguments: ["no record", "no bytes recorded as such", "changed bytes", "record only", "next record only"])
    func downloadsThatCannotBeResumedAreRemoved(_ defect: String) throws {
        try leavePartial()
        switch defect {
        case "no record": try FileManager.default.removeItem(atPath: folder.file(Self.partialNames[1]).string)
        case "changed bytes": try folder.write([1, 2, 9], to: Self.partialNames[0])
        case "record only": try FileManager.default.removeItem(atPath: folder.file(Self.partialNames[0]).string)
        case "next record only":
            for name in Self.partialNames { try FileManager.default.removeItem(atPath: folder.file(name).string) }
            try folder.write([1], to: "m.pth.zoo.partial.json.tmp")
        default: try folder.write([1], to: Self.partialNames[0])
        }
        var verifier = verifier()
        verifier.isDryRun = true
        #expect(try verifier.verify().map(\.purged) == [false])
        verifier.isDryRun = false
        let findings = try verifier.verify()
        #expect(findings.map(\.defect?.cause) == [.abandonedPartial])
        #expect(findings.map(\.purged) == [true])
        #expect(try folder.contents() == [])
    }

    @Test func downloadsOfPyTorchAreRemovedWhenNobodyWritesThem() throws {
        let identifier = String(repeating: "0a", count: 16)
        let name = "m.pth.\(identifier).partial"
        try folder.write([1], to: name)
        #expect(try verifier().verify().map(\.status) == [.partial])
        try age(name, seconds: 660)
        let findings = try verifier().verify()
        #expect(findings.map(\.defect?.cause) == [.abandonedPartial])
        #expect(
            findings.first?.detail
                == "a download of PyTorch's that was not touched for 11 minutes; it cannot be resumed")
        #expect(try folder.contents() == [])
    }

    @Test(arguments: ["a.partial", "a.pth.00.partial", "a.\(String(repeating: "g", count: 32)).partial", ".partial"])
    func otherNamesAreNoPartialFiles(_ name: String) {
        #expect(PartialKind(name) == nil)
    }

    @Test(.enabled(if: Mount.isPossible, "\(Mount.impossibility)"))
    func aFileThatCannotBeRemovedIsReportedAndTheRunGoesOn() throws {
        try folder.write([1], to: "a.pth")
        try folder.write(Self.good, to: "b.pth")
        let mount = try Mount(readOnly: folder.path)
        let findings = try verifier().verify()
        _ = mount.path
        #expect(findings.map(\.status) == [.broken, .unverified])
        #expect(findings.map(\.purged) == [false, false])
        #expect(findings.first?.error?.operation == .remove)
        #expect(findings.first?.error?.errno == .readOnlyFileSystem)
    }
}
