internal import CPNG
internal import ZooCore

/// Decodes PNG through libpng.
enum PNGDecoder {
    /// The pixels of the PNG file that `bytes` are.
    ///
    /// Stricter than Pillow in two points: the checksums of the image data are verified, and the file must end with its
    /// IEND chunk. An animation gives its default image.
    static func decode(_ bytes: RawSpan) throws(DecodingFailure) -> Image {
        let header = try PNGHeader(bytes)
        let size = header.size
        let byteCount = try size.byteCount(bytesPerPixel: header.isGrey16 ? 2 : 3)
        guard header.fits(in: bytes.byteCount) else { throw .truncated() }
        var source = unsafe zoo_png_source()
        var succeeded = false
        let pixels = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            unsafe bytes.withUnsafeBytes { input in
                unsafe source.bytes = input.bindMemory(to: UInt8.self).baseAddress
                unsafe source.count = input.count
                let status = unsafe zoo_png_decode(
                    &source, UInt32(size.width), UInt32(size.height), buffer.baseAddress, byteCount / size.height)
                unsafe source.bytes = nil
                succeeded = status == 1
            }
            count = succeeded ? byteCount : 0
        }
        guard succeeded else {
            if unsafe source.is_truncated != 0 { throw .truncated() }
            throw .corrupt(unsafe message(of: source))
        }
        return Image(
            width: size.width, height: size.height, pixels: header.isGrey16 ? rgb(fromGrey16: pixels.span) : pixels)
    }

    private static func message(of source: zoo_png_source) -> String {
        let text = unsafe withUnsafeBytes(of: source.message) {
            unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        return text.isEmpty ? "libpng ran out of memory" : text
    }

    /// Pillow's conversion of big-endian 16-bit grey: values above 255 become white.
    private static func rgb(fromGrey16 grey: Span<UInt8>) -> [UInt8] {
        var pixels = [UInt8]()
        pixels.reserveCapacity(grey.count / 2 * 3)
        for offset in stride(from: 0, to: grey.count, by: 2) {
            let value = grey[offset] == 0 ? grey[offset + 1] : 255
            pixels.append(value)
            pixels.append(value)
            pixels.append(value)
        }
        return pixels
    }
}
