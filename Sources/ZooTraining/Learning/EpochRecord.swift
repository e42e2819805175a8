/// What one epoch gave.
public struct EpochRecord: Sendable, Hashable, Codable {
    /// The number of the epoch, from 1.
    public let epoch: Int
    /// The mean loss over the epoch, each batch before its step, with smoothing, weights and mixing.
    public let trainLoss: Double
    /// The share of training images that were right, each batch before its step.
    public let trainAccuracy: Double
    /// The mean cross-entropy of the validation images after the epoch.
    public let valLoss: Double
    /// The share of validation images that are right after the epoch.
    public let valAccuracy: Double
    /// The step size of each parameter group in the epoch's last step.
    public let learningRates: [String: Float]
    /// How long the epoch took.
    public let seconds: Double
    /// More about the training images, each as its batch found them.
    public let train: ClassificationMetrics
    /// More about the validation images.
    public let val: ClassificationMetrics
    /// How often training images of each true class (rows) were taken for each class (columns).
    public let trainConfusion: [[Int]]
    /// The same of the validation images.
    public let valConfusion: [[Int]]
}

/// Logits with the classes that they should have been.
struct JudgedLogits {
    /// `N × classes`.
    var logits: Matrix
    /// The right class of each row.
    var labels: [Int]
    /// The mean loss, of whatever loss was meant.
    var loss: Double

    /// The share of the rows whose largest logit is at the right class.
    var accuracy: Double {
        guard !labels.isEmpty else { return 0 }
        let result = CrossEntropy.evaluate(logits: logits, labels: labels)
        return Double(result.correctCount) / Double(labels.count)
    }

    /// How often images of each true class (rows) were taken for each class (columns).
    var confusion: [[Int]] {
        var matrix = ConfusionMatrix(classCount: logits.columnCount)
        for (row, label) in labels.enumerated() {
            let values = logits.row(row)
            let best = values.indices.reduce(values.startIndex) { values[$1] > values[$0] ? $1 : $0 }
            matrix.add(label: label, prediction: best - values.startIndex)
        }
        return matrix.counts
    }

    /// Logits judged by plain cross-entropy.
    init(logits: Matrix, labels: [Int]) {
        let result = CrossEntropy.evaluate(logits: logits, labels: labels)
        self.init(logits: logits, labels: labels, loss: labels.isEmpty ? 0 : result.lossSum / Double(labels.count))
    }

    /// Logits with the mean of another loss.
    init(logits: Matrix, labels: [Int], loss: Double) {
        self.logits = logits
        self.labels = labels
        self.loss = loss
    }
}
