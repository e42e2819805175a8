internal import COpenBLAS

/// A dense float32 matrix, row by row.
///
/// Just what heads need: gathering rows into batches, and products by OpenBLAS.
public struct Matrix: Sendable, Hashable {
    /// The number of rows.
    public let rowCount: Int
    /// The number of columns.
    public let columnCount: Int
    /// The elements, `rowCount × columnCount`, row-major.
    public var values: [Float]

    /// A matrix with the given elements.
    ///
    /// - Precondition: there are `rowCount × columnCount` values.
    public init(rowCount: Int, columnCount: Int, values: [Float]) {
        precondition(values.count == rowCount * columnCount, "\(values.count) values for \(rowCount)×\(columnCount)")
        self.rowCount = rowCount
        self.columnCount = columnCount
        self.values = values
    }

    /// A matrix of zeros.
    public init(zeros rowCount: Int, _ columnCount: Int) {
        self.init(
            rowCount: rowCount, columnCount: columnCount, values: Array(repeating: 0, count: rowCount * columnCount))
    }

    /// The elements of one row, copied.
    public func row(_ index: Int) -> ArraySlice<Float> {
        values[index * columnCount..<(index + 1) * columnCount]
    }

    /// A new matrix with copies of the rows at `indices`, in that order.
    ///
    /// - Complexity: O(`indices.count` · `columnCount`).
    public func gatheringRows(_ indices: some Collection<Int>) -> Matrix {
        var gathered: [Float] = []
        gathered.reserveCapacity(indices.count * columnCount)
        for index in indices { gathered += row(index) }
        return Matrix(rowCount: indices.count, columnCount: columnCount, values: gathered)
    }

    /// Writes the rows of another matrix over its own, from the row `first` on.
    ///
    /// - Precondition: the rows exist and have the same length.
    /// - Complexity: O(elements of `rows`).
    mutating func replaceRows(from first: Int, by rows: Matrix) {
        precondition(rows.columnCount == columnCount, "rows of another length")
        let start = first * columnCount
        values.replaceSubrange(start..<start + rows.values.count, with: rows.values)
    }

    /// The same matrix with every element multiplied by `factor`; itself for 1.
    ///
    /// - Complexity: O(elements).
    func scaled(by factor: Float) -> Matrix {
        factor == 1 ? self : Matrix(rowCount: rowCount, columnCount: columnCount, values: values.map { $0 * factor })
    }

    /// Rows that are images, channel by channel, as the same images pixel by pixel.
    ///
    /// - Precondition: `channels` divides the columns.
    /// - Complexity: O(elements).
    func pixelByPixel(channels: Int) -> Matrix {
        precondition(channels > 0 && columnCount % channels == 0, "\(columnCount) columns are not \(channels) channels")
        var result = Matrix(zeros: rowCount, columnCount)
        let pixels = columnCount / channels
        for start in stride(from: 0, to: values.count, by: max(columnCount, 1)) {
            for channel in 0..<channels {
                for pixel in 0..<pixels {
                    result.values[start + pixel * channels + channel] = values[start + channel * pixels + pixel]
                }
            }
        }
        return result
    }

    /// Whether a factor of a product is taken as it is or transposed.
    public enum Orientation: Sendable {
        case asIs, transposed
    }

    /// The product `op(left) · op(right)`.
    ///
    /// - Precondition: the inner sizes agree.
    /// - Complexity: O(m·n·k), on as many threads as OpenBLAS was given.
    public static func product(
        _ left: Matrix, _ leftOrientation: Orientation = .asIs,
        _ right: Matrix, _ rightOrientation: Orientation = .asIs
    ) -> Matrix {
        let (m, k) = left.sizes(leftOrientation)
        let (inner, n) = right.sizes(rightOrientation)
        precondition(k == inner, "inner sizes differ: \(k) and \(inner)")
        var result = Matrix(zeros: m, n)
        guard m > 0, n > 0, k > 0 else { return result }
        guard zoo_blas_is_available() else { return plainProduct(left, leftOrientation, right, rightOrientation) }
        unsafe zoo_blas_sgemm(
            leftOrientation.blas, rightOrientation.blas, blasint(m), blasint(n), blasint(k), left.values,
            blasint(left.columnCount), right.values, blasint(right.columnCount), &result.values)
        return result
    }

    /// Whether OpenBLAS is there. Without it products are plain loops, many times slower: worth a warning.
    public static var hasFastProducts: Bool { zoo_blas_is_available() }

    /// The product without OpenBLAS, slowly; for machines that lack it, and to compare with.
    ///
    /// - Precondition: the inner sizes agree.
    /// - Complexity: O(m·n·k).
    static func plainProduct(
        _ left: Matrix, _ leftOrientation: Orientation, _ right: Matrix, _ rightOrientation: Orientation
    ) -> Matrix {
        let (m, k) = left.sizes(leftOrientation)
        let n = right.sizes(rightOrientation).1
        var result = Matrix(zeros: m, n)
        for row in 0..<m {
            for column in 0..<n {
                var sum = 0.0
                for inner in 0..<k {
                    sum +=
                        Double(left.element(row, inner, leftOrientation))
                        * Double(right.element(inner, column, rightOrientation))
                }
                result.values[row * n + column] = Float(sum)
            }
        }
        return result
    }

    private func element(_ row: Int, _ column: Int, _ orientation: Orientation) -> Float {
        orientation == .asIs ? values[row * columnCount + column] : values[column * columnCount + row]
    }

    /// The sum of each column.
    ///
    /// - Complexity: O(`rowCount` · `columnCount`).
    public func columnSums() -> [Float] {
        var sums = [Float](repeating: 0, count: columnCount)
        for start in stride(from: 0, to: values.count, by: max(columnCount, 1)) {
            for column in 0..<columnCount { sums[column] += values[start + column] }
        }
        return sums
    }

    /// The column of the largest element of each row, the first of equal ones.
    ///
    /// - Complexity: O(`rowCount` · `columnCount`).
    public func largestColumns() -> [Int] {
        (0..<rowCount).map { row in
            let values = row * columnCount..<(row + 1) * columnCount
            let best = values.reduce(values.lowerBound) { self.values[$1] > self.values[$0] ? $1 : $0 }
            return best - values.lowerBound
        }
    }

    private func sizes(_ orientation: Orientation) -> (Int, Int) {
        orientation == .asIs ? (rowCount, columnCount) : (columnCount, rowCount)
    }

    /// Gives OpenBLAS `count` threads for all products that follow.
    public static func setThreadCount(_ count: Int) {
        zoo_blas_set_thread_count(CInt(count))
    }
}

extension Matrix.Orientation {
    var blas: CBLAS_TRANSPOSE {
        self == .asIs ? CblasNoTrans : CblasTrans
    }
}
