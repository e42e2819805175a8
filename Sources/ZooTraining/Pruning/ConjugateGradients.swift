/// Solves `X·A = B` for a symmetric positive definite A, for all rows of X at once.
///
/// Source: Hestenes and Stiefel, *Methods of Conjugate Gradients for Solving Linear Systems* (1952), with A's diagonal as
/// the preconditioner.
struct ConjugateGradients {
    /// A row is done when its residual is this small, relative to that of its right side.
    var tolerance = 1e-4
    /// The most steps.
    var stepLimit = 100

    /// - Parameters:
    ///   - matrix: A, `n×n`.
    ///   - right: B, `m×n`.
    ///   - start: what X is taken for at first.
    /// - Returns: X, `m×n`.
    /// - Precondition: the sizes agree, and A has a positive diagonal.
    /// - Complexity: O(m·n²) for a step.
    func solve(_ matrix: ExactMatrix, _ right: ExactMatrix, from start: ExactMatrix) -> ExactMatrix {
        let (count, width) = (right.rowCount, right.columnCount)
        precondition(
            matrix.rowCount == width && matrix.columnCount == width, "a square matrix as wide as the right side")
        precondition(start.rowCount == count && start.columnCount == width, "a start of the right side's size")
        let scales = (0..<width).map { 1 / matrix.values[$0 * width + $0] }
        var solution = start
        var residual = right
        residual.add(ExactMatrix.product(start, .asIs, matrix, .asIs), times: Array(repeating: -1, count: count))
        var direction = residual.scalingColumns(by: scales)
        var length = residual.rowProducts(with: direction)
        let limits = right.rowProducts(with: right.scalingColumns(by: scales)).map { $0 * tolerance * tolerance }
        for _ in 0..<stepLimit where zip(length, limits).contains(where: { $0 > $1 }) {
            let image = ExactMatrix.product(direction, .asIs, matrix, .asIs)
            // A row that is done has no direction to go in any more.
            let steps = zip(length, direction.rowProducts(with: image)).map { $1 > 0 ? $0 / $1 : 0 }
            solution.add(direction, times: steps)
            residual.add(image, times: steps.map { -$0 })
            let scaled = residual.scalingColumns(by: scales)
            let next = residual.rowProducts(with: scaled)
            let shares = zip(next, length).map { $1 > 0 ? $0 / $1 : 0 }
            var turned = scaled
            turned.add(direction, times: shares)
            (direction, length) = (turned, next)
        }
        return solution
    }
}

extension ExactMatrix {
    /// Adds another matrix, each row times a factor of its own.
    fileprivate mutating func add(_ other: ExactMatrix, times factors: [Double]) {
        for row in 0..<rowCount {
            for index in row * columnCount..<(row + 1) * columnCount {
                values[index] += factors[row] * other.values[index]
            }
        }
    }

    /// The scalar product of each row with that of another matrix.
    fileprivate func rowProducts(with other: ExactMatrix) -> [Double] {
        (0..<rowCount).map { row in
            (row * columnCount..<(row + 1) * columnCount).reduce(0) { $0 + values[$1] * other.values[$1] }
        }
    }

    fileprivate func scalingColumns(by factors: [Double]) -> ExactMatrix {
        var result = self
        for index in result.values.indices { result.values[index] *= factors[index % columnCount] }
        return result
    }
}
