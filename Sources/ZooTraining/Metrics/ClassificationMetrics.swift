/// How well a classifier does on labelled rows, beyond its accuracy.
///
/// The numbers are scikit-learn's (`precision_recall_fscore_support` with `zero_division=0`, `top_k_accuracy_score`), and
/// for ``calibrationError`` those of Guo et al., *On Calibration of Modern Neural Networks* (2017).
public struct ClassificationMetrics: Sendable, Hashable, Codable {
    /// How well one class is told from the others.
    public struct ClassScores: Sendable, Hashable, Codable {
        /// The share of the rows taken for the class that are of it; 0 if none was.
        public let precision: Double
        /// The share of the rows of the class that were found; 0 if there are none.
        public let recall: Double
        /// The harmonic mean of both; 0 if both are.
        public let f1: Double
        /// How many rows of the class there are.
        public let support: Int
    }

    /// The means of ``ClassScores`` over classes.
    public struct MeanScores: Sendable, Hashable, Codable {
        /// The mean precision.
        public let precision: Double
        /// The mean recall.
        public let recall: Double
        /// The mean of the classes' F1.
        public let f1: Double
    }

    /// The number of rows; of several tasks that of the labels.
    public let count: Int
    /// The share of rows whose class has the largest logit.
    public let accuracy: Double
    /// The share of rows whose class is among the ``topK`` largest logits; 1 where there are no more classes.
    public let topKAccuracy: Double
    /// How many logits count for ``topKAccuracy``.
    public let topK: Int
    /// The mean cross-entropy.
    public let loss: Double
    /// The expected calibration error: how far the probability of the predicted class is from the share of hits, over
    /// ``binCount`` equal ranges of that probability.
    public let calibrationError: Double
    /// The scores of each class of the data.
    public let perClass: [ClassScores]
    /// Their means, all classes of the data alike.
    public let macro: MeanScores
    /// Their means, each class as often as it occurs.
    public let weighted: MeanScores

    /// How many ranges of probabilities ``calibrationError`` is over.
    public static let binCount = 15

    /// Judges logits.
    ///
    /// - Parameters:
    ///   - logits: `N × outputs`.
    ///   - labels: The right class of each row, as a number among the classes of the data.
    ///   - outputs: For each class of the data the output that stands for it; by default output 0 for class 0 and so on.
    ///   - topK: How many logits count for ``topKAccuracy``.
    /// - Precondition: There are as many labels as rows, each of them a class.
    /// - Complexity: O(N · outputs).
    public init(logits: Matrix, labels: [Int], outputs: [Int]? = nil, topK: Int = 5) {
        let outputs = outputs ?? Array(0..<logits.columnCount)
        var tally = Tally(outputCount: logits.columnCount)
        let rights = labels.map { outputs[$0] }
        var logarithms = [Double](repeating: 0, count: logits.columnCount)
        var probabilities = logarithms
        let values = logits.values.span
        precondition(labels.count == logits.rowCount, "\(labels.count) labels for \(logits.rowCount) rows")
        for (row, right) in rights.enumerated() {
            let start = row * logits.columnCount
            var first = logarithms.mutableSpan
            var second = probabilities.mutableSpan
            let predicted = Softmax.evaluate(values, start, &first, &second) ?? right
            tally.add(
                label: right, predicted: predicted, rank: values.rank(of: right, start, logits.columnCount),
                topK: topK, probability: probabilities[predicted], surprise: -logarithms[right])
        }
        let share = labels.isEmpty ? 0 : 1 / Double(labels.count)
        count = labels.count
        accuracy = Double(tally.hits.reduce(0, +)) * share
        topKAccuracy = Double(tally.nearHitCount) * share
        self.topK = topK
        loss = tally.surprise * share
        calibrationError = tally.bins.reduce(0) { $0 + abs($1.hits - $1.confidence) } * share
        perClass = outputs.map { tally.scores(of: $0) }
        macro = MeanScores(perClass, weights: perClass.map { _ in 1 })
        weighted = MeanScores(perClass, weights: perClass.map { Double($0.support) })
    }

    /// The metrics of several tasks together: the classes of all, one task after the other, and means over the tasks that any
    /// row has a label for.
    ///
    /// - Parameters:
    ///   - accuracy: that of all tasks together.
    ///   - loss: likewise.
    init(joining tasks: [ClassificationMetrics], accuracy: Double, loss: Double) {
        let judged = tasks.filter { $0.count > 0 }
        func mean(_ value: (ClassificationMetrics) -> Double) -> Double {
            judged.reduce(0) { $0 + value($1) } / Double(max(judged.count, 1))
        }
        count = tasks.reduce(0) { $0 + $1.count }
        self.accuracy = accuracy
        topKAccuracy = mean(\.topKAccuracy)
        topK = tasks.first?.topK ?? 5
        self.loss = loss
        calibrationError = mean(\.calibrationError)
        perClass = tasks.flatMap(\.perClass)
        macro = MeanScores(perClass, weights: perClass.map { _ in 1 })
        weighted = MeanScores(perClass, weights: perClass.map { Double($0.support) })
    }
}

extension ClassificationMetrics.MeanScores {
    fileprivate init(_ scores: [ClassificationMetrics.ClassScores], weights: [Double]) {
        let total = weights.reduce(0, +)
        func mean(_ score: (ClassificationMetrics.ClassScores) -> Double) -> Double {
            total == 0 ? 0 : zip(scores, weights).reduce(0) { $0 + score($1.0) * $1.1 } / total
        }
        self.init(precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1))
    }
}

/// What is counted row by row.
private struct Tally {
    /// By outputs: rows of the class, rows taken for it, and both.
    var supports, predictions, hits: [Int]
    var nearHitCount = 0
    var surprise = 0.0
    var bins = Array(repeating: (confidence: 0.0, hits: 0.0), count: ClassificationMetrics.binCount)

    init(outputCount: Int) {
        supports = Array(repeating: 0, count: outputCount)
        (predictions, hits) = (supports, supports)
    }

    mutating func add(label: Int, predicted: Int, rank: Int, topK: Int, probability: Double, surprise: Double) {
        supports[label] += 1
        predictions[predicted] += 1
        if label == predicted { hits[label] += 1 }
        if rank < topK { nearHitCount += 1 }
        self.surprise += surprise
        // A range is without its lower bound and with its upper one; NaN belongs nowhere.
        guard probability > 0 else { return }
        let bin = min(Int((probability * Double(bins.count)).rounded(.up)) - 1, bins.count - 1)
        bins[bin].confidence += probability
        bins[bin].hits += label == predicted ? 1 : 0
    }

    func scores(of output: Int) -> ClassificationMetrics.ClassScores {
        let precision = predictions[output] == 0 ? 0 : Double(hits[output]) / Double(predictions[output])
        let recall = supports[output] == 0 ? 0 : Double(hits[output]) / Double(supports[output])
        let sum = predictions[output] + supports[output]
        return ClassificationMetrics.ClassScores(
            precision: precision, recall: recall, f1: sum == 0 ? 0 : 2 * Double(hits[output]) / Double(sum),
            support: supports[output])
    }
}

extension Span<Float> {
    /// How many of `count` elements from `start` on come before element `index` when they are sorted, the largest first;
    /// of equal ones the first.
    fileprivate func rank(of index: Int, _ start: Int, _ count: Int) -> Int {
        let value = self[start + index]
        var rank = 0
        for other in 0..<count {
            let candidate = self[start + other]
            if candidate > value || candidate == value && other < index { rank += 1 }
        }
        return rank
    }
}
