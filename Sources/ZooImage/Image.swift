internal import ZooCore

/// A decoded image: red, green and blue, 8 bits each.
public struct Image: Sendable, Hashable {
    /// The number of columns.
    public let width: Int
    /// The number of rows.
    public let height: Int
    /// `height × width × 3` bytes: rows from the top, pixels from the left, red before green before blue.
    public let pixels: [UInt8]

    /// The most pixels that zoo decodes: the number beyond which Pillow speaks of a decompression bomb and refuses.
    ///
    /// The pixels of such an image take 512 MiB. The size is checked before any memory is taken.
    public static let maximumPixelCount = 178_956_970

    /// An image of the given pixels.
    ///
    /// - Precondition: `pixels` has `height × width × 3` elements.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width >= 0 && height >= 0, "an image has no negative size")
        precondition(Checked.product([width, height, 3]) == pixels.count, "an image has three bytes a pixel")
        self.width = width
        self.height = height
        self.pixels = pixels
    }
}

/// The number of columns and rows of an image.
public struct ImageSize: Sendable, Hashable, CustomStringConvertible {
    /// The number of rows.
    public var height: Int
    /// The number of columns.
    public var width: Int

    /// A size of `height` rows and `width` columns.
    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// For example `500×375`: width, then height, as people say it.
    public var description: String { "\(width)×\(height)" }
}

extension Image {
    /// The number of rows and columns.
    public var size: ImageSize { ImageSize(height: height, width: width) }
}
