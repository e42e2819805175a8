internal import CTurboJPEG
internal import ZooCore

/// Decodes JPEG through libjpeg-turbo, with the settings that Pillow uses: exact integer DCT, smooth upsampling.
enum JPEGDecoder {
    /// The pixels of the JPEG file that `bytes` are.
    ///
    /// libjpeg warns of damage that it can pass over. Like Pillow, this decoder accepts what it made of it, unless the
    /// file ends too early: that is an error.
    static func decode(_ bytes: RawSpan) throws(DecodingFailure) -> Image {
        let header = try JPEGHeader(bytes)
        guard header.precision == 8 else {
            throw DecodingFailure(
                .unsupportedFormat,
                "zoo decodes JPEG images of 8 bits a sample, this one has \(header.precision); convert it to PNG")
        }
        let size = header.size
        _ = try size.byteCount(bytesPerPixel: 3)
        guard header.fits(in: bytes.byteCount) else {
            throw .truncated("\(bytes.byteCount) bytes are too few for \(size) pixels")
        }
        let decompressor = try JPEGDecompressor()
        switch header.componentCount {
        case 1, 3:
            let pixels = try decompressor.decode(bytes, size: size, layout: .rgb)
            return Image(width: size.width, height: size.height, pixels: pixels)
        case 4:
            var pixels = try decompressor.decode(bytes, size: size, layout: .cmyk)
            Self.turnInvertedCMYKIntoRGB(&pixels)
            return Image(width: size.width, height: size.height, pixels: pixels)
        default:
            throw DecodingFailure(
                .unsupportedFormat, "it has \(header.componentCount) colour channels, zoo decodes 1, 3 or 4")
        }
    }

    /// Pillow's conversion of CMYK as Adobe stores it, inverted; in place, since a second buffer may take half a gigabyte.
    private static func turnInvertedCMYKIntoRGB(_ pixels: inout [UInt8]) {
        let pixelCount = pixels.count / 4
        var span = pixels.mutableSpan
        for pixel in 0..<pixelCount {
            let (source, target) = (pixel * 4, pixel * 3)
            let white = Int(span[source + 3])
            // A pixel's first three bytes lie at or before its place among four, and are written in the order of reading.
            for channel in 0..<3 {
                let product = (255 - Int(span[source + channel])) * white + 128
                span[target + channel] = UInt8(clamping: white - ((product >> 8) + product) >> 8)
            }
        }
        pixels.removeLast(pixelCount)
    }
}

/// A TurboJPEG decompressor.
@safe struct JPEGDecompressor: ~Copyable {
    /// What is written for each pixel.
    enum Layout {
        case rgb, cmyk

        var format: Int32 { self == .rgb ? TJPF_RGB.rawValue : TJPF_CMYK.rawValue }
        var bytesPerPixel: Int { self == .rgb ? 3 : 4 }
    }

    private let handle: tjhandle

    init() throws(DecodingFailure) {
        guard let handle = unsafe tjInitDecompress() else {
            throw DecodingFailure(.unreadable, "libjpeg-turbo cannot start: out of memory")
        }
        unsafe self.handle = handle
    }

    deinit {
        unsafe _ = tjDestroy(handle)
    }

    /// `height × width` pixels in `layout`, rows from the top.
    ///
    /// - Throws: ``DecodingFailure`` `.tooLarge`, `.truncated` or `.corrupt`.
    func decode(_ bytes: RawSpan, size: ImageSize, layout: Layout) throws(DecodingFailure) -> [UInt8] {
        let byteCount = try size.byteCount(bytesPerPixel: layout.bytesPerPixel)
        try checkSize(bytes, size)
        var status: Int32 = -1
        // TurboJPEG writes all rows unless it fails, and never beyond the width and height that it is given.
        let pixels = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            status = unsafe bytes.withUnsafeBytes { input in
                unsafe tjDecompress2(
                    handle, input.bindMemory(to: UInt8.self).baseAddress, UInt(input.count), buffer.baseAddress,
                    Int32(size.width), Int32(size.width * layout.bytesPerPixel), Int32(size.height), layout.format,
                    TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
            }
            count = byteCount
        }
        if status != 0 { try judge(bytes) }
        return pixels
    }

    /// The frame that TurboJPEG will decode must be the one that was announced.
    private func checkSize(_ bytes: RawSpan, _ size: ImageSize) throws(DecodingFailure) {
        var width: Int32 = 0
        var height: Int32 = 0
        var subsampling: Int32 = 0
        var colourSpace: Int32 = 0
        let status = unsafe bytes.withUnsafeBytes { input in
            unsafe tjDecompressHeader3(
                handle, input.bindMemory(to: UInt8.self).baseAddress, UInt(input.count), &width, &height, &subsampling,
                &colourSpace)
        }
        if Int(width) == size.width, Int(height) == size.height { return }
        // The call also fails, after it gave the size, for rare kinds of subsampling, which decode all the same.
        if status != 0 { try judge(bytes) }
        throw .corrupt("its headers contradict each other")
    }

    /// Throws what the last failure of TurboJPEG means, if it is more than a warning.
    ///
    /// TurboJPEG's error code is no help: it stays "warning" when a warning came before the error. Its message is that
    /// of the last event, and an error ends the work.
    private func judge(_ bytes: RawSpan) throws(DecodingFailure) {
        let message = unsafe tjGetErrorStr2(handle).map { unsafe String(cString: $0) } ?? "unknown error"
        guard JPEGHeader.hasEnd(bytes) else { throw .truncated() }
        if Self.warnings.contains(where: message.hasPrefix) { return }
        throw .corrupt(message)
    }

    /// How libjpeg's warnings begin (jerror.h, the messages JWRN_…).
    private static let warnings = [
        "Corrupt JPEG data", "Inconsistent progression sequence", "Invalid SOS parameters",
        "Premature end of JPEG file",
        "Unknown Adobe color transform code", "Warning: ",
    ]
}
