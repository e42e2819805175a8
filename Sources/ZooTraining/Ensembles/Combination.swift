import Glibc

/// How the answers of several classifiers become one.
public enum Combination: Sendable, Hashable {
    /// Each member votes for its most probable class, with its weight; a tie goes to the class that the members' mean
    /// probability is larger of.
    case vote(weights: [Double])
    /// The weighted mean of the members' probabilities.
    case average(weights: [Double])
    /// A linear layer on the probabilities of all members, side by side: `classes × (members · classes)`.
    case stack(LinearHead)

    /// Equal weights.
    static func equalWeights(_ count: Int) -> [Double] { Array(repeating: 1 / Double(count), count: count) }

    /// How much the mean probability counts beside votes: less than any vote of up to 500 members of equal weight, and
    /// enough that no class is impossible.
    private static let meanShare = 1e-3

    /// The logarithms of the probabilities, or for a stack the logits, of each image.
    ///
    /// - Parameter members: the logits of each member, `N × classes`, all for the same images.
    /// - Precondition: there is a member for each weight; all matrices have the same size.
    /// - Complexity: O(N · members · classes); a stack is a factor `classes` slower.
    func combine(_ members: [Matrix]) -> Matrix {
        let probabilities = members.map { $0.softmax() }
        switch self {
        case .average(let weights): return Self.mean(probabilities, weights).logarithms()
        case .vote(let weights):
            var result = Self.mean(probabilities, weights)
            let votes = Self.mean(probabilities.map { $0.votes() }, weights)
            for index in result.values.indices {
                result.values[index] =
                    Float(Self.meanShare) * result.values[index] + Float(1 - Self.meanShare) * votes.values[index]
            }
            return result.logarithms()
        case .stack(let head): return head.logits(of: Matrix(joiningColumns: probabilities))
        }
    }

    /// How much each member says: its weight; for a stack the size of the weights of its probabilities. They sum to 1.
    func shares(memberCount: Int) -> [Double] {
        let sizes: [Double]
        switch self {
        case .vote(let weights), .average(let weights): sizes = weights
        case .stack(let head):
            let width = head.featureCount / max(memberCount, 1)
            var squares = [Double](repeating: 0, count: memberCount)
            for (index, value) in head.weight.values.enumerated() {
                squares[index % head.featureCount / width] += Double(value) * Double(value)
            }
            sizes = squares.map { $0.squareRoot() }
        }
        let sum = sizes.reduce(0, +)
        return sum > 0 ? sizes.map { $0 / sum } : sizes
    }

    /// What the other members say together: their weights as they are; for a stack with the mean of the member's
    /// probabilities in the place of what it says of each image. `nil` if nothing is left.
    func combine(_ members: [Matrix], without left: Int) -> Matrix? {
        guard members.count > 1 else { return nil }
        switch self {
        case .vote(var weights), .average(var weights):
            weights[left] = 0
            let sum = weights.reduce(0, +)
            guard sum > 0 else { return nil }
            weights = weights.map { $0 / sum }
            let isVote = if case .vote = self { true } else { false }
            return (isVote ? Combination.vote(weights: weights) : .average(weights: weights)).combine(members)
        case .stack:
            var others = members
            others[left] = members[left].softmax().replacingRowsWithMean().logarithms()
            return combine(others)
        }
    }

    private static func mean(_ matrices: [Matrix], _ weights: [Double]) -> Matrix {
        precondition(matrices.count == weights.count, "\(weights.count) weights for \(matrices.count) members")
        var sums = [Double](repeating: 0, count: matrices[0].values.count)
        for (matrix, weight) in zip(matrices, weights) where weight != 0 {
            for index in sums.indices { sums[index] += weight * Double(matrix.values[index]) }
        }
        return Matrix(
            rowCount: matrices[0].rowCount, columnCount: matrices[0].columnCount, values: sums.map { Float($0) })
    }
}

extension Matrix {
    /// Softmax of each row.
    ///
    /// - Complexity: O(elements).
    func softmax() -> Matrix {
        var result = Matrix(zeros: rowCount, columnCount)
        var logarithms = [Double](repeating: 0, count: columnCount)
        var probabilities = logarithms
        for row in 0..<rowCount {
            var first = logarithms.mutableSpan
            var second = probabilities.mutableSpan
            Softmax.evaluate(values.span, row * columnCount, &first, &second)
            for column in 0..<columnCount { result.values[row * columnCount + column] = Float(probabilities[column]) }
        }
        return result
    }

    /// The logarithm of each element; that of the smallest normal number for what is smaller.
    func logarithms() -> Matrix {
        Matrix(
            rowCount: rowCount, columnCount: columnCount,
            values: values.map { logf(max($0, .leastNormalMagnitude)) })
    }

    /// One where a row is largest, zero elsewhere.
    func votes() -> Matrix {
        var result = Matrix(zeros: rowCount, columnCount)
        for (row, column) in largestColumns().enumerated() { result.values[row * columnCount + column] = 1 }
        return result
    }

    /// Each row replaced by the mean of all.
    func replacingRowsWithMean() -> Matrix {
        let mean = columnSums().map { $0 / Float(max(rowCount, 1)) }
        return Matrix(
            rowCount: rowCount, columnCount: columnCount,
            values: (0..<rowCount).flatMap { _ in mean })
    }

    /// Matrices with as many rows, side by side.
    ///
    /// - Precondition: there is one, and all have as many rows.
    init(joiningColumns parts: [Matrix]) {
        let width = parts.reduce(0) { $0 + $1.columnCount }
        var values: [Float] = []
        values.reserveCapacity(parts[0].rowCount * width)
        for row in 0..<parts[0].rowCount { for part in parts { values += part.row(row) } }
        self.init(rowCount: parts[0].rowCount, columnCount: width, values: values)
    }
}
