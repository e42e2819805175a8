public import SystemPackage
internal import ZooCore

/// Turns image files into pixels, as Pillow's `Image.open(path).convert("RGB")` does.
///
/// The format is recognised from the bytes, whatever the file is called. Grey becomes RGB, alpha is dropped (not
/// composited), CMYK is converted by Pillow's formula, colour profiles and gamma are not applied, and the orientation
/// in EXIF data is ignored, as torchvision's loader ignores it.
///
/// JPEG goes through libjpeg-turbo, PNG through libpng; PGM, PPM and BMP are read here. Of the other formats nothing
/// but the name is known.
public enum ImageDecoder {
    /// The pixels of the image file at `path`.
    ///
    /// - Throws: ``ImageError`` naming the path: `.unreadable`, `.notAnImage`, `.unsupportedFormat`, `.tooLarge`,
    ///   `.truncated` or `.corrupt`. Damage that Pillow passes over without a word is passed over here too: wrong
    ///   data between two restart markers of a JPEG file, for example.
    /// - Complexity: O(pixels + bytes).
    public static func decode(_ path: FilePath) throws(ImageError) -> Image {
        let bytes = try FileBytes.read(path)
        return try decode(bytes.rawSpan, path: path)
    }

    /// The pixels of the image file whose bytes are `bytes`; `path` is for messages only.
    ///
    /// - Throws: ``ImageError``, as ``decode(_:)``.
    public static func decode(_ bytes: RawSpan, path: FilePath) throws(ImageError) -> Image {
        do throws(DecodingFailure) {
            switch try format(of: bytes) {
            case .jpeg: return try JPEGDecoder.decode(bytes)
            case .png: return try PNGDecoder.decode(bytes)
            case .netpbm: return try NetpbmDecoder.decode(bytes)
            case .bmp: return try BMPDecoder.decode(bytes)
            case let other: throw unsupported(other)
            }
        } catch {
            throw ImageError(error.code, path, error.message)
        }
    }

    /// The size of the image file at `path`, from its header.
    ///
    /// - Throws: ``ImageError``, as ``decode(_:)``; damage behind the header is not seen.
    public static func size(of path: FilePath) throws(ImageError) -> ImageSize {
        let bytes = try FileBytes.read(path)
        do throws(DecodingFailure) {
            switch try format(of: bytes.rawSpan) {
            case .jpeg: return try JPEGHeader(bytes.rawSpan).size
            case .png: return try PNGHeader(bytes.rawSpan).size
            case .netpbm: return try NetpbmHeader(bytes.rawSpan).size
            case .bmp: return try BMPHeader(bytes.rawSpan).size
            case let other: throw unsupported(other)
            }
        } catch {
            throw ImageError(error.code, path, error.message)
        }
    }

    private static func format(of bytes: RawSpan) throws(DecodingFailure) -> ImageFormat {
        guard !bytes.isEmpty else { throw DecodingFailure(.notAnImage, "the file is empty; remove or replace it") }
        guard let format = ImageFormat(of: bytes) else {
            throw DecodingFailure(.notAnImage, "the bytes are no image that zoo knows; remove or replace the file")
        }
        return format
    }

    private static func unsupported(_ format: ImageFormat) -> DecodingFailure {
        DecodingFailure(
            .unsupportedFormat, "zoo does not decode \(format.rawValue) images; convert it to PNG or JPEG")
    }
}

/// Why bytes could not be decoded; the path is added where it is known.
struct DecodingFailure: Error {
    let code: ImageError.Code
    let message: String

    init(_ code: ImageError.Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The image ends too early.
    static func truncated(_ detail: String = "the file ends before the image does") -> DecodingFailure {
        DecodingFailure(.truncated, "\(detail); fetch or copy it again")
    }

    /// The image contradicts itself.
    static func corrupt(_ detail: String) -> DecodingFailure {
        DecodingFailure(.corrupt, "the image is damaged: \(detail); fetch or copy it again")
    }
}

extension ImageSize {
    /// The number of bytes of so many pixels, `bytesPerPixel` each, if zoo decodes images of this size.
    func byteCount(bytesPerPixel: Int) throws(DecodingFailure) -> Int {
        guard width > 0, height > 0 else { throw .corrupt("its size is \(self)") }
        guard let pixelCount = Checked.multiply(width, height), pixelCount <= Image.maximumPixelCount else {
            throw DecodingFailure(
                .tooLarge,
                "the image has \(self) pixels, zoo decodes up to \(Image.maximumPixelCount) in all; make it smaller")
        }
        return pixelCount * bytesPerPixel
    }
}
