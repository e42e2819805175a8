import Testing
import ZooArchive
import ZooCore

@Suite struct ZipDirectoryTests {
    /// 23 bytes, "hello hello hello hello", compressed.
    static let deflated: [UInt8] = [203, 72, 205, 201, 201, 87, 200, 64, 39, 1]

    static func read(_ zip: ZipBytes, _ name: String = "a/y") throws -> [UInt8] {
        let bytes = zip.bytes
        let directory = try ZipDirectory(reading: bytes.rawSpan)
        let entry = try #require(directory[name])
        return try entry.contents(in: bytes.rawSpan, largest: 1 << 20)
    }

    static func compressed(_ bytes: [UInt8], byteCount: Int, checksum: UInt32) -> ZipBytes {
        var zip = ZipBytes()
        zip.entries[1].contents = bytes
        zip.entries[1].method = 8
        zip.entries[1].byteCount = byteCount
        zip.entries[1].checksum = checksum
        return zip
    }

    @Test func theChecksumIsThatOfTheStandard() {
        #expect(CRC32.checksum(of: Array("123456789".utf8).rawSpan) == 0xcbf4_3926)
    }

    @Test func storedEntriesAreRead() throws {
        #expect(try Self.read(ZipBytes()) == Array("hello".utf8))
        #expect(try Self.read(ZipBytes(), "a/x") == [1, 2, 3])
    }

    @Test func deflatedEntriesAreRead() throws {
        let zip = Self.compressed(Self.deflated, byteCount: 23, checksum: 0x8d3d_51e3)
        #expect(try Self.read(zip) == Array("hello hello hello hello".utf8))
    }

    @Test func aChecksumOfZeroWasNotComputed() throws {
        var zip = ZipBytes()
        zip.entries[1].checksum = 0
        #expect(try Self.read(zip) == Array("hello".utf8))
    }

    @Test func commentsPrefixAndTrailingBytes() throws {
        var zip = ZipBytes()
        zip.comment = Array("PK\u{5}\u{6} is in this comment, which is long enough to be a record".utf8)
        #expect(try Self.read(zip) == Array("hello".utf8))
        zip.comment = []
        zip.prefix = [9, 9, 9]
        zip.suffix = [7, 7]
        let bytes = zip.bytes
        let directory = try ZipDirectory(reading: bytes.rawSpan)
        #expect(directory.prefixByteCount == 3)
        #expect(directory.trailingByteCount == 2)
        #expect(try Self.read(zip) == Array("hello".utf8))
    }

    @Test func sizesInADataDescriptorComeFromTheDirectory() throws {
        var zip = ZipBytes()
        zip.entries[1].flags = 0x0808
        zip.entries[1].localByteCount = 0
        #expect(try Self.read(zip) == Array("hello".utf8))
    }

    struct Defect: Sendable, CustomTestStringConvertible {
        let name: String
        let code: ArchiveError.Code
        let make: @Sendable (inout ZipBytes) -> Void
        var testDescription: String { name }
    }

