internal import ZooCore

/// The headers of a BMP file (BITMAPFILEHEADER, BITMAPINFOHEADER and its longer successors).
struct BMPHeader {
    let size: ImageSize
    /// Whether the first row is the top one.
    let isTopDown: Bool
    let bitsPerPixel: Int
    /// 0 means uncompressed.
    let compression: UInt32
    let colourCount: Int
    let paletteOffset: Int
    let pixelOffset: Int

    init(_ bytes: RawSpan) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        do {
            try reader.skip(10)
            pixelOffset = Int(try reader.read(UInt32.self))
            let headerSize = Int(try reader.read(UInt32.self))
            guard headerSize >= 40 else {
                throw DecodingFailure(.unsupportedFormat, "it is an OS/2 bitmap; convert it to PNG")
            }
            let width = Int(try reader.read(Int32.self))
            let height = Int(try reader.read(Int32.self))
            try reader.skip(2)
            bitsPerPixel = Int(try reader.read(UInt16.self))
            compression = try reader.read(UInt32.self)
            try reader.skip(12)
            let colours = Int(try reader.read(UInt32.self))
            colourCount = colours == 0 ? 256 : colours
            isTopDown = height < 0
            size = ImageSize(height: abs(height), width: width)
            paletteOffset = 14 + headerSize
        } catch let failure as DecodingFailure {
            throw failure
        } catch {
            throw .truncated()
        }
    }
}

/// Decodes uncompressed BMP with 8 (palette), 24 or 32 bits a pixel.
enum BMPDecoder {
    static func decode(_ bytes: RawSpan) throws(DecodingFailure) -> Image {
        let header = try BMPHeader(bytes)
        let size = header.size
        guard header.compression == 0, [8, 24, 32].contains(header.bitsPerPixel) else {
            throw DecodingFailure(
                .unsupportedFormat,
                "zoo decodes uncompressed BMP images with 8, 24 or 32 bits a pixel; convert it to PNG")
        }
        let byteCount = try size.byteCount(bytesPerPixel: 3)
        let bytesPerPixel = header.bitsPerPixel / 8
        let stride = (size.width * bytesPerPixel + 3) / 4 * 4
        let needed = stride * (size.height - 1) + size.width * bytesPerPixel
        guard let range = Checked.range(offset: header.pixelOffset, count: needed, within: bytes.byteCount) else {
            throw .truncated()
        }
        let palette = bytesPerPixel == 1 ? try palette(bytes, header) : []
        let rows = bytes.extracting(range)
        var pixels = [UInt8]()
        pixels.reserveCapacity(byteCount)
        for y in 0..<size.height {
            let row = (header.isTopDown ? y : size.height - 1 - y) * stride
            for x in 0..<size.width {
                let offset = row + x * bytesPerPixel
                if bytesPerPixel == 1 {
                    let index = 3 * Int(rows[byte: offset])
                    guard index < palette.count else { throw .corrupt("a pixel is not in its palette") }
                    pixels.append(contentsOf: palette[index..<index + 3])
                } else {
                    pixels.append(rows[byte: offset + 2])
                    pixels.append(rows[byte: offset + 1])
                    pixels.append(rows[byte: offset])
                }
            }
        }
        return Image(width: size.width, height: size.height, pixels: pixels)
    }

    /// Red, green and blue of each colour, in turn.
    private static func palette(_ bytes: RawSpan, _ header: BMPHeader) throws(DecodingFailure) -> [UInt8] {
        let count = min(256, header.colourCount)
        guard let range = Checked.range(offset: header.paletteOffset, count: 4 * count, within: bytes.byteCount) else {
            throw .truncated()
        }
        let entries = bytes.extracting(range)
        return (0..<count).flatMap { [entries[byte: 4 * $0 + 2], entries[byte: 4 * $0 + 1], entries[byte: 4 * $0]] }
    }
}
