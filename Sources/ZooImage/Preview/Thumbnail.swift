public import SystemPackage

/// An image made small for a page, as a file that browsers show.
public struct Thumbnail: Sendable, Hashable {
    /// `image/jpeg` or `image/png`.
    public let mediaType: String
    /// The file.
    public let bytes: [UInt8]
    /// The size of the picture, which has the proportions of the image.
    public let size: ImageSize
    /// Whether the image is so small that its pixels should stay visible.
    public let isPixelated: Bool

    /// Smaller images are kept pixel by pixel.
    private static let pixelatedSide = 96

    /// Reads an image and makes it small.
    ///
    /// Photos become JPEG; images of a few pixels become PNG, to the bit. The same image gives the same bytes.
    ///
    /// - Parameter side: the longest side of the picture, in pixels.
    /// - Precondition: `side` is positive.
    /// - Throws: ``ImageError``, as ``ImageDecoder/decode(_:)``.
    /// - Complexity: O(pixels of the image).
    public init(of path: FilePath, side: Int) throws(ImageError) {
        precondition(side > 0, "a picture has a size")
        let image = try ImageDecoder.decode(path)
        guard max(image.width, image.height) > Self.pixelatedSide else {
            (mediaType, bytes) = ("image/png", try PNGEncoder.encode(image))
            (size, isPixelated) = (image.size, true)
            return
        }
        let small =
            max(image.width, image.height) > side ? image.fitted(into: ImageSize(height: side, width: side)) : image
        (mediaType, bytes) = ("image/jpeg", try JPEGEncoder.encode(small))
        (size, isPixelated) = (small.size, false)
    }
}
