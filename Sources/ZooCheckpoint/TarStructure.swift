import ZooCore

/// The headers of a tar archive (POSIX.1-1988 ustar, with GNU's large sizes), followed without reading the members.
enum TarStructure {
    private static let blockByteCount = 512

    /// Whether a header with a right checksum stands at `offset`.
    static func isHeader(_ bytes: RawSpan, at offset: Int) -> Bool {
        guard let range = Checked.range(offset: offset, count: blockByteCount, within: bytes.byteCount) else {
            return false
        }
        let header = bytes.extracting(range)
        guard let checksum = octal(header, 148..<156) else { return false }
        var sum = 0
        for place in 0..<blockByteCount { sum += (148..<156).contains(place) ? 0x20 : Int(header[byte: place]) }
        return sum == checksum && header[byte: 0] != 0
    }

    /// What is wrong with the archive.
    static func defect(in bytes: RawSpan) -> FileDefect? {
        var offset = 0
        while offset < bytes.byteCount {
            guard bytes.byteCount - offset >= blockByteCount else {
                return FileDefect(.truncated, "the tar archive ends inside the header at byte \(offset)")
            }
            if isZero(bytes, at: offset) { return nil }
            guard isHeader(bytes, at: offset) else {
                return FileDefect(.corruptRecord, "the tar header at byte \(offset) has a wrong checksum")
            }
            guard let size = size(bytes.extracting(offset..<offset + blockByteCount)),
                let padded = Checked.add(size, blockByteCount - 1).map({ $0 / blockByteCount * blockByteCount }),
                let next = Checked.add(offset + blockByteCount, padded)
            else { return FileDefect(.corruptRecord, "the tar header at byte \(offset) has an impossible size") }
            if next > bytes.byteCount {
                return FileDefect(
                    .truncated,
                    "the tar archive ends at byte \(bytes.byteCount), inside a member of \(size) bytes that begins at "
                        + "\(offset + blockByteCount)")
            }
            offset = next
        }
        return FileDefect(.truncated, "the tar archive has no end mark")
    }

    private static func isZero(_ bytes: RawSpan, at offset: Int) -> Bool {
        for place in offset..<offset + blockByteCount where bytes[byte: place] != 0 { return false }
        return true
    }

    /// The size of a member: octal text, or binary behind a byte 0x80.
    private static func size(_ header: RawSpan) -> Int? {
        guard header[byte: 124] == 0x80 else { return octal(header, 124..<136) }
        var value = 0
        for place in 125..<136 {
            guard let shifted = Checked.multiply(value, 256) else { return nil }
            value = shifted | Int(header[byte: place])
        }
        return value
    }

    private static func octal(_ header: RawSpan, _ range: Range<Int>) -> Int? {
        var value = 0
        var digits = 0
        for place in range {
            let byte = header[byte: place]
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
