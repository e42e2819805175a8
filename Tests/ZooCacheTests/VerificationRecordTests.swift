import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCore

@testable import ZooCache

@Suite struct VerificationRecordTests {
    private static let good = Array("good bytes".utf8)
    private static let digest = SHA256.digest(of: good.rawSpan)
    private static let name = "m.pth"

    private let folder: ScratchFolder
    private let cache: CacheDirectory

    init() throws {
        folder = try ScratchFolder()
        cache = CacheDirectory(checkpoints: folder.path)
        try folder.write(Self.good, to: Self.name)
    }

    private func verify(
        _ expected: ExpectedContent? = nil, isQuick: Bool = false, isDryRun: Bool = false, judge: Bool = true
    ) throws -> VerifyFinding? {
        var verifier = CacheVerifier(cache, judge: judge ? CacheVerifierTests.FirstByteJudge() : nil) { _ in expected }
        verifier.isQuick = isQuick
        verifier.isDryRun = isDryRun
        return try verifier.verify().first
    }

    private var recordPath: String { ".zoo/verified/\(Self.name).json" }

    /// Writes a record as if it had been made when this file had this status, some time ago.
    private func forge(_ change: (inout VerificationRecord) -> Void) throws {
        var record = VerificationRecord(
            try FileStatus(following: folder.file(Self.name)), sha256: Self.digest, method: .structure)
        record.verifiedAt += 60
        change(&record)
        try folder.write(record.json, to: recordPath)
    }

    // MARK: What is recorded

    @Test(arguments: [
        (ExpectedContent(sha256: digest), true, VerificationRecord.Method.sha256),
        (ExpectedContent(sha256Prefix: String(digest.hex.prefix(8))), true, .sha256Prefix),
        (ExpectedContent(byteCount: 10), true, .structure), (ExpectedContent(), true, .structure),
        (ExpectedContent(), false, .none),
    ])
    func whatVouchedIsRecorded(_ expected: ExpectedContent, _ judge: Bool, _ method: VerificationRecord.Method) throws {
        _ = try verify(expected, judge: judge)
        let record = try #require(cache.verificationRecords.currentRecord(of: Self.name))
        #expect(record.method == method && record.sha256 == Self.digest && record.byteCount == 10)
        #expect(abs(Double(record.verifiedAt) - Date().timeIntervalSince1970) < 60)
        #expect(VerificationRecord(json: record.json) == record)
        #expect(try folder.contents() == [".zoo", ".zoo/verified", recordPath, Self.name])
    }

    @Test func aDryRunRecordsNothing() throws {
        _ = try verify(isDryRun: true)
        #expect(try folder.contents() == [Self.name])
    }

    @Test func aFileThatIsRemovedIsForgotten() throws {
        _ = try verify()
        let broken = try #require(try verify(ExpectedContent(sha256Prefix: "00000000")))
        #expect(broken.purged)
        #expect(try folder.contents() == [".zoo", ".zoo/verified"])
    }

    @Test func theAddressIsKeptAsLongAsTheBytesAre() throws {
        try cache.verificationRecords.update(
            Self.name, sha256: Self.digest, method: .structure, url: "http://host/m.pth")
        _ = try verify()
        #expect(cache.verificationRecords.record(of: Self.name)?.url == "http://host/m.pth")
        try folder.write(Array("good others".utf8), to: Self.name)
        _ = try verify()
        #expect(cache.verificationRecords.record(of: Self.name)?.url == nil)
    }

    @Test func recordsOfFilesThatAreGoneAreRemoved() throws {
        _ = try verify()
        try folder.write([1], to: ".zoo/verified/gone.pth.json")
        try cache.verificationRecords.removeOrphans()
        #expect(try folder.contents() == [".zoo", ".zoo/verified", recordPath, Self.name])
    }

    @Test(.enabled(if: Mount.isPossible, "\(Mount.impossibility)"))
    func aReadOnlyCacheIsVerifiedAllTheSame() throws {
        let mount = try Mount(readOnly: folder.path)
        #expect(try verify()?.status == .unverified)
        _ = mount.path
        #expect(try folder.contents() == [Self.name])
    }

    // MARK: What is trusted

    @Test func quickBelievesTheRecordAndSaysSo() throws {
        let expected = ExpectedContent(sha256: Self.digest)
        try forge { $0.method = .sha256 }
        let quick = try #require(try verify(expected, isQuick: true))
        #expect(quick.status == .ok && quick.sha256 == Self.digest && quick.byteCount == 10)
        #expect(quick.detail.hasPrefix("its SHA-256 is the expected one; not changed since that was found "))
        let full = try #require(try verify(expected))
        #expect(full.detail == "its SHA-256 is the expected one")
    }

