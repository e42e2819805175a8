/// A head with its gradients.
final class HeadParameters: LearntParameters {
    private(set) var head: LinearHead
    let weightName: String
    let biasName: String
    private var weightGradient: [Float]
    private var biasGradient: [Float]

    init(_ head: LinearHead, prefix: String) {
        self.head = head
        weightName = "\(prefix).weight"
        biasName = "\(prefix).bias"
        weightGradient = Array(repeating: 0, count: head.weight.values.count)
        biasGradient = Array(repeating: 0, count: head.bias.count)
    }

    var names: [String] { head.bias.isEmpty ? [weightName] : [weightName, biasName] }

    /// Takes the gradients of a batch, or adds them to those that are there.
    func take(_ slopes: (weight: Matrix, bias: [Float]), adding: Bool) {
        guard adding else {
            (weightGradient, biasGradient) = (slopes.weight.values, slopes.bias)
            return
        }
        for index in weightGradient.indices { weightGradient[index] += slopes.weight.values[index] }
        for index in biasGradient.indices { biasGradient[index] += slopes.bias[index] }
    }

    func update(_ change: (String, inout MutableSpan<Float>, Span<Float>) -> Void) {
        var weights = head.weight.values.mutableSpan
        change(weightName, &weights, weightGradient.span)
        guard !head.bias.isEmpty else { return }
        var biases = head.bias.mutableSpan
        change(biasName, &biases, biasGradient.span)
    }

    func adjustGradients(_ change: (String, inout MutableSpan<Float>, Span<Float>) -> Void) {
        var weights = weightGradient.mutableSpan
        change(weightName, &weights, head.weight.values.span)
        guard !head.bias.isEmpty else { return }
        var biases = biasGradient.mutableSpan
        change(biasName, &biases, head.bias.span)
    }

    /// Gives the parameters other values, weight before bias.
    func replace(weight: [Float], bias: [Float]) {
        head.weight.values = weight
        head.bias = bias
    }
}
