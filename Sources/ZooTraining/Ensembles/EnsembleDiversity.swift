/// How much the members of an ensemble differ: who is right where.
///
/// The measures are those of Kuncheva and Whitaker, *Measures of Diversity in Classifier Ensembles and Their Relationship
/// with the Ensemble Accuracy* (2003): of two members over all images, and the means over all pairs.
public struct EnsembleDiversity: Sendable, Hashable, Codable {
    /// Two members.
    public struct Pair: Sendable, Hashable, Codable {
        /// The numbers of the members.
        public let first, second: Int
        /// The share of images that one of the two is right about and the other wrong.
        public let disagreement: Double
        /// Yule's Q: 1 if both are right about the same images, 0 if that is as by chance, negative if they err on
        /// different ones; 0 where it is undefined.
        public let q: Double
        /// The share of images that both are wrong about: what no combination of the two can mend.
        public let doubleFault: Double
    }

    /// All pairs.
    public let pairs: [Pair]
    /// The mean of all pairs.
    public let disagreement: Double
    /// The mean of all pairs.
    public let q: Double
    /// The mean of all pairs.
    public let doubleFault: Double

    /// Compares members.
    ///
    /// - Parameter hits: for each member whether it is right about each image.
    /// - Precondition: all members have as many images.
    /// - Complexity: O(members² · images).
    public init(hits: [[Bool]]) {
        var pairs: [Pair] = []
        for first in hits.indices {
            for second in hits.indices.dropFirst(first + 1) {
                pairs.append(Self.pair(first, second, hits))
            }
        }
        self.pairs = pairs
        let count = Double(max(pairs.count, 1))
        disagreement = pairs.reduce(0) { $0 + $1.disagreement } / count
        q = pairs.reduce(0) { $0 + $1.q } / count
        doubleFault = pairs.reduce(0) { $0 + $1.doubleFault } / count
    }

    private static func pair(_ first: Int, _ second: Int, _ hits: [[Bool]]) -> Pair {
        precondition(hits[first].count == hits[second].count, "members of different images")
        var (both, one, other, none) = (0.0, 0.0, 0.0, 0.0)
        for (left, right) in zip(hits[first], hits[second]) {
            switch (left, right) {
            case (true, true): both += 1
            case (true, false): one += 1
            case (false, true): other += 1
            case (false, false): none += 1
            }
        }
        let count = max(both + one + other + none, 1)
        let divisor = both * none + one * other
        return Pair(
            first: first, second: second, disagreement: (one + other) / count,
            q: divisor > 0 ? (both * none - one * other) / divisor : 0, doubleFault: none / count)
    }
}
