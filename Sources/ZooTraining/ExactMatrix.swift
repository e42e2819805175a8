internal import COpenBLAS

/// A dense float64 matrix, row by row: for heads whose optimum float32 cannot tell from its neighbours.
struct ExactMatrix {
    let rowCount: Int
    let columnCount: Int
    var values: [Double]

    init(rowCount: Int, columnCount: Int, values: [Double]) {
        precondition(values.count == rowCount * columnCount, "\(values.count) values for \(rowCount)×\(columnCount)")
        self.rowCount = rowCount
        self.columnCount = columnCount
        self.values = values
    }

    init(zeros rowCount: Int, _ columnCount: Int) {
        self.init(
            rowCount: rowCount, columnCount: columnCount, values: Array(repeating: 0, count: rowCount * columnCount))
    }

    /// Some rows of a float32 matrix, less a row.
    ///
    /// - Precondition: The rows exist, and `centre` is as long.
    init(_ matrix: Matrix, rows: Range<Int>, minus centre: [Double]) {
        let width = matrix.columnCount
        precondition(centre.count == width, "\(centre.count) numbers for \(width) columns")
        var values = [Double](repeating: 0, count: rows.count * width)
        let (source, middle) = (matrix.values.span, centre.span)
        var target = values.mutableSpan
        var (read, written) = (rows.lowerBound * width, 0)
        for _ in rows {
            for column in 0..<width {
                target[written] = Double(source[read]) - middle[column]
                (read, written) = (read + 1, written + 1)
            }
        }
        self.init(rowCount: rows.count, columnCount: width, values: values)
    }

    /// The product `op(left) · op(right)`.
    ///
    /// - Precondition: The inner sizes agree.
    /// - Complexity: O(m·n·k), on as many threads as OpenBLAS was given.
    static func product(
        _ left: ExactMatrix, _ leftOrder: Matrix.Orientation, _ right: ExactMatrix, _ rightOrder: Matrix.Orientation
    ) -> ExactMatrix {
        let (m, k) = left.sizes(leftOrder)
        let (inner, n) = right.sizes(rightOrder)
        precondition(k == inner, "inner sizes differ: \(k) and \(inner)")
        var result = ExactMatrix(zeros: m, n)
        guard m > 0, n > 0, k > 0 else { return result }
        guard zoo_blas_is_available() else { return plainProduct(left, leftOrder, right, rightOrder) }
        unsafe zoo_blas_dgemm(
            leftOrder.blas, rightOrder.blas, blasint(m), blasint(n), blasint(k), left.values,
            blasint(left.columnCount), right.values, blasint(right.columnCount), &result.values)
        return result
    }

    /// The product without OpenBLAS, slowly.
    static func plainProduct(
        _ left: ExactMatrix, _ leftOrder: Matrix.Orientation, _ right: ExactMatrix, _ rightOrder: Matrix.Orientation
    ) -> ExactMatrix {
        let (m, k) = left.sizes(leftOrder)
        var result = ExactMatrix(zeros: m, right.sizes(rightOrder).1)
        for row in 0..<m {
            for column in 0..<result.columnCount {
                var sum = 0.0
                for inner in 0..<k {
                    sum += left.element(row, inner, leftOrder) * right.element(inner, column, rightOrder)
                }
                result.values[row * result.columnCount + column] = sum
            }
        }
        return result
    }

    private func element(_ row: Int, _ column: Int, _ order: Matrix.Orientation) -> Double {
        order == .asIs ? values[row * columnCount + column] : values[column * columnCount + row]
    }

    private func sizes(_ order: Matrix.Orientation) -> (Int, Int) {
        order == .asIs ? (rowCount, columnCount) : (columnCount, rowCount)
    }
}

extension Matrix {
    /// The mean of each column, in float64; zeros of no rows.
    ///
    /// - Complexity: O(elements).
    func columnMeans() -> [Double] {
        var sums = [Double](repeating: 0, count: columnCount)
        for row in 0..<rowCount {
            let values = self.row(row)
            for (column, value) in values.enumerated() { sums[column] += Double(value) }
        }
        return rowCount == 0 ? sums : sums.map { $0 / Double(rowCount) }
    }
}
