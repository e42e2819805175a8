import Testing
import ZooArchive
import ZooCore

@Suite struct TarArchiveTests {
    /// A header with its checksum, and the padded contents.
    static func member(_ name: String, _ contents: [UInt8], kind: Character = "0", size: [UInt8]? = nil) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func set(_ bytes: [UInt8], at place: Int) { header.replaceSubrange(place..<place + bytes.count, with: bytes) }
        func octal(_ value: Int, _ digits: Int) -> [UInt8] {
            let text = String(value, radix: 8)
            return Array((String(repeating: "0", count: digits - text.count) + text).utf8)
        }
        set(Array(name.utf8), at: 0)
        set(size ?? octal(contents.count, 11), at: 124)
        set(Array(String(kind).utf8), at: 156)
        set(Array("ustar\u{0}00".utf8), at: 257)
        set(Array("        ".utf8), at: 148)
        set(octal(header.reduce(0) { $0 + Int($1) }, 6), at: 148)
        return header + contents + [UInt8](repeating: 0, count: (512 - contents.count % 512) % 512)
    }

    static func record(_ text: String) -> String {
        // The length counts its own digits.
        let length = text.utf8.count + 2
        let whole = length + String(length + String(length).utf8.count).utf8.count
        return "\(whole) \(text)\n"
    }

    static let end = [UInt8](repeating: 0, count: 1024)

    @Test func membersAreFoundBehindTheirHeaders() throws {
        let bytes =
            Self.member("./a", [1, 2, 3]) + Self.member("folder", [], kind: "5") + Self.member("b", []) + Self.end
        let archive = try TarArchive(reading: bytes.rawSpan)
        #expect(archive.entries.map(\.name) == ["a", "folder", "b"])
        #expect(archive["a"]?.range == 512..<515)
        #expect(archive["folder"] == nil)
        #expect(archive.hasEndMark)
    }

    @Test func extendedHeadersNameTheNextMemberOnly() throws {
        let long = String(repeating: "x", count: 150)
        let extended = Self.record("mtime=1.5") + Self.record("path=\(long)") + Self.record("size=2")
        let bytes =
            Self.member("PaxHeader", Array(extended.utf8), kind: "x") + Self.member("short", [7, 8])
            + Self.member("LongLink", Array((long + "2\u{0}").utf8), kind: "L") + Self.member("short", [9])
            + Self.member("global", Array(Self.record("comment=none").utf8), kind: "g") + Self.member("c", [])
            + Self.end
        let archive = try TarArchive(reading: bytes.rawSpan)
        #expect(archive.entries.map(\.name) == [long, long + "2", "c"])
        #expect(archive.entries.map(\.range.count) == [2, 1, 0])
    }

    @Test func anArchiveWithoutEndMarkIsReadAndSaysSo() throws {
        let archive = try TarArchive(reading: Self.member("a", [1]).rawSpan)
        #expect(!archive.hasEndMark)
    }

    static let defects: [(String, [UInt8], ArchiveError.Code)] = [
        ("cut in a header", Array(member("a", []).prefix(500)), .noDirectory),
        ("cut in a member", Array(member("a", [1, 2, 3]).prefix(514)), .noDirectory),
        ("a wrong checksum", [1] + member("a", []).dropFirst(), .malformed),
        ("a size that is no number", member("a", [], size: Array("x".utf8)), .malformed),
        ("a size that overflows", member("a", [], size: [0x80] + [UInt8](repeating: 0xff, count: 11)), .malformed),
        ("a size beyond the file", member("a", [], size: Array("77777777777".utf8)), .noDirectory),
        ("a name twice", member("a", []) + member("./a", []) + end, .duplicateEntry),
        ("an extended length that is wrong", member("p", Array("99 path=x\n".utf8), kind: "x") + end, .malformed),
        ("an extended length that is negative", member("p", Array("-1 path=x\n".utf8), kind: "x") + end, .malformed),
        ("an extended length of nothing", member("p", Array("2 \n".utf8), kind: "x") + end, .malformed),
        ("an extended header without value", member("p", Array("7 path\n".utf8), kind: "x") + end, .malformed),
        ("an extended size that is negative", member("p", Array(record("size=-1").utf8), kind: "x") + end, .malformed),
        ("a huge extended header", member("p", [UInt8](repeating: 1, count: 1 << 21), kind: "x") + end, .tooLarge),
    ]

    // By their names: the bytes of some would take seconds to print.
    @Test("every defect has its error", arguments: defects.map(\.0))
    func defect(name: String) throws {
        let (_, bytes, code) = try #require(Self.defects.first { $0.0 == name })
        let error = #expect(throws: ArchiveError.self) { try TarArchive(reading: bytes.rawSpan) }
        #expect(error?.code == code, "\(error?.description ?? "")")
    }
}
