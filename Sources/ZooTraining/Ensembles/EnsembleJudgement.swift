/// How well an ensemble and each of its members do on labelled images.
public struct EnsembleJudgement: Sendable, Hashable {
    /// A member.
    public struct Member: Sendable, Hashable {
        /// What it is called.
        public let name: String
        /// How much it says: its weight, or for a stack the size of the weights of its probabilities; all sum to 1.
        public let share: Double
        /// Its own accuracy.
        public let accuracy: Double
        /// The accuracy of the others without it; `nil` where there are none.
        public let accuracyWithout: Double?
    }

    /// The members, in the order of the ensemble.
    public let members: [Member]
    /// How much they differ.
    public let diversity: EnsembleDiversity
    /// The share of images that at least one member is right about.
    public let oracleAccuracy: Double

    /// Judges the members.
    ///
    /// - Parameters:
    ///   - logits: those of each member.
    ///   - labels: the right column of each image.
    /// - Precondition: there are as many names as members, and as many labels as rows.
    /// - Complexity: O(members² · images · classes).
    init(_ combination: Combination, logits: [Matrix], names: [String], labels: [Int]) {
        let hits = logits.map { zip($0.largestColumns(), labels).map { $0 == $1 } }
        let count = Double(max(labels.count, 1))
        func accuracy(_ hits: [Bool]) -> Double { Double(hits.count { $0 }) / count }
        let shares = combination.shares(memberCount: logits.count)
        members = logits.indices.map { index in
            let rest = combination.combine(logits, without: index)
            return Member(
                name: names[index], share: shares[index], accuracy: accuracy(hits[index]),
                accuracyWithout: rest.map { accuracy(zip($0.largestColumns(), labels).map { $0 == $1 }) })
        }
        diversity = EnsembleDiversity(hits: hits)
        oracleAccuracy = accuracy(labels.indices.map { row in hits.contains { $0[row] } })
    }
}
