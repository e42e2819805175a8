/// What the rows of a batch should be taken for.
public enum Targets: Sendable, Hashable {
    /// The right class of each row.
    case classes([Int])
    /// The share of each class in each row, `N × classes`: what mixup and CutMix make. For losses of softmax the shares
    /// of a row sum to 1.
    case shares(Matrix)

    /// The number of rows.
    public var count: Int {
        switch self {
        case .classes(let labels): labels.count
        case .shares(let matrix): matrix.rowCount
        }
    }

    /// Writes row `row` as shares: 1 for the right class and 0 for the others, or the shares that were given.
    func copyShares(ofRow row: Int, into shares: inout MutableSpan<Double>) {
        switch self {
        case .classes(let labels):
            for index in shares.indices { shares[index] = 0 }
            shares[labels[row]] = 1
        case .shares(let matrix):
            let (values, start) = (matrix.values.span, row * matrix.columnCount)
            for index in shares.indices { shares[index] = Double(values[start + index]) }
        }
    }

    /// The class that row `row` should be taken for most of all, the first of equal ones.
    func largestClass(ofRow row: Int) -> Int {
        switch self {
        case .classes(let labels): labels[row]
        case .shares(let matrix): matrix.values.span.indexOfLargest(row * matrix.columnCount, matrix.columnCount)
        }
    }

    /// - Precondition: There is a row for each of `logits`, and no class beyond its columns.
    func requireFit(_ logits: Matrix) {
        precondition(count == logits.rowCount, "\(count) targets for \(logits.rowCount) rows")
        switch self {
        case .classes(let labels):
            precondition(
                labels.allSatisfy { logits.columnIndices.contains($0) }, "a label is not one of the classes")
        case .shares(let matrix):
            precondition(
                matrix.columnCount == logits.columnCount,
                "shares of \(matrix.columnCount) classes for \(logits.columnCount) logits")
        }
    }
}

extension Matrix {
    /// The numbers of the columns.
    fileprivate var columnIndices: Range<Int> { 0..<columnCount }
}
