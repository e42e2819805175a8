internal import ZooCore

/// The header of a PGM or PPM file (netpbm's `pgm(5)`, `ppm(5)`).
struct NetpbmHeader {
    let size: ImageSize
    /// 1 for grey, 3 for colour.
    let channelCount: Int
    /// Whether samples are decimal numbers, not bytes.
    let isPlain: Bool
    /// The sample that means full brightness, 1…65,535.
    let maximum: Int
    /// Where the samples begin.
    let byteOffset: Int

    init(_ bytes: RawSpan) throws(DecodingFailure) {
        var tokens = NetpbmTokens(bytes, from: 2)
        let kind = bytes[byte: 1]
        channelCount = kind == UInt8(ascii: "3") || kind == UInt8(ascii: "6") ? 3 : 1
        isPlain = kind == UInt8(ascii: "2") || kind == UInt8(ascii: "3")
        guard let width = try tokens.next(), let height = try tokens.next(), let maximum = try tokens.next() else {
            throw .truncated()
        }
        guard (1...65_535).contains(maximum) else { throw .corrupt("its maximum value is \(maximum)") }
        size = ImageSize(height: height, width: width)
        self.maximum = maximum
        byteOffset = tokens.offset + 1  // One white space ends the header.
    }
}

/// Decimal numbers between white space and `#` comments.
struct NetpbmTokens: ~Escapable {
    private let bytes: RawSpan
    /// Where the next number is looked for; after a number, the position behind its last digit.
    private(set) var offset: Int

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, from offset: Int) {
        self.bytes = bytes
        self.offset = offset
    }

    /// The next number, or `nil` at the end of the bytes.
    @_lifetime(self: copy self)
    mutating func next() throws(DecodingFailure) -> Int? {
        skipSpace()
        guard offset < bytes.byteCount else { return nil }
        var value = 0
        let start = offset
        while offset < bytes.byteCount, case let digit = bytes[byte: offset], (48...57).contains(digit) {
            value = value * 10 + Int(digit - 48)
            offset += 1
            guard value <= 1 << 30 else { throw .corrupt("a number is too large") }
        }
        guard offset > start else { throw .corrupt("a number was expected at byte \(start)") }
        return value
    }

    @_lifetime(self: copy self)
    private mutating func skipSpace() {
        while offset < bytes.byteCount {
            switch bytes[byte: offset] {
            case 9...13, 32: offset += 1
            case UInt8(ascii: "#"):
                while offset < bytes.byteCount, bytes[byte: offset] != 10, bytes[byte: offset] != 13 { offset += 1 }
            default: return
            }
        }
    }
}

/// Decodes PGM and PPM with samples of one byte, binary (P5, P6) or plain (P2, P3).
enum NetpbmDecoder {
    static func decode(_ bytes: RawSpan) throws(DecodingFailure) -> Image {
        let header = try NetpbmHeader(bytes)
        guard header.maximum <= 255 else {
            throw DecodingFailure(
                .unsupportedFormat, "zoo decodes PGM and PPM images of 8 bits a sample; convert it to PNG")
        }
        // No memory is taken unless there is at least a byte for each sample.
        let sampleCount = try header.size.byteCount(bytesPerPixel: header.channelCount)
        guard Checked.range(offset: header.byteOffset, count: sampleCount, within: bytes.byteCount) != nil else {
            throw .truncated()
        }
        let samples =
            header.isPlain
            ? try plainSamples(bytes, header, sampleCount)
            : [UInt8](copying: bytes.extracting(header.byteOffset..<header.byteOffset + sampleCount))
        let scale = (0...255).map { value in
            // Pillow rounds halves to even.
            UInt8(min(255, (Double(value) / Double(header.maximum) * 255).rounded(.toNearestOrEven)))
        }
        let scaled = header.maximum == 255 ? samples : samples.map { scale[Int($0)] }
        let pixels = header.channelCount == 3 ? scaled : scaled.flatMap { [$0, $0, $0] }
        return Image(width: header.size.width, height: header.size.height, pixels: pixels)
    }

    private static func plainSamples(
        _ bytes: RawSpan, _ header: NetpbmHeader, _ count: Int
    ) throws(DecodingFailure) -> [UInt8] {
        var tokens = NetpbmTokens(bytes, from: header.byteOffset)
        var samples = [UInt8]()
        samples.reserveCapacity(count)
        for _ in 0..<count {
            guard let value = try tokens.next() else { throw .truncated() }
            guard value <= header.maximum else { throw .corrupt("the sample \(value) exceeds \(header.maximum)") }
            samples.append(UInt8(value))
        }
        return samples
    }
}
