internal import ZooCore

/// What the markers of a JPEG file say (ITU-T T.81, annex B).
struct JPEGHeader {
    let size: ImageSize
    /// Bits a sample.
    let precision: Int
    /// 1 for grey, 3 for colour, 4 for CMYK and its relatives.
    var componentCount: Int { sampling.count }
    /// How often each component is sampled, relative to the others, across and down; 1 to 4.
    private let sampling: [(across: Int, down: Int)]
    /// Whether the numbers are coded arithmetically instead of with Huffman's codes.
    private let isArithmetic: Bool

    /// Whether a file of `byteCount` bytes can hold the image: a few hundred bytes must not cost half a gigabyte.
    ///
    /// Each block of 8 × 8 samples of each component has a code for its mean, of a bit at least. Arithmetic coding has no
    /// such bound; but a 64th of that is less than what anything but an empty image takes.
    func fits(in byteCount: Int) -> Bool {
        let (most, tallest) = (sampling.map(\.across).max() ?? 1, sampling.map(\.down).max() ?? 1)
        let blockCount = sampling.reduce(0) { sum, component in
            let columns = (size.width * component.across + most * 8 - 1) / (most * 8)
            let rows = (size.height * component.down + tallest * 8 - 1) / (tallest * 8)
            return sum + columns * rows
        }
        return blockCount / (isArithmetic ? 8 * 64 : 8) <= byteCount
    }

    /// Reads as far as the frame header of the file that `bytes` are.
    ///
    /// - Throws: ``DecodingFailure`` `.truncated` or `.corrupt`.
    init(_ bytes: RawSpan) throws(DecodingFailure) {
        var markers = JPEGMarkers(bytes)
        do {
            while let marker = try markers.next() {
                switch marker {
                case 0xc0...0xcf where marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
                    var frame = try markers.readSegment()
                    precision = Int(try frame.readByte())
                    let height = try frame.read(UInt16.self, order: .big)
                    let width = try frame.read(UInt16.self, order: .big)
                    size = ImageSize(height: Int(height), width: Int(width))
                    isArithmetic = marker >= 0xc9
                    sampling = try Self.sampling(&frame)
                    return
                case 0xd9, 0xda:
                    throw DecodingFailure.corrupt("there is no frame header before the image data")
                default:
                    if JPEGMarkers.hasSegment(marker) { try markers.skipSegment() }
                }
            }
        } catch let failure as DecodingFailure {
            throw failure
        } catch {
            throw .truncated()
        }
        throw .truncated()
    }

    /// The number of components, and for each its name, how often it is sampled, and its table (annex B.2.2).
    @_lifetime(frame: copy frame)
    private static func sampling(_ frame: inout ByteReader) throws -> [(across: Int, down: Int)] {
        let count = Int(try frame.readByte())
        guard frame.remaining == 3 * count else {
            throw DecodingFailure.corrupt("the frame header has not three bytes for each of \(count) components")
        }
        var result: [(across: Int, down: Int)] = []
        for _ in 0..<count {
            try frame.skip(1)
            let factors = try frame.readByte()
            try frame.skip(1)
            let (across, down) = (Int(factors >> 4), Int(factors & 15))
            guard (1...4).contains(across), (1...4).contains(down) else {
                throw DecodingFailure.corrupt("a component is sampled \(across)×\(down) times")
            }
            result.append((across, down))
        }
        return result
    }

    /// Whether the file that `bytes` are has an end-of-image marker where a decoder looks for one.
    ///
    /// - Complexity: O(length).
    static func hasEnd(_ bytes: RawSpan) -> Bool {
        var markers = JPEGMarkers(bytes)
        do {
            while let marker = try markers.next() {
                if marker == 0xd9 { return true }
                if JPEGMarkers.hasSegment(marker) { try markers.skipSegment() }
            }
        } catch {}
        return false
    }
}

/// Walks from marker to marker; image data between them is passed over.
struct JPEGMarkers: ~Escapable {
    private var reader: ByteReader

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) {
        reader = ByteReader(bytes)
    }

    /// Whether a length and that many bytes follow the marker.
    static func hasSegment(_ marker: UInt8) -> Bool {
        marker != 0x01 && !(0xd0...0xd9).contains(marker)
    }

    /// The code of the next marker, or `nil` if none follows. A zero after 0xff is data, a second 0xff is padding.
    @_lifetime(self: copy self)
    mutating func next() throws(EndOfBytes) -> UInt8? {
        while reader.remaining >= 2 {
            guard try reader.readByte() == 0xff else { continue }
            var code = try reader.readByte()
            while code == 0xff, !reader.isAtEnd { code = try reader.readByte() }
            if code != 0, code != 0xff { return code }
        }
        return nil
    }

    /// Reads the bytes that belong to the marker just found.
    @_lifetime(copy self)
    @_lifetime(self: copy self)
    mutating func readSegment() throws(EndOfBytes) -> ByteReader {
        let length = Int(try reader.read(UInt16.self, order: .big))
        return ByteReader(try reader.readBytes(max(0, length - 2)))
    }

    /// Passes over the bytes that belong to the marker just found.
    @_lifetime(self: copy self)
    mutating func skipSegment() throws(EndOfBytes) {
        let length = Int(try reader.read(UInt16.self, order: .big))
        try reader.skip(max(0, length - 2))
    }
}
