extension Image {
    /// Left and right have changed places.
    func flippedHorizontally() -> Image {
        rearranged { row, column in row * width + (width - 1 - column) }
    }

    /// Top and bottom have changed places.
    func flippedVertically() -> Image {
        rearranged { row, column in (height - 1 - row) * width + column }
    }

    /// Rows have become columns.
    ///
    /// - Precondition: the image is square.
    func transposed() -> Image {
        precondition(width == height, "only square images keep their size")
        return rearranged { row, column in column * width + row }
    }

    /// The part of the image that lies in `rectangle`.
    func part(_ rectangle: Rectangle) -> Image {
        var result: [UInt8] = []
        result.reserveCapacity(3 * rectangle.width * rectangle.height)
        for row in rectangle.rows {
            let start = 3 * (row * width + rectangle.left)
            result += pixels[start..<start + 3 * rectangle.width]
        }
        return Image(width: rectangle.width, height: rectangle.height, pixels: result)
    }

    /// The image whose pixel at each row and column is the one of this image at the index that `source` names.
    @inline(__always)
    private func rearranged(_ source: (Int, Int) -> Int) -> Image {
        var result = [UInt8](repeating: 0, count: pixels.count)
        var target = 0
        for row in 0..<height {
            for column in 0..<width {
                let start = 3 * source(row, column)
                for channel in 0..<3 { result[target + channel] = pixels[start + channel] }
                target += 3
            }
        }
        return Image(width: width, height: height, pixels: result)
    }
}