    /// The record says that the bytes are others than they are: only who believes it says so too.
    @Test(arguments: [
        ("as recorded", true), ("another length", false), ("other bytes", false), ("times set back", false),
        ("a copy", false),
    ])
    func quickReadsWhatChanged(_ change: String, _ isBelieved: Bool) throws {
        let path = folder.file(Self.name)
        let other = SHA256.digest(of: [UInt8]().rawSpan)
        try forge { $0.sha256 = other }
        let before = try FileManager.default.attributesOfItem(atPath: path.string)[.modificationDate] as? Date
        usleep(20_000)  // More than a tick of the file system's clock.
        switch change {
        case "another length": try folder.write(Self.good + [1], to: Self.name)
        case "other bytes", "times set back":
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: path.string))
            try file.write(contentsOf: Data("good tybes".utf8))
            try file.close()
            if change == "times set back", let before {
                try FileManager.default.setAttributes([.modificationDate: before], ofItemAtPath: path.string)
            }
        case "a copy":
            try FileManager.default.copyItem(atPath: path.string, toPath: path.string + ".new")
            try FileManager.default.removeItem(atPath: path.string)
            try FileManager.default.moveItem(atPath: path.string + ".new", toPath: path.string)
        default: break
        }
        let finding = try #require(try verify(isQuick: true))
        #expect((finding.sha256 == other) == isBelieved)
        #expect(finding.status == .unverified)
    }

    @Test func quickReadsWhatTheRecordCallsWrong() throws {
        try forge { $0.sha256 = SHA256.digest(of: [UInt8]().rawSpan) }
        #expect(try verify(ExpectedContent(sha256: Self.digest), isQuick: true)?.status == .ok)
    }

    @Test func quickReadsWhatWasNeverJudged() throws {
        try folder.write([1, 2, 3], to: Self.name)
        try forge { $0.method = .none }
        #expect(try verify(isQuick: true, judge: false)?.status == .unverified)
        #expect(try verify(isQuick: true)?.status == .broken)
    }

    @Test(arguments: [
        "empty", "cut", "no JSON", "another version", "no digest", "a short digest", "a negative length",
        "an unknown method", "far too large", "a link",
    ])
    func aDamagedRecordCountsAsNone(_ damage: String) throws {
        try forge { $0.sha256 = SHA256.digest(of: [UInt8]().rawSpan) }
        let path = folder.file(recordPath).string
        var text = try String(contentsOfFile: path, encoding: .utf8)
        switch damage {
        case "empty": text = ""
        case "cut": text.removeLast(text.count / 2)
        case "no JSON": text = "\0\u{1}garbage"
        case "another version": text.replace("\"version\":1", with: "\"version\":2")
        case "no digest": text.replace("\"sha256\":", with: "\"sha\":")
        case "a short digest": text.replace("e3b0c442", with: "")
        case "a negative length": text.replace("\"byteCount\":10", with: "\"byteCount\":-10")
        case "an unknown method": text.replace("\"structure\"", with: "\"hope\"")
        case "far too large": text += String(repeating: " ", count: 1 << 17)
        default:
            try FileManager.default.moveItem(atPath: path, toPath: folder.file("elsewhere").string)
            try FileManager.default.createSymbolicLink(
                atPath: path, withDestinationPath: folder.file("elsewhere").string)
        }
        if damage != "a link" { try text.write(toFile: path, atomically: false, encoding: .utf8) }
        #expect(cache.verificationRecords.record(of: Self.name) == nil)
        let finding = try #require(try verify(isQuick: true, isDryRun: true))
        #expect(finding.sha256 != SHA256.digest(of: [UInt8]().rawSpan), "the record was believed")
    }

    // MARK: Bytes that changed on their own

    @Test func silentDamageIsFound() throws {
        try forge { $0.sha256 = SHA256.digest(of: [UInt8]().rawSpan) }
        let finding = try #require(try verify(isDryRun: true))
        #expect(finding.status == .broken && finding.defect?.cause == .hashMismatch)
        #expect(finding.detail.hasSuffix("when it was verified, and nobody wrote to it since"))
    }

    @Test func aRecordMadeAsTheFileWasWrittenAccusesNobody() throws {
        try forge {
            $0.sha256 = SHA256.digest(of: [UInt8]().rawSpan)
            $0.verifiedAt -= 60
        }
        #expect(try verify()?.status == .unverified)
    }

    @Test func manyVerifiersAtOnceLeaveGoodRecords() throws {
        for index in 0..<20 { try folder.write(Self.good + [UInt8(index)], to: "f\(index).pth") }
        let directory = cache
        WorkerThreads.run(4) { _ in
            _ = try? CacheVerifier(directory, judge: CacheVerifierTests.FirstByteJudge()).verify()
        }
        for index in 0..<20 { #expect(cache.verificationRecords.currentRecord(of: "f\(index).pth") != nil) }
        #expect(try folder.contents().filter { $0.hasSuffix(".tmp") } == [])
    }
}
