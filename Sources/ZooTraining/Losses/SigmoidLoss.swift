import Glibc

/// Binary cross-entropy and focal loss of sigmoids, each class a question of its own.
struct SigmoidLoss {
    /// How much of a class label is spread over all classes.
    var smoothing = 0.0
    /// How much positive answers count: one number for each class, or one for all.
    var positiveWeights: [Float]?
    /// How much positive answers count, against 1 − α for negative ones; for the focal loss.
    var alpha: Double?
    /// γ of the focal loss; 0 for cross-entropy.
    var gamma = 0.0

    func evaluate(_ logits: Matrix, _ targets: Targets) -> LossResult {
        let classes = logits.columnCount
        precondition(
            positiveWeights.map { $0.count == classes || $0.count == 1 } ?? true, "a weight for each class, or one")
        let weight = Double(logits.rowCount * classes)
        let scale = weight > 0 ? 1 / weight : 0
        var gradient = Matrix(zeros: logits.rowCount, classes)
        var lossSum = 0.0
        var correctCount = 0
        var shares = [Double](repeating: 0, count: classes)
        let values = logits.values.span
        var slopes = gradient.values.mutableSpan
        for row in 0..<logits.rowCount {
            var target = shares.mutableSpan
            targets.copyShares(ofRow: row, into: &target)
            let start = row * classes
            if values.indexOfLargest(start, classes) == targets.largestClass(ofRow: row) { correctCount += 1 }
            if case .classes = targets { smooth(&target) }
            for index in 0..<classes {
                let answer = Answer(logit: Double(values[start + index]), target: target[index])
                let result = gamma == 0 ? answer.entropy(positiveWeight(index)) : answer.focal(gamma)
                let balance = alpha.map { $0 * target[index] + (1 - $0) * (1 - target[index]) } ?? 1
                lossSum += balance * result.loss
                slopes[start + index] = Float(balance * result.slope * scale)
            }
        }
        return LossResult(lossSum: lossSum, weight: weight, correctCount: correctCount, gradient: gradient)
    }

    private func smooth(_ shares: inout MutableSpan<Double>) {
        guard smoothing != 0 else { return }
        let spread = smoothing / Double(shares.count)
        for index in shares.indices { shares[index] = (1 - smoothing) * shares[index] + spread }
    }

    private func positiveWeight(_ index: Int) -> Double {
        guard let positiveWeights else { return 1 }
        return Double(positiveWeights.count == 1 ? positiveWeights[0] : positiveWeights[index])
    }
}

/// One logit x with the share y of the positive answer, p the sigmoid of x.
private struct Answer {
    let logit, target: Double
    /// p and 1 − p, each exact where it is small.
    let probability, miss: Double
    /// −log p.
    let surprise: Double

    init(logit: Double, target: Double) {
        self.logit = logit
        self.target = target
        let tail = exp(-abs(logit))
        let (near, far) = (1 / (1 + tail), tail / (1 + tail))
        (probability, miss) = logit >= 0 ? (near, far) : (far, near)
        surprise = max(-logit, 0) + log1p(tail)
    }

    /// −weight·y·log p − (1 − y)·log(1 − p) and its derivative by x.
    func entropy(_ positiveWeight: Double) -> (loss: Double, slope: Double) {
        let share = (positiveWeight - 1) * target + 1
        return ((1 - target) * logit + share * surprise, 1 - target - share * miss)
    }

    /// The cross-entropy times (1 − pₜ)^γ, pₜ = y·p + (1 − y)(1 − p), and its derivative by x.
    func focal(_ gamma: Double) -> (loss: Double, slope: Double) {
        let entropy = entropy(1)
        let error = target * miss + (1 - target) * probability
        // Not `error > 0`: NaN has to stay NaN.
        if error <= 0 { return (0, 0) }
        let power = pow(error, gamma)
        let errorSlope = (1 - 2 * target) * probability * miss
        return (entropy.loss * power, power * entropy.slope + entropy.loss * gamma * power / error * errorSlope)
    }
}
