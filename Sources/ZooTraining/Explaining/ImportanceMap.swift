public import ZooImage

/// How much each place of an image matters for an answer: a number for each cell of a grid over the image.
public struct ImportanceMap: Sendable, Hashable {
    /// The rows and columns of the grid.
    public let size: ImageSize
    /// Row by row from the top.
    public let values: [Float]

    /// A map.
    ///
    /// - Precondition: there is a number for each cell.
    public init(size: ImageSize, values: [Float]) {
        precondition(size.height > 0 && size.width > 0 && values.count == size.height * size.width, "a number a cell")
        self.size = size
        self.values = values
    }

    /// The rows, from the top.
    public var rows: [[Float]] {
        (0..<size.height).map { Array(values[$0 * size.width..<($0 + 1) * size.width]) }
    }

    /// The same with the largest number as 1 and everything below 0 as 0; zeros where nothing is above 0.
    public var normalised: ImportanceMap {
        let largest = values.max() ?? 0
        guard largest > 0, largest.isFinite else {
            return ImportanceMap(size: size, values: values.map { _ in 0 })
        }
        return ImportanceMap(size: size, values: values.map { max($0, 0) / largest })
    }

    /// The map at another size, bilinear between the centres of cells, as PyTorch's `interpolate` with
    /// `align_corners=False`.
    ///
    /// - Complexity: O(cells of the new map).
    public func resized(to target: ImageSize) -> ImportanceMap {
        let rows = Self.places(size.height, target.height)
        let columns = Self.places(size.width, target.width)
        var result: [Float] = []
        result.reserveCapacity(target.height * target.width)
        for row in rows {
            let (first, second) = (row.lower * size.width, row.upper * size.width)
            for column in columns {
                let top =
                    values[first + column.lower] * (1 - column.share) + values[first + column.upper] * column.share
                let bottom =
                    values[second + column.lower] * (1 - column.share) + values[second + column.upper] * column.share
                result.append(top * (1 - row.share) + bottom * row.share)
            }
        }
        return ImportanceMap(size: target, values: result)
    }

    /// Between which cells each new one lies, and how near the second.
    private static func places(_ count: Int, _ newCount: Int) -> [(lower: Int, upper: Int, share: Float)] {
        let scale = Double(count) / Double(newCount)
        return (0..<newCount).map { index in
            let place = max(0, (Double(index) + 0.5) * scale - 0.5)
            let lower = min(Int(place), count - 1)
            return (lower, min(lower + 1, count - 1), Float(place - Double(lower)))
        }
    }
}
