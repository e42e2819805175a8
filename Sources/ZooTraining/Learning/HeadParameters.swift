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

    func move(_ change: (String, inout MutableSpan<Float>, Span<Float>) -> Void) {
        Self.visit(weightName, &head.weight.values, weightGradient, change)
        if !head.bias.isEmpty { Self.visit(biasName, &head.bias, biasGradient, change) }
    }

    func changeGradients(_ change: (String, inout MutableSpan<Float>, Span<Float>) -> Void) {
        Self.visit(weightName, &weightGradient, head.weight.values, change)
        if !head.bias.isEmpty { Self.visit(biasName, &biasGradient, head.bias, change) }
    }

    private static func visit(
        _ name: String, _ changed: inout [Float], _ read: [Float],
        _ change: (String, inout MutableSpan<Float>, Span<Float>) -> Void
    ) {
        var span = changed.mutableSpan
        change(name, &span, read.span)
    }

    /// Gives the parameters other values, weight before bias.
    func replace(weight: [Float], bias: [Float]) {
        head.weight.values = weight
        head.bias = bias
    }
}
