import Glibc

/// Cross-entropy and focal loss of softmax: −Σ q·(1 − p)^γ·log p over the classes of each row.
struct SoftmaxLoss {
    /// γ; 0 for cross-entropy.
    let gamma: Double
    /// How much of a target is spread over all classes.
    let smoothing: Double
    /// How much each class counts.
    let classWeights: [Float]?

    func evaluate(_ logits: Matrix, _ targets: Targets) -> LossResult {
        let classes = logits.columnCount
        precondition(classWeights.map { $0.count == classes } ?? true, "a weight for each class")
        let weight = divisor(targets)
        let scale = weight > 0 ? 1 / weight : 0
        var gradient = Matrix(zeros: logits.rowCount, classes)
        var lossSum = 0.0
        var correctCount = 0
        var shares = [Double](repeating: 0, count: classes)
        var (logarithms, probabilities) = (shares, shares)
        let values = logits.values.span
        var slopes = gradient.values.mutableSpan
        for row in 0..<logits.rowCount {
            var target = shares.mutableSpan
            targets.copyShares(ofRow: row, into: &target)
            let start = row * classes
            let right = targets.largestClass(ofRow: row)
            weigh(&target)
            var logProbabilities = logarithms.mutableSpan
            var probability = probabilities.mutableSpan
            let predicted = Softmax.evaluate(values, start, &logProbabilities, &probability)
            if predicted == right { correctCount += 1 }
            lossSum += differentiate(
                target.span, logProbabilities.span, probability.span, &slopes, start, scale)
        }
        return LossResult(lossSum: lossSum, weight: weight, correctCount: correctCount, gradient: gradient)
    }

    /// What the mean divides by: the weights of the labels' classes; for shares the rows, as PyTorch has it.
    private func divisor(_ targets: Targets) -> Double {
        guard case .classes(let labels) = targets, let classWeights else { return Double(targets.count) }
        return labels.reduce(0) { $0 + Double(classWeights[$1]) }
    }

    /// Makes shares the factors q: smoothed, then times the classes' weights.
    private func weigh(_ shares: inout MutableSpan<Double>) {
        if smoothing != 0 {
            let spread = smoothing / Double(shares.count)
            for index in shares.indices { shares[index] = (1 - smoothing) * shares[index] + spread }
        }
        guard let classWeights else { return }
        let weights = classWeights.span
        for index in shares.indices { shares[index] *= Double(weights[index]) }
    }

    /// Writes the derivatives of one row's loss times `scale`; returns the loss.
    ///
    /// With g = p·d/dp(−(1 − p)^γ·log p), the derivative by logit j is q_j·g_j − p_j·Σ q·g; g is −1 where γ is 0.
    private func differentiate(
        _ factors: Span<Double>, _ logarithms: Span<Double>, _ probabilities: Span<Double>,
        _ slopes: inout MutableSpan<Float>, _ start: Int, _ scale: Double
    ) -> Double {
        var loss = 0.0
        var sum = 0.0
        for index in factors.indices where factors[index] != 0 {
            let value = valueAndSlope(logarithms[index], probabilities[index])
            loss += factors[index] * value.loss
            sum += factors[index] * value.slope
        }
        if gamma == 0 {
            // The same as below, without what keeps the loop from being vectorised.
            for index in factors.indices {
                slopes[start + index] = Float((-probabilities[index] * sum - factors[index]) * scale)
            }
            return loss
        }
        for index in factors.indices {
            let own =
                factors[index] == 0
                ? 0 : factors[index] * valueAndSlope(logarithms[index], probabilities[index]).slope
            slopes[start + index] = Float((own - probabilities[index] * sum) * scale)
        }
        return loss
    }

    /// −(1 − p)^γ·log p and p times its derivative.
    @inline(__always)
    private func valueAndSlope(_ logarithm: Double, _ probability: Double) -> (loss: Double, slope: Double) {
        if gamma == 0 { return (-logarithm, -1) }
        let miss = -expm1(logarithm)
        // Not `miss > 0`: NaN has to stay NaN.
        if miss <= 0 { return (0, 0) }
        let power = pow(miss, gamma)
        return (-power * logarithm, gamma * probability * power / miss * logarithm - power)
    }
}

/// Probabilities of logits.
enum Softmax {
    /// Writes the logarithms of the probabilities of as many logits, from `start` on, as there is room for, and the
    /// probabilities themselves.
    ///
    /// - Returns: Which is the largest, the first of equal ones; `nil` of none.
    @discardableResult
    static func evaluate(
        _ values: Span<Float>, _ start: Int, _ logarithms: inout MutableSpan<Double>,
        _ probabilities: inout MutableSpan<Double>
    ) -> Int? {
        guard !logarithms.isEmpty else { return nil }
        let largestIndex = values.indexOfLargest(start, logarithms.count)
        let largest = Double(values[start + largestIndex])
        var sum = 0.0
        for index in logarithms.indices {
            logarithms[index] = Double(values[start + index]) - largest
            probabilities[index] = exp(logarithms[index])
            sum += probabilities[index]
        }
        let (logSum, inverse) = (log(sum), 1 / sum)
        for index in logarithms.indices {
            logarithms[index] -= logSum
            probabilities[index] *= inverse
        }
        return largestIndex
    }
}

extension Span where Element: Comparable {
    /// Which of `count` elements from `start` on is the largest, the first of equal ones.
    @inline(__always)
    func indexOfLargest(_ start: Int, _ count: Int) -> Int {
        var largest = 0
        for index in 0..<count where self[start + index] > self[start + largest] { largest = index }
        return largest
    }
}
