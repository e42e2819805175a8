import Glibc
import ZooTraining

/// A loss of one's own: (1 − p^q) / q of the right class's probability p.
///
/// Between cross-entropy (q → 0) and the share of what is wrong (q = 1); labels that are wrong count less. Source: Zhang and
/// Sabuncu, *Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy Labels* (2018).
struct GeneralisedCrossEntropy: LossFunction {
    /// How little what the head is unsure of counts; above 0, 1 at most.
    var q = 0.7

    func evaluate(logits: Matrix, targets: Targets) -> LossResult {
        var gradient = logits
        var lossSum = 0.0
        for row in 0..<logits.rowCount {
            let probabilities = CrossEntropy.probabilities(logits.row(row)).map { Double($0) }
            let powers = probabilities.indices.map { label in
                Double(targets.share(of: label, inRow: row)) * pow(probabilities[label], q)
            }
            let sum = powers.reduce(0, +)
            for label in probabilities.indices {
                lossSum += (Double(targets.share(of: label, inRow: row)) - powers[label]) / q
                // The derivative by a logit; of the mean, so divided by the rows.
                let slope = probabilities[label] * sum - powers[label]
                gradient.values[row * logits.columnCount + label] = Float(slope / Double(logits.rowCount))
            }
        }
        return LossResult(
            lossSum: lossSum, weight: Double(logits.rowCount), gradient: gradient, logits: logits, targets: targets)
    }
}
