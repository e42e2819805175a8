/// How often each true class was taken for each class.
public struct ConfusionMatrix: Sendable, Hashable {
    /// The number of true classes, which are the first predicted ones too.
    public let classCount: Int
    /// `counts[true][predicted]`; more columns than rows where the network knows classes that the data do not have:
    /// the last column then counts all of those.
    public private(set) var counts: [[Int]]

    /// A matrix of zeros.
    ///
    /// - Parameter countsOthers: whether a prediction may be none of the true classes.
    public init(classCount: Int, countsOthers: Bool = false) {
        self.classCount = classCount
        let row = Array(repeating: 0, count: classCount + (countsOthers ? 1 : 0))
        counts = Array(repeating: row, count: classCount)
    }

    /// Counts one image; a `prediction` of `nil` is none of the true classes.
    public mutating func add(label: Int, prediction: Int?) {
        counts[label][prediction ?? classCount] += 1
    }

    /// The number of images counted.
    public var total: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }

    /// The share of images whose class was found, 0 when none was counted.
    public var accuracy: Double {
        let hits = (0..<classCount).reduce(0) { $0 + counts[$1][$1] }
        return total == 0 ? 0 : Double(hits) / Double(total)
    }

    /// The share of the images of class `label` that were found (its recall); `nil` if there are none.
    public func accuracy(of label: Int) -> Double? {
        let count = counts[label].reduce(0, +)
        return count == 0 ? nil : Double(counts[label][label]) / Double(count)
    }
}
