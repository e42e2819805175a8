/// The penultimate activations ("CNN codes") of a set of images, with their labels.
public struct FeatureSet: Sendable {
    /// `N × features`.
    public let features: Matrix
    /// The class of each row.
    public let labels: [Int]

    /// Creates a set.
    ///
    /// - Precondition: there are as many labels as rows.
    public init(features: Matrix, labels: [Int]) {
        precondition(labels.count == features.rowCount, "\(labels.count) labels for \(features.rowCount) rows")
        self.features = features
        self.labels = labels
    }

    /// The rows of several sets with as many features, one set after another.
    ///
    /// - Precondition: there is a set, and all have as many columns.
    init(joining sets: [FeatureSet]) {
        let width = sets[0].features.columnCount
        let labels = sets.flatMap(\.labels)
        self.init(
            features: Matrix(rowCount: labels.count, columnCount: width, values: sets.flatMap(\.features.values)),
            labels: labels)
    }

    /// The set of the rows at `indices`, in that order.
    ///
    /// - Complexity: O(`indices.count` · features).
    func gatheringRows(_ indices: [Int]) -> FeatureSet {
        FeatureSet(features: features.gatheringRows(indices), labels: indices.map { labels[$0] })
    }

    /// The number of images.
    public var count: Int { labels.count }

    /// Mean loss and accuracy of a head on the set; zero for an empty set.
    ///
    /// - Complexity: O(N · features · classes).
    public func evaluate(_ head: LinearHead) -> (loss: Double, accuracy: Double) {
        guard count > 0 else { return (0, 0) }
        let result = CrossEntropy.evaluate(logits: head.logits(of: features), labels: labels)
        return (result.lossSum / Double(count), Double(result.correctCount) / Double(count))
    }
}
