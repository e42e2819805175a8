import Glibc

/// Softmax and the negative logarithm of the probability of the right class, as `torch.nn.CrossEntropyLoss`.
public enum CrossEntropy {
    /// What one batch gives.
    public struct Result: Sendable {
        /// The sum, not the mean, of the losses of the rows.
        public let lossSum: Double
        /// How many rows have their largest logit at the right class; the first of equal ones counts.
        public let correctCount: Int
        /// The derivative of the *mean* loss by each logit, `N × classes`.
        public let gradient: Matrix
    }

    /// Loss, hits and gradient of a batch.
    ///
    /// - Parameters:
    ///   - logits: `N × classes`.
    ///   - labels: the right class of each row.
    /// - Complexity: O(N · classes).
    public static func evaluate(logits: Matrix, labels: some Collection<Int>) -> Result {
        precondition(labels.count == logits.rowCount, "\(labels.count) labels for \(logits.rowCount) rows")
        var gradient = logits
        var lossSum = 0.0
        var correctCount = 0
        let scale = 1 / Float(max(logits.rowCount, 1))
        for (row, label) in labels.enumerated() {
            let start = row * logits.columnCount
            let statistics = softmax(&gradient.values, start..<start + logits.columnCount)
            lossSum += statistics.logSum - Double(logits.values[start + label])
            if statistics.largestIndex == label { correctCount += 1 }
            gradient.values[start + label] -= 1
            for index in start..<start + logits.columnCount { gradient.values[index] *= scale }
        }
        return Result(lossSum: lossSum, correctCount: correctCount, gradient: gradient)
    }

    /// The probabilities that `logits` stand for; they sum to 1.
    ///
    /// - Complexity: O(classes).
    public static func probabilities(_ logits: some Collection<Float>) -> [Float] {
        var values = Array(logits)
        _ = softmax(&values, values.indices)
        return values
    }

    /// Replaces logits by probabilities; returns log Σ exp(logit) and the position of the largest.
    private static func softmax(
        _ values: inout [Float], _ range: Range<Int>
    ) -> (logSum: Double, largestIndex: Int) {
        var largestIndex = range.lowerBound
        for index in range where values[index] > values[largestIndex] { largestIndex = index }
        let largest = values[largestIndex]
        var sum: Float = 0
        for index in range {
            values[index] = exp(values[index] - largest)
            sum += values[index]
        }
        for index in range { values[index] /= sum }
        return (Double(largest) + log(Double(sum)), largestIndex - range.lowerBound)
    }
}
