/// Looks for labels that are probably wrong: images whose nearest neighbours all belong to one other class.
///
/// Neighbours are found by the cosine of features, each image among all others (leave-one-out).
public enum LabelCheck {
    /// An image whose label looks wrong.
    public struct Suspect: Sendable, Hashable {
        /// The row of its features.
        public let row: Int
        /// Its label.
        public let label: Int
        /// The label of all its nearest neighbours.
        public let suggestion: Int
        /// The rows of the neighbours, the nearest first.
        public let neighbours: [Int]
        /// The cosine between its features and its nearest neighbour's.
        public let similarity: Float
    }

    /// The suspicious rows of `features`, ascending.
    ///
    /// - Parameters:
    ///   - features: one row an image.
    ///   - labels: the label of each row.
    ///   - neighbourCount: how many neighbours must agree.
    /// - Precondition: there is a label for each row; `neighbourCount` is positive.
    /// - Returns: nothing where there are no more than `neighbourCount` rows.
    /// - Complexity: O(rows² · columns) in products of matrices.
    public static func suspects(features: Matrix, labels: [Int], neighbourCount: Int) -> [Suspect] {
        precondition(features.rowCount == labels.count, "one label a row")
        precondition(neighbourCount > 0, "a neighbour at least must be asked")
        guard features.rowCount > neighbourCount else { return [] }
        let directions = features.normalised
        var suspects: [Suspect] = []
        let blockSize = 256
        for start in stride(from: 0, to: features.rowCount, by: blockSize) {
            let rows = start..<min(start + blockSize, features.rowCount)
            let cosines = Matrix.product(directions.gatheringRows(rows), .asIs, directions, .transposed)
            for row in rows {
                let nearest = nearest(neighbourCount, in: cosines.row(row - start), besides: row)
                let suggestion = labels[nearest[0].index]
                guard suggestion != labels[row], nearest.allSatisfy({ labels[$0.index] == suggestion }) else {
                    continue
                }
                suspects.append(
                    Suspect(
                        row: row, label: labels[row], suggestion: suggestion, neighbours: nearest.map(\.index),
                        similarity: nearest[0].cosine))
            }
        }
        return suspects
    }

    /// The `count` largest elements, the largest first; of equal ones the first.
    private static func nearest(
        _ count: Int, in cosines: ArraySlice<Float>, besides row: Int
    ) -> [(index: Int, cosine: Float)] {
        var nearest: [(index: Int, cosine: Float)] = []
        for (index, cosine) in cosines.enumerated() where index != row {
            if nearest.count == count, let last = nearest.last, !(cosine > last.cosine) { continue }
            let place = nearest.firstIndex { cosine > $0.cosine } ?? nearest.count
            nearest.insert((index, cosine), at: place)
            if nearest.count > count { nearest.removeLast() }
        }
        return nearest
    }
}

extension Matrix {
    /// Each row divided by its length; rows of zeros stay zero.
    fileprivate var normalised: Matrix {
        var result = self
        for row in 0..<rowCount {
            let range = row * columnCount..<(row + 1) * columnCount
            let length = values[range].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            guard length > 0 else { continue }
            for index in range { result.values[index] = Float(Double(values[index]) / length) }
        }
        return result
    }

    /// Rows that are images of so many channels, channel by channel, as the mean of each channel.
    ///
    /// - Precondition: `channels` divides the columns.
    /// - Complexity: O(elements).
    public func channelMeans(channels: Int) -> Matrix {
        precondition(channels > 0 && columnCount % channels == 0, "\(columnCount) columns are not \(channels) channels")
        let pixels = columnCount / channels
        let means = stride(from: 0, to: values.count, by: max(pixels, 1)).map { start in
            values[start..<start + pixels].reduce(0, +) / Float(pixels)
        }
        return Matrix(rowCount: rowCount, columnCount: channels, values: means)
    }
}
