/// How often each true class was taken for each class.
public struct ConfusionMatrix: Sendable, Hashable {
    /// The number of classes.
    public let classCount: Int
    /// `counts[true][predicted]`.
    public private(set) var counts: [[Int]]

    /// A matrix of zeros.
    public init(classCount: Int) {
        self.classCount = classCount
        counts = Array(repeating: Array(repeating: 0, count: classCount), count: classCount)
    }

    /// Counts one image.
    public mutating func add(label: Int, prediction: Int) {
        counts[label][prediction] += 1
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
