import ZooTensor

/// The sum of two tensors of the same shape: the residual connection.
public struct Add: Operator {
    /// Creates the operation.
    public init() {}

    var name: String { "add" }
    var inputCount: Int { 2 }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        guard inputs[0] == inputs[1] else {
            throw ShapeMismatch("tensors of shapes \(inputs[0]) and \(inputs[1]) cannot be added")
        }
        return inputs[0]
    }
}
