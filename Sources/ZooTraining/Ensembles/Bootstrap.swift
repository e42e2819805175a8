import ZooCore

/// A bootstrap sample: as many rows as there are, drawn with replacement (Efron, 1979).
enum Bootstrap {
    /// The rows that are drawn, in the order of the draws.
    ///
    /// - Complexity: O(`count`).
    static func rows(count: Int, seed: UInt64) -> [Int] {
        var generator = SeededGenerator(seed: seed, stream: 1 << 43)
        return (0..<count).map { _ in Int.random(in: 0..<count, using: &generator) }
    }

    /// The rows that are not drawn: about 37 %.
    static func rowsLeft(count: Int, seed: UInt64) -> [Int] {
        var isDrawn = [Bool](repeating: false, count: count)
        for row in rows(count: count, seed: seed) { isDrawn[row] = true }
        return isDrawn.indices.filter { !isDrawn[$0] }
    }
}
