internal import ZooRegistry

/// Images in rows and columns on a white sheet.
public struct ContactSheet: Sendable {
    /// The size of the place for each image.
    public let cell: ImageSize
    private let columnCount: Int
    private var rows: [[Image]] = []

    /// White pixels around each place.
    private static let gap = 4

    /// A sheet of `columnCount` places a row.
    ///
    /// - Precondition: the numbers are positive.
    public init(cell: ImageSize, columnCount: Int) {
        precondition(cell.width > 0 && cell.height > 0 && columnCount > 0, "a sheet has places for images")
        self.cell = cell
        self.columnCount = columnCount
    }

    /// Adds a row; images that are larger than their place are made smaller, small ones are enlarged.
    ///
    /// - Precondition: there is a place for each image.
    public mutating func append(_ images: [Image]) {
        precondition(images.count <= columnCount, "more images than places")
        rows.append(images)
    }

    /// The whole sheet.
    ///
    /// - Complexity: O(pixels).
    public func render() -> Image {
        let width = columnCount * (cell.width + Self.gap) + Self.gap
        let height = rows.count * (cell.height + Self.gap) + Self.gap
        var pixels = [UInt8](repeating: 255, count: 3 * width * height)
        for (row, images) in rows.enumerated() {
            for (column, image) in images.enumerated() {
                let image = image.fitted(into: cell)
                let top = Self.gap + row * (cell.height + Self.gap) + (cell.height - image.height) / 2
                let left = Self.gap + column * (cell.width + Self.gap) + (cell.width - image.width) / 2
                for line in 0..<image.height {
                    let target = 3 * ((top + line) * width + left)
                    let source = 3 * line * image.width
                    pixels.replaceSubrange(
                        target..<target + 3 * image.width, with: image.pixels[source..<source + 3 * image.width])
                }
            }
        }
        return Image(width: width, height: height, pixels: pixels)
    }
}

extension Image {
    /// The whole image, as large as it may be in `cell` with its proportions.
    func fitted(into cell: ImageSize) -> Image {
        let scale = min(Double(cell.width) / Double(width), Double(cell.height) / Double(height))
        let target = ImageSize(
            height: max(1, min(cell.height, Int((Double(height) * scale).rounded()))),
            width: max(1, min(cell.width, Int((Double(width) * scale).rounded()))))
        guard target != size else { return self }
        var window = ResizeWindow()
        // Small images keep their pixels visible.
        window.compute(
            self, resizedTo: target, rows: 0..<target.height, columns: 0..<target.width,
            interpolation: scale >= 2 ? .nearest : .bilinear)
        return Image(
            window.rows, rows: CropAxis(length: target.height, crop: target.height),
            columns: CropAxis(length: target.width, crop: target.width))
    }
}
