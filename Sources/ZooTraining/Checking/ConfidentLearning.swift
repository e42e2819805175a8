/// Finds labels that are probably wrong from what a classifier says of images that it did not learn from: confident learning
/// (Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in dataset labels", 2021).
///
/// A class's threshold is the mean probability that its own images get for it. An image counts for the likeliest class whose
/// threshold it reaches, if there is one. Where that is not its label, the label is a candidate: another class fits it as
/// well as that class's own images.
public struct ConfidentLearning: Sendable {
    /// An image whose label is probably wrong.
    public struct Candidate: Sendable, Hashable {
        /// Its row.
        public let row: Int
        /// Its label.
        public let label: Int
        /// The class that it counts for.
        public let suggestion: Int
        /// The probability of its label.
        public let labelProbability: Double
        /// The probability of the other class.
        public let suggestionProbability: Double
    }

    /// The threshold of each class; infinite for one without images.
    public let thresholds: [Double]
    /// How many images of each label count for each class: the confident joint, `counts[label][class]`.
    public let joint: [[Int]]
    /// The joint distribution of labels and true classes that it stands for: rows scaled to the labels' counts, all to 1.
    public let distribution: [[Double]]
    /// The images off the diagonal, the least probable labels first.
    public let candidates: [Candidate]

    /// The share of labels that are wrong, as ``distribution`` has it.
    public var noiseShare: Double {
        distribution.indices.reduce(0.0) { sum, row in
            sum + distribution[row].indices.reduce(0.0) { $0 + ($1 == row ? 0 : distribution[row][$1]) }
        }
    }

    /// Judges labels.
    ///
    /// - Parameters:
    ///   - probabilities: a row an image, of a classifier that did not learn from it: `N × classes`.
    ///   - labels: the label of each row.
    /// - Precondition: there is a label for each row, each of them a class.
    /// - Complexity: O(N · classes).
    public init(probabilities: Matrix, labels: [Int]) {
        precondition(probabilities.rowCount == labels.count, "one label a row")
        let classCount = probabilities.columnCount
        var sums = [Double](repeating: 0, count: classCount)
        var counts = [Int](repeating: 0, count: classCount)
        for (row, label) in labels.enumerated() {
            sums[label] += Double(probabilities.values[row * classCount + label])
            counts[label] += 1
        }
        let thresholds = zip(sums, counts).map { $1 > 0 ? $0 / Double($1) : .infinity }
        var joint = [[Int]](repeating: [Int](repeating: 0, count: classCount), count: classCount)
        var candidates: [Candidate] = []
        for (row, label) in labels.enumerated() {
            let values = probabilities.row(row).map { Double($0) }
            let reached = values.indices.filter { values[$0] >= thresholds[$0] }
            // Of equally likely classes the first.
            guard let best = reached.max(by: { values[$0] < values[$1] || values[$0] == values[$1] && $0 > $1 }) else {
                continue
            }
            joint[label][best] += 1
            guard best != label else { continue }
            candidates.append(
                Candidate(
                    row: row, label: label, suggestion: best, labelProbability: values[label],
                    suggestionProbability: values[best]))
        }
        self.thresholds = thresholds
        self.joint = joint
        self.candidates = candidates.sorted { ($0.labelProbability, $0.row) < ($1.labelProbability, $1.row) }
        distribution = Self.calibrated(joint, counts: counts)
    }

    /// Rows scaled to the labels' counts (a row of zeros is taken for right), then all of them to 1.
    private static func calibrated(_ joint: [[Int]], counts: [Int]) -> [[Double]] {
        let total = Double(max(counts.reduce(0, +), 1))
        return joint.enumerated().map { label, row in
            let sum = row.reduce(0, +)
            return row.indices.map { column in
                let share = sum > 0 ? Double(row[column]) / Double(sum) : column == label ? 1 : 0
                return share * Double(counts[label]) / total
            }
        }
    }
}
