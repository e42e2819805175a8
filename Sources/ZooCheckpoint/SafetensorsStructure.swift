import ZooCore

/// The frame of a safetensors file: a header length, a JSON header and the bytes of the tensors.
enum SafetensorsStructure {
    /// The largest header that the format allows (safetensors/src/tensor.rs, `MAX_HEADER_SIZE`).
    private static let largestHeader: UInt64 = 100_000_000

    /// Where the header should be, if the file begins like this format; it may reach behind the end of the file.
    static func headerRange(in bytes: RawSpan) -> Range<Int>? {
        var reader = ByteReader(bytes)
        guard let length = try? reader.read(UInt64.self), (2...largestHeader).contains(length),
            let first = try? reader.readByte(), first == UInt8(ascii: "{")
        else { return nil }
        return 8..<8 + Int(length)
    }

    /// What is wrong with the file, as far as the offsets in its header tell.
    static func defect(in bytes: RawSpan) -> FileDefect? {
        guard let header = headerRange(in: bytes) else { return nil }
        guard header.upperBound <= bytes.byteCount else {
            return FileDefect(
                .truncated, "the safetensors header needs \(header.upperBound) bytes, the file has \(bytes.byteCount)")
        }
        guard let end = largestOffset(in: bytes.extracting(header)),
            let needed = Checked.add(header.upperBound, end), needed > bytes.byteCount
        else { return nil }
        return FileDefect(.truncated, "the safetensors file needs \(needed) bytes, it has \(bytes.byteCount)")
    }

    /// The largest number in any `"data_offsets": [begin, end]`.
    private static func largestOffset(in header: RawSpan) -> Int? {
        let key = Array("\"data_offsets\"".utf8)
        var largest: Int?
        var place = 0
        while place + key.count <= header.byteCount {
            guard header.extracting(place..<header.byteCount).starts(with: key) else {
                place += 1
                continue
            }
            place += key.count
            var number: Int?
            while place < header.byteCount, header[byte: place] != UInt8(ascii: "]") {
                let byte = header[byte: place]
                if (0x30...0x39).contains(byte) {
                    guard let next = Checked.multiply(number ?? 0, 10).flatMap({ Checked.add($0, Int(byte - 0x30)) })
                    else { return nil }
                    number = next
                } else {
                    number = nil
                }
                largest = max(largest ?? 0, number ?? 0)
                place += 1
            }
        }
        return largest
    }
}
