/// Softmax and the negative logarithm of the probability of the right class, as `torch.nn.CrossEntropyLoss`.
///
/// The plain form of ``Loss/crossEntropy(smoothing:classWeights:)``.
public enum CrossEntropy {
    /// Loss, hits and gradient of a batch.
    ///
    /// - Parameters:
    ///   - logits: `N × classes`.
    ///   - labels: the right class of each row.
    /// - Complexity: O(N · classes).
    public static func evaluate(logits: Matrix, labels: some Collection<Int>) -> LossResult {
        Loss.crossEntropy().evaluate(logits: logits, targets: .classes(Array(labels)))
    }

    /// The probabilities that `logits` stand for; they sum to 1.
    ///
    /// - Complexity: O(classes).
    public static func probabilities(_ logits: some Collection<Float>) -> [Float] {
        let values = Array(logits)
        var logarithms = [Double](repeating: 0, count: values.count)
        var probabilities = logarithms
        var first = logarithms.mutableSpan
        var second = probabilities.mutableSpan
        Softmax.evaluate(values.span, 0, &first, &second)
        return probabilities.map { Float($0) }
    }
}
