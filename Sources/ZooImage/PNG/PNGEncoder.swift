internal import CPNG
internal import SystemPackage

/// Writes PNG through libpng.
public enum PNGEncoder {
    /// The bytes of a PNG file with the pixels of `image`: 8-bit RGB, which every decoder gives back to the bit.
    ///
    /// - Throws: ``ImageError`` `.tooLarge` without a path, if libpng refuses: an image without pixels, or no memory.
    /// - Complexity: O(pixels).
    public static func encode(_ image: Image) throws(ImageError) -> [UInt8] {
        var description = unsafe png_image()
        unsafe description.version = UInt32(PNG_IMAGE_VERSION)
        unsafe description.width = UInt32(image.width)
        unsafe description.height = UInt32(image.height)
        unsafe description.format = UInt32(PNG_FORMAT_FLAG_COLOR)
        // What deflate needs at worst, and the chunks around it.
        var byteCount = image.pixels.count + image.height + image.pixels.count / 1000 + 4096
        var succeeded = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            unsafe image.pixels.withUnsafeBufferPointer { pixels in
                succeeded =
                    unsafe png_image_write_to_memory(
                        &description, buffer.baseAddress, &byteCount, 0, pixels.baseAddress, 0, nil) != 0
            }
            count = succeeded ? byteCount : 0
        }
        guard succeeded else {
            let message = unsafe withUnsafeBytes(of: description.message) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw ImageError(.tooLarge, "", "libpng cannot write an image of \(image.size) pixels: \(message)")
        }
        return bytes
    }
}
