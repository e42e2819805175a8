import ZooCore
import ZooTensor

/// Tensors one after another along the channels, as `torch.cat(_, 1)`.
///
/// Inputs `N×Cᵢ×H×W`, output `N×ΣCᵢ×H×W`.
public struct Concat: Operator {
    /// How many tensors there are.
    public let inputCount: Int

    /// Creates the operation.
    ///
    /// - Precondition: `inputCount` is positive.
    public init(inputCount: Int) {
        precondition(inputCount > 0, "inputs")
        self.inputCount = inputCount
    }

    var name: String { "concat" }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        var channels = 0
        for input in inputs {
            try input.requireImages()
            guard [input[0], input[2], input[3]] == [inputs[0][0], inputs[0][2], inputs[0][3]] else {
                throw ShapeMismatch("tensors of shapes \(inputs[0]) and \(input) cannot be joined along channels")
            }
            channels += input[1]
        }
        return try Shape.checked([inputs[0][0], channels, inputs[0][2], inputs[0][3]])
    }
}
