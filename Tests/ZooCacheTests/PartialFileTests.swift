import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCore

@testable import ZooCache

@Suite struct PartialFileTests {
    let folder: ScratchFolder
    let cache: CacheDirectory
    let source = ContentSource(url: "http://host/m.pth", etag: "\"1\"", totalByteCount: 10)

    init() throws {
        folder = try ScratchFolder()
        cache = CacheDirectory(checkpoints: folder.path)
    }

    private func bytes(of name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.file(name).string)))
    }

    /// Leaves `m.pth.zoo.partial` with these bytes.
    private func leave(_ bytes: [UInt8], source: ContentSource? = nil) throws {
        let claimed = try PartialFile.claim("m.pth", in: cache)
        guard var partial = consume claimed else { throw CocoaError(.fileLocking) }
        try partial.begin(source ?? self.source)
        try partial.append(bytes.rawSpan)
        try partial.record()
    }

    /// How many bytes the next claim finds, and of which source.
    private func found() throws -> (Int, ContentSource?) {
        let claimed = try PartialFile.claim("m.pth", in: cache)
        guard let partial = consume claimed else { return (-1, nil) }
        return (partial.byteCount, partial.source)
    }

    @Test func whatWasWrittenIsFoundAgain() throws {
        try leave([1, 2, 3])
        let (count, source) = try found()
        #expect(count == 3)
        #expect(source == self.source)
    }

    @Test func publishingGivesTheNameAndCleansUp() throws {
        try folder.write([9], to: "m.pth")
        try leave([1, 2, 3])
        let claimed = try PartialFile.claim("m.pth", in: cache)
        guard var partial = consume claimed else { throw CocoaError(.fileLocking) }
        try partial.append(([4] as [UInt8]).rawSpan)
        #expect(try bytes(of: "m.pth") == [9])
        let wrong = try partial.check(ExpectedContent(byteCount: 5))
        #expect(wrong?.cause == .sizeMismatch)
        let right = try partial.check(ExpectedContent(sha256: SHA256.digest(of: ([1, 2, 3, 4] as [UInt8]).rawSpan)))
        #expect(right == nil)
        let published = try partial.publish()
        #expect(published.sha256 == SHA256.digest(of: ([1, 2, 3, 4] as [UInt8]).rawSpan))
        #expect(try bytes(of: "m.pth") == [1, 2, 3, 4])
        #expect(try folder.contents() == ["m.pth"])
    }

    @Test func theRecordIsThereBeforeTheFirstByte() throws {
        let claimed = try PartialFile.claim("m.pth", in: cache)
        guard var partial = consume claimed else { throw CocoaError(.fileLocking) }
        try partial.begin(source)
        let claimName = try #require(partial.path.lastComponent?.string)
        #expect(try Set(folder.contents()) == [claimName, "m.pth.zoo.partial.json"])
        let record = PartialRecord(json: try bytes(of: "m.pth.zoo.partial.json"))
        #expect(record?.source == source)
        #expect(record?.byteCount == 0)
        _ = partial.byteCount
    }

    @Test func theRecordIsNeverMoreThanAMegabyteBehind() throws {
        let claimed = try PartialFile.claim("m.pth", in: cache)
        guard var partial = consume claimed else { throw CocoaError(.fileLocking) }
        try partial.begin(ContentSource(url: "http://host/m.pth"))
        let piece = [UInt8](repeating: 7, count: 300_000)
        for _ in 1...20 {
            try partial.append(piece.rawSpan)
            let recorded = PartialRecord(json: try bytes(of: "m.pth.zoo.partial.json"))?.byteCount ?? 0
            #expect(partial.byteCount - recorded < PartialFile.recordInterval)
        }
    }

    @Test func nothingIsLeftWhereNoByteCame() throws {
        _ = try found()
        #expect(try folder.contents() == [])
        try leave([])
        #expect(try folder.contents() == [])
    }

    @Test func thereIsOneWriter() throws {
        let claimed = try PartialFile.claim("m.pth", in: cache)
        guard let partial = consume claimed else { throw CocoaError(.fileLocking) }
        #expect(try found().0 == -1)
        _ = partial.byteCount
    }

    // MARK: What kills and power failures leave

    @Test func bytesBeyondTheRecordAreCutOff() throws {
        try leave([1, 2, 3])
        try folder.write([1, 2, 3, 99], to: "m.pth.zoo.partial")
        #expect(try found().0 == 3)
        #expect(try bytes(of: "m.pth.zoo.partial") == [1, 2, 3])
    }

    @Test func aRecordBeforeItsRenameIsNoRecord() throws {
        try leave([1, 2, 3])
        try folder.write(Array("{\"vers".utf8), to: "m.pth.zoo.partial.json.tmp")
        #expect(try found().0 == 3)
    }

    @Test(arguments: [
        "", "{}", "[]", "null", "{\"version\":1", "\u{0}",
        "{\"byteCount\":-3,\"sha256\":\"\(String(repeating: "0", count: 64))\",\"source\":{\"url\":\"\"},\"version\":1}",
        "{\"byteCount\":3,\"sha256\":\"00\",\"source\":{\"url\":\"\"},\"version\":1}",
        "{\"byteCount\":3,\"sha256\":\"\(String(repeating: "0", count: 64))\",\"source\":{\"url\":\"\"},\"version\":1}",
        "{\"byteCount\":9,\"sha256\":\"\(String(repeating: "0", count: 64))\",\"source\":{\"url\":\"\"},\"version\":1}",
        "{\"byteCount\":3,\"sha256\":\"\(String(repeating: "0", count: 64))\",\"source\":{\"url\":\"\"},\"version\":2}",
        "{\"byteCount\":1e300,\"sha256\":\"\",\"source\":{\"url\":\"\"},\"version\":1}",
    ])
    func aUselessRecordMeansStartingOver(_ json: String) throws {
        try leave([1, 2, 3])
        try folder.write(Array(json.utf8), to: "m.pth.zoo.partial.json")
        #expect(try found().0 == 0)
        #expect(try bytes(of: "m.pth.zoo.partial") == [1, 2, 3])
    }

    @Test(arguments: [
        "[{\"offset\":2,\"byteCount\":2,\"sha256\":\"\"}]", "[{\"offset\":5,\"byteCount\":0,\"sha256\":\"\"}]",
        "[{\"offset\":5,\"byteCount\":6,\"sha256\":\"\"}]", "[{\"offset\":-1,\"byteCount\":6,\"sha256\":\"\"}]",
        "[{\"offset\":9223372036854775807,\"byteCount\":9,\"sha256\":\"\"}]", "[]",
        "[{\"offset\":6,\"byteCount\":2,\"sha256\":\"\"},{\"offset\":4,\"byteCount\":1,\"sha256\":\"\"}]",
    ])
    func runsThatMakeNoSenseAreNoRecord(_ others: String) {
        let json =
            "{\"version\":2,\"byteCount\":3,\"sha256\":\"\(String(repeating: "0", count: 64))\","
            + "\"source\":{\"url\":\"\",\"totalByteCount\":10},\"others\":\(others)}"
        #expect(PartialRecord(json: Array(json.utf8)) == nil)
    }

    @Test func aRunWithChangedBytesIsDroppedAloneAndRunsThatTouchAreJoined() throws {
        do {
            let claimed = try PartialFile.claim("m.pth", in: cache)
            guard var partial = consume claimed else { throw CocoaError(.fileLocking) }
            try partial.begin(source)
            try partial.write(([8, 9] as [UInt8]).rawSpan, at: 8)
            try partial.write(([3, 4] as [UInt8]).rawSpan, at: 3)
            try partial.append(([0, 1, 2] as [UInt8]).rawSpan)
            try partial.record()
            #expect(partial.ranges == [0..<3, 3..<5, 8..<10])
        }
        try folder.write([0, 1, 2, 3, 4, 0, 0, 0, 8, 7], to: "m.pth.zoo.partial")
        let claimed = try PartialFile.claim("m.pth", in: cache)
        guard let partial = consume claimed else { throw CocoaError(.fileLocking) }
        #expect(partial.ranges == [0..<5])
        let claimName = try #require(partial.path.lastComponent?.string)
        #expect(try bytes(of: claimName) == [0, 1, 2, 3, 4])
    }

    /// Four writers that take turns at random, and kills in between: at the end there is one hash, of all bytes.
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func runsInAnyOrderMakeOneHash(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let content = SeededNumbers.bytes("content \(seed)", 4_000_000)
        let whole = ContentSource(url: "http://host/m.pth", totalByteCount: content.count)
        var isDone = false
        var round = 0
        while !isDone {
            round += 1
            let claimed = try PartialFile.claim("m.pth", in: cache)
            guard var partial = consume claimed else { throw CocoaError(.fileLocking) }
            if partial.source == nil { try partial.begin(whole) }
            var present = partial.ranges
            present.append(content.count..<content.count)
            var pieces: [Range<Int>] = []
            for (one, next) in zip(present, present.dropFirst()) where one.upperBound < next.lowerBound {
                let gap = one.upperBound..<next.lowerBound
                let middle = gap.lowerBound + Int.random(in: 0...gap.count, using: &random)
                pieces += [gap.lowerBound..<middle, middle..<gap.upperBound].filter { !$0.isEmpty }
            }
            var left = round < 4 ? Int.random(in: 1...40, using: &random) : .max
            while !pieces.isEmpty, left > 0 {
                let index = Int.random(in: 0..<min(pieces.count, 4), using: &random)
                let count = min(pieces[index].count, Int.random(in: 1...300_000, using: &random))
                let start = pieces[index].lowerBound
                try partial.write(Array(content[start..<start + count]).rawSpan, at: start)
                pieces[index] = start + count..<pieces[index].upperBound
                pieces.removeAll { $0.isEmpty }
                left -= 1
            }
            if pieces.isEmpty {
                #expect(try partial.check(ExpectedContent(sha256: SHA256.digest(of: content.rawSpan))) == nil)
                #expect(partial.ranges == [0..<content.count])
                isDone = true
            } else if Bool.random(using: &random) {
                try partial.record()
            }
        }
        #expect(try bytes(of: "m.pth.zoo.partial") == content)
    }

    @Test func givingUpWhatIsBehindAGapKeepsTheHashOfTheRest() throws {
        let content = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let claimed = try PartialFile.claim("m.pth", in: cache)
        guard var partial = consume claimed else { throw CocoaError(.fileLocking) }
        try partial.begin(ContentSource(url: "http://host/m.pth", totalByteCount: 3_000_000))
        try partial.write(Array(content[1_000_000...]).rawSpan, at: 1_000_000)
        try partial.write(([7] as [UInt8]).rawSpan, at: 2_500_000)
        try partial.append(Array(content[..<1_000_000]).rawSpan)
        try partial.keepOnlyPrefix()
        #expect(try partial.check(ExpectedContent(sha256: SHA256.digest(of: content.rawSpan))) == nil)
    }

    @Test func changedOrMissingBytesMeanStartingOver() throws {
        try leave([1, 2, 3])
        try folder.write([1, 2, 4], to: "m.pth.zoo.partial")
        #expect(try found().0 == 0)
        try leave([1, 2, 3])
        try folder.write([1, 2], to: "m.pth.zoo.partial")
        #expect(try found().0 == 0)
    }

    @Test func anOldRecordDoesNotVouchForANewFile() throws {
        try leave([1, 2, 3])
        try FileManager.default.removeItem(atPath: folder.file("m.pth.zoo.partial").string)
        #expect(try found().0 == 0)
    }

    @Test func aSymbolicLinkInPlaceOfThePartialFileIsNotFollowed() throws {
        let victim = try folder.write([5, 5], to: "victim")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("m.pth.zoo.partial").string, withDestinationPath: victim.string)
        #expect(throws: FileError.self) { try found() }
        #expect(try bytes(of: "victim") == [5, 5])
    }
}
