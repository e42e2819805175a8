import Testing
import ZooCore

@testable import ZooArchive

@Suite struct ChecksumTests {
    @Test("known checksums", arguments: [("", 0), ("123456789", 0xcbf4_3926), ("a", 0xe8b7_be43)])
    func known(text: String, expected: UInt32) {
        #expect(CRC32.checksum(of: Array(text.utf8).rawSpan) == expected)
    }

    @Test("parts give the checksum of the whole", arguments: [0, 1, 7, 4096, 99_999, 100_000])
    func parts(split: Int) {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
        var whole = CRC32()
        whole.append(CRC32(of: bytes.rawSpan.extracting(0..<split)), byteCount: split)
        whole.append(CRC32(of: bytes.rawSpan.extracting(split..<bytes.count)), byteCount: bytes.count - split)
        #expect(whole.value == CRC32.checksum(of: bytes.rawSpan))
    }

    private static let text = Array(String(repeating: "zoo", count: 1000).utf8)
    /// The text, compressed by Python: zlib.compressobj(9, zlib.DEFLATED, -15).
    private static let compressed: [UInt8] = [
        0xed, 0xc2, 0x31, 0x0d, 0x00, 0x00, 0x00, 0x02, 0xa0, 0xc8, 0xfe, 0xa6, 0xb7, 0x86, 0x07, 0x8c, 0x26, 0x55,
        0x55,
        0x55, 0xbf, 0x0f,
    ]
    /// The text in one stored block (RFC 1951, 3.2.4).
    private static let stored: [UInt8] = [1, 0xb8, 0x0b, 0x47, 0xf4] + text

    @Test("inflating at once and piece by piece agree", arguments: [compressed, stored])
    func agreement(input: [UInt8]) throws {
        var pieces: [UInt8] = []
        try Inflater.inflate(input.rawSpan, byteCount: Self.text.count) { pieces += [UInt8](copying: $0) }
        #expect(pieces == Self.text)
        #expect(Inflater.whole(input.rawSpan, byteCount: Self.text.count) == Self.text)
    }

    @Test(
        "what is not exactly the promised bytes is not taken", arguments: ["short", "long", "cut", "damaged", "empty"])
    func defects(name: String) throws {
        var input = Self.compressed
        var count = Self.text.count
        switch name {
        case "short": count += 1
        case "long": count -= 1
        case "cut": input.removeLast(4)
        case "damaged": input[0] = 0xff
        default: input = []
        }
        #expect(Inflater.whole(input.rawSpan, byteCount: count) == nil)
        #expect(throws: Inflater.Fault.self) { try Inflater.inflate(input.rawSpan, byteCount: count) { _ in } }
    }
}
