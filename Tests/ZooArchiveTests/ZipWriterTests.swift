import SystemPackage
import TestSupport
import Testing
import ZooCore

@testable import ZooArchive

@Suite struct ZipWriterTests {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func write(_ name: String, wideFrom: UInt64, count: Int = 3) throws -> [UInt8] {
        let path = folder.file(name)
        var archive = try ZipWriter(at: path, wideFrom: wideFrom)
        for index in 0..<count {
            try archive.append("r/data/\(index)", Array(repeating: UInt8(index & 255), count: index % 7), alignment: 64)
        }
        try archive.publish()
        let file = try MappedFile(path)
        return [UInt8](copying: file.bytes)
    }

    @Test("what is written is read", arguments: [UInt64(0), 5, 200, 0xffff_ffff])
    func roundTrip(wideFrom: UInt64) throws {
        let bytes = try write("a.zip", wideFrom: wideFrom, count: 40)
        let directory = try ZipDirectory(reading: bytes.rawSpan)
        #expect(directory.entries.count == 40)
        #expect(directory.prefixByteCount == 0)
        #expect(directory.trailingByteCount == 0)
        for (index, entry) in directory.entries.enumerated() {
            #expect(entry.name == "r/data/\(index)")
            #expect(try entry.contentsRange(in: bytes.rawSpan).lowerBound % 64 == 0)
            #expect(
                try entry.contents(in: bytes.rawSpan, largest: 100)
                    == Array(repeating: UInt8(index), count: index % 7))
        }
    }

    @Test func moreEntriesThanSixteenBits() throws {
        let bytes = try write("many.zip", wideFrom: 0xffff_ffff, count: 65_536)
        let directory = try ZipDirectory(reading: bytes.rawSpan)
        #expect(directory.entries.count == 65_536)
        #expect(directory["r/data/65535"] != nil)
    }

    @Test func theSameEntriesGiveTheSameBytes() throws {
        #expect(try write("a.zip", wideFrom: 100) == write("b.zip", wideFrom: 100))
    }

    @Test("contradicting zip64 records are refused", arguments: [24, 32, 40, 48])
    func wideDefects(field: Int) throws {
        var bytes = try write("a.zip", wideFrom: 5)
        // The zip64 end record stands before its locator (20 bytes) and the end record (22).
        bytes[bytes.count - 22 - 20 - 56 + field] ^= 0x55
        #expect(throws: ArchiveError.self) { try ZipDirectory(reading: bytes.rawSpan) }
    }
}
