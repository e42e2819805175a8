internal import CTurboJPEG
internal import SystemPackage

/// Writes JPEG through libjpeg-turbo.
public enum JPEGEncoder {
    /// The bytes of a JPEG file that looks like `image`: baseline, with colours at half the resolution.
    ///
    /// - Parameter quality: from 1 to 100, as libjpeg has it.
    /// - Precondition: the quality is in that range.
    /// - Throws: ``ImageError`` `.tooLarge` without a path, if libjpeg-turbo refuses: an image without pixels, or no
    ///   memory.
    /// - Complexity: O(pixels).
    public static func encode(_ image: Image, quality: Int = 85) throws(ImageError) -> [UInt8] {
        precondition((1...100).contains(quality), "no quality of JPEG: \(quality)")
        guard image.width > 0, image.height > 0, let handle = unsafe tjInitCompress() else {
            throw ImageError(.tooLarge, "", "libjpeg-turbo cannot write an image of \(image.size) pixels")
        }
        defer { unsafe _ = tjDestroy(handle) }
        let (width, height) = (Int32(image.width), Int32(image.height))
        let subsampling = Int32(TJSAMP_420.rawValue)
        let capacity = Int(tjBufSize(width, height, subsampling))
        var status: Int32 = -1
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            var target = buffer.baseAddress
            var length = UInt(capacity)
            status = unsafe image.pixels.withUnsafeBufferPointer { pixels in
                unsafe tjCompress2(
                    handle, pixels.baseAddress, width, 0, height, TJPF_RGB.rawValue, &target, &length, subsampling,
                    Int32(quality), TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT)
            }
            count = status == 0 ? Int(length) : 0
        }
        guard status == 0 else {
            let message = unsafe tjGetErrorStr2(handle).map { unsafe String(cString: $0) } ?? "unknown error"
            throw ImageError(.tooLarge, "", "libjpeg-turbo cannot write an image of \(image.size) pixels: \(message)")
        }
        return bytes
    }
}