    static let defects: [Defect] = [
        Defect(name: "cut inside the end record", code: .noDirectory) { $0.missing = 1 },
        Defect(name: "cut inside the directory", code: .noDirectory) { $0.missing = 60 },
        Defect(name: "no bytes", code: .noDirectory) { $0.missing = $0.bytes.count },
        Defect(name: "more entries than fit", code: .malformed) { $0.entryCount = 40_000 },
        Defect(name: "more entries than there are", code: .malformed) { $0.entryCount = 3 },
        Defect(name: "fewer entries than there are", code: .malformed) { $0.entryCount = 1 },
        Defect(name: "directory larger than the file", code: .malformed) { $0.directoryByteCount = 1 << 30 },
        Defect(name: "directory behind the file", code: .malformed) { $0.directoryOffset = 1 << 30 },
        Defect(name: "sentinels without zip64", code: .malformed) { $0.directoryByteCount = .max },
        Defect(name: "several disks", code: .unsupported) { $0.disk = 1 },
        Defect(name: "two entries with one name", code: .duplicateEntry) { $0.entries[0].name = "a/y" },
        Defect(name: "two entries at one place", code: .overlap) { $0.entries[1].headerOffset = 0 },
        Defect(name: "an entry inside another", code: .overlap) { $0.entries[1].headerOffset = 33 },
        Defect(name: "an entry that reaches into the directory", code: .overlap) {
            $0.entries[1].compressedByteCount = 50
            $0.entries[1].byteCount = 50
        },
        Defect(name: "an entry behind the directory", code: .malformed) { $0.entries[1].headerOffset = 1 << 20 },
        Defect(name: "no local header at the offset", code: .malformed) {
            // A gap behind the entry makes room for a wrong offset.
            $0.entries[1].contents += [0, 0, 0]
            $0.entries[1].compressedByteCount = 5
            $0.entries[1].byteCount = 5
            $0.entries[1].headerOffset = 37
        },
        Defect(name: "another name in the local header", code: .malformed) { $0.entries[1].localName = "a/z" },
        Defect(name: "a longer name in the local header", code: .malformed) {
            $0.entries[1].localName = String(repeating: "n", count: 300)
        },
        Defect(name: "another method in the local header", code: .malformed) { $0.entries[1].localMethod = 8 },
        Defect(name: "another size in the local header", code: .malformed) { $0.entries[1].localByteCount = 4 },
        Defect(name: "stored with two sizes", code: .malformed) { $0.entries[1].byteCount = 6 },
        Defect(name: "wrong checksum", code: .checksum) { $0.entries[1].checksum ^= 1 },
        Defect(name: "changed contents", code: .checksum) { $0.entries[1].contents[0] ^= 1 },
        Defect(name: "encrypted", code: .unsupported) { $0.entries[1].flags = 1 },
        Defect(name: "compressed with bzip2", code: .unsupported) { $0.entries[1].method = 12 },
        Defect(name: "no DEFLATE data", code: .badCompression) {
            $0 = compressed([0xff, 0xff, 0xff], byteCount: 10, checksum: 1)
        },
        Defect(name: "nothing compressed", code: .badCompression) { $0 = compressed([], byteCount: 10, checksum: 1) },
        Defect(name: "DEFLATE data cut off", code: .badCompression) {
            $0 = compressed(Array(deflated.dropLast(3)), byteCount: 23, checksum: 0x8d3d_51e3)
        },
        Defect(name: "more than the declared size", code: .badCompression) {
            $0 = compressed(deflated, byteCount: 22, checksum: 0x8d3d_51e3)
        },
        Defect(name: "less than the declared size", code: .badCompression) {
            $0 = compressed(deflated, byteCount: 24, checksum: 0x8d3d_51e3)
        },
        Defect(name: "a bomb", code: .badCompression) {
            $0 = compressed(deflated, byteCount: 1_000_000, checksum: 0x8d3d_51e3)
        },
        Defect(name: "larger than allowed", code: .tooLarge) {
            $0 = compressed(deflated, byteCount: (1 << 20) + 1, checksum: 0x8d3d_51e3)
        },
    ]

    @Test("every defect has its error", arguments: defects)
    func defect(_ defect: Defect) throws {
        var zip = ZipBytes()
        defect.make(&zip)
        let error = #expect(throws: ArchiveError.self) {
            for name in ["a/y", "a/x"] { _ = try Self.read(zip, name) }
        }
        #expect(error?.code == defect.code, "\(error?.description ?? "")")
    }

    @Test func messagesSayWhatAndWhere() {
        var zip = ZipBytes()
        zip.entries[1].checksum = 0x11
        let error = #expect(throws: ArchiveError.self) { try Self.read(zip) }
        #expect(
            error?.description
                == "entry 'a/y': the CRC-32 is 3610a686, the directory says 00000011: the file is damaged; "
                + "fetch or copy it again")
    }

    @Test func everyCutIsRefused() {
        let bytes = ZipBytes().bytes
        for count in 0..<bytes.count {
            let cut = Array(bytes.prefix(count))
            #expect(throws: ArchiveError.self) { try ZipDirectory(reading: cut.rawSpan) }
        }
    }
}
