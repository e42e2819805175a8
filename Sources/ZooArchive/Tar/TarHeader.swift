import ZooCore

/// One header block of a tar archive (POSIX.1-1988, "ustar Interchange Format").
public struct TarHeader: Sendable {
    enum Kind: Sendable, Hashable {
        case file
        /// Folders, links and devices, which have no contents.
        case emptyKind
        /// An extended header for the next member, or for all that follow.
        case extended, global
        /// GNU's name for the next member, where 100 bytes do not suffice.
        case longName
        case other
    }

    /// The length of a header, and of the blocks that contents are padded to.
    public static let byteCount = 512

    let name: String
    let byteCount: Int
    let kind: Kind

    /// Whether a header with a right checksum stands at the front of `bytes`.
    public static func isHeader(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount >= byteCount, bytes[byte: 0] != 0 else { return false }
        return hasRightChecksum(bytes.extracting(0..<byteCount))
    }

    /// Reads the header in a block of 512 bytes; `nil` if it is the block of zeros that ends an archive.
    ///
    /// - Throws: ``ArchiveError`` (`malformed`) for a wrong checksum or an impossible size.
    init?(reading block: RawSpan, offset: Int) throws(ArchiveError) {
        if (0..<block.byteCount).allSatisfy({ block[byte: $0] == 0 }) { return nil }
        guard Self.hasRightChecksum(block) else {
            throw ArchiveError(.malformed, "the tar header has a wrong checksum", offset: offset)
        }
        guard let size = Self.number(block, 124..<136) else {
            throw ArchiveError(.malformed, "the tar header has an impossible size", offset: offset)
        }
        byteCount = size
        kind =
            switch block[byte: 156] {
            case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): .file
            case UInt8(ascii: "1")...UInt8(ascii: "6"): .emptyKind
            case UInt8(ascii: "x"), UInt8(ascii: "X"): .extended
            case UInt8(ascii: "g"): .global
            case UInt8(ascii: "L"): .longName
            default: .other
            }
        let short = Self.text(block, 0..<100)
        let isPOSIX = block.extracting(257..<263).starts(with: Array("ustar\0".utf8))
        let prefix = isPOSIX ? Self.text(block, 345..<500) : ""
        name = prefix.isEmpty ? short : prefix + "/" + short
    }

    private static func hasRightChecksum(_ block: RawSpan) -> Bool {
        guard let checksum = octal(block, 148..<156) else { return false }
        var sum = 0
        for place in 0..<byteCount { sum += (148..<156).contains(place) ? 0x20 : Int(block[byte: place]) }
        return sum == checksum
    }

    static func text(_ block: RawSpan, _ range: Range<Int>) -> String {
        let bytes = [UInt8](copying: block.extracting(range))
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// A size: octal text, or binary behind a byte 0x80.
    private static func number(_ block: RawSpan, _ range: Range<Int>) -> Int? {
        guard block[byte: range.lowerBound] == 0x80 else { return octal(block, range) }
        var value = 0
        for place in range.dropFirst() {
            guard let shifted = Checked.multiply(value, 256) else { return nil }
            value = shifted | Int(block[byte: place])
        }
        return value
    }

    private static func octal(_ block: RawSpan, _ range: Range<Int>) -> Int? {
        var value = 0
        var digits = 0
        for place in range {
            let byte = block[byte: place]
            if (0x30...0x37).contains(byte) {
                value = value << 3 | Int(byte - 0x30)
                digits += 1
            } else if byte == 0 || byte == 0x20 {
                if digits > 0 { break }
            } else {
                return nil
            }
        }
        return digits > 0 ? value : nil
    }
}

/// What an extended header says of the member behind it (POSIX.1-2001, "pax Extended Header").
struct TarOverrides {
    var name: String?
    var byteCount: Int?

    mutating func read(_ kind: TarHeader.Kind, _ contents: RawSpan, offset: Int) throws(ArchiveError) {
        if kind == .longName {
            name = TarHeader.text(contents, 0..<contents.byteCount)
            return
        }
        var rest = [UInt8](copying: contents)[...]
        while let space = rest.firstIndex(of: 0x20) {
            // "length key=value\n", where the length counts all of it.
            guard let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
                length > space - rest.startIndex + 1,
                length <= rest.count
            else { throw ArchiveError(.malformed, "an extended header with a wrong length", offset: offset) }
            let record = rest[space...].dropFirst().prefix(length - (space - rest.startIndex) - 2)
            rest = rest.dropFirst(length)
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
                throw ArchiveError(.malformed, "an extended header without '='", offset: offset)
            }
            let value = String(decoding: record[record.index(after: equals)...], as: UTF8.self)
            switch String(decoding: record[..<equals], as: UTF8.self) {
            case "path": name = value
            case "size":
                guard let size = Int(value), size >= 0 else {
                    throw ArchiveError(
                        .malformed, "an extended header with the size '\(value.prefix(30))'", offset: offset)
                }
                byteCount = size
            default: break
            }
        }
    }
}
