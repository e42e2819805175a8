internal import ZooCore

/// What the markers of a JPEG file say (ITU-T T.81, annex B).
struct JPEGHeader {
    let size: ImageSize
    /// Bits a sample.
    let precision: Int
    /// 1 for grey, 3 for colour, 4 for CMYK and its relatives.
    let componentCount: Int

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
                    componentCount = Int(try frame.readByte())
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
