internal import ZooCore

/// The formats that the first bytes of a file tell apart.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable {
    case jpeg = "JPEG"
    case png = "PNG"
    case netpbm = "PGM or PPM"
    case bmp = "BMP"
    case tiff = "TIFF"
    case webp = "WebP"
    case gif = "GIF"
    case jpeg2000 = "JPEG 2000"
    case heif = "HEIF or AVIF"

    /// The format of a file that begins with `bytes`, or `nil` if it is none of these.
    init?(of bytes: RawSpan) {
        let format = Self.signatures.first { bytes.starts(with: $0.bytes) }?.format
        switch format {
        case .some(let format): self = format
        case nil where bytes.starts(with: Array("RIFF".utf8)) && bytes.has("WEBP", at: 8): self = .webp
        case nil where bytes.has("ftyp", at: 4): self = .heif
        default: return nil
        }
    }

    private static let signatures: [(bytes: [UInt8], format: ImageFormat)] = [
        ([0xff, 0xd8, 0xff], .jpeg),
        ([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], .png),
        (Array("P2".utf8), .netpbm),
        (Array("P3".utf8), .netpbm),
        (Array("P5".utf8), .netpbm),
        (Array("P6".utf8), .netpbm),
        (Array("BM".utf8), .bmp),
        (Array("II*\0".utf8), .tiff),
        (Array("MM\0*".utf8), .tiff),
        (Array("GIF8".utf8), .gif),
        ([0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20], .jpeg2000),
        ([0xff, 0x4f, 0xff, 0x51], .jpeg2000),
    ]
}

extension RawSpan {
    /// Whether the bytes of `text` stand at `offset`.
    fileprivate func has(_ text: StaticString, at offset: Int) -> Bool {
        let expected = Array(text.description.utf8)
        guard byteCount >= offset + expected.count else { return false }
        return extracting(offset..<offset + expected.count).starts(with: expected)
    }
}
