import ZooCore
import ZooTensor

/// A fully connected layer, as `torch.nn.Linear`: `y = x · weightᵀ + bias`.
///
/// Input `N×Fin`, output `N×Fout`; `weight` is `Fout×Fin`, `bias` is `Fout`.
public struct Linear: Operator {
    /// `Fin`.
    public let inputFeatures: Int
    /// `Fout`.
    public let outputFeatures: Int
    /// Whether a `bias` is added.
    public let hasBias: Bool

    /// Creates the layer.
    ///
    /// - Precondition: both numbers are positive.
    public init(inputFeatures: Int, outputFeatures: Int, hasBias: Bool = true) {
        precondition(min(inputFeatures, outputFeatures) > 0, "sizes")
        self.inputFeatures = inputFeatures
        self.outputFeatures = outputFeatures
        self.hasBias = hasBias
    }

    var name: String { "linear" }

    var parameters: [Parameter] {
        [Parameter("weight", [outputFeatures, inputFeatures])] + (hasBias ? [Parameter("bias", [outputFeatures])] : [])
    }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        guard inputs[0].rank == 2, inputs[0][1] == inputFeatures else {
            throw ShapeMismatch("N×\(inputFeatures) is expected, the input is \(inputs[0])")
        }
        return try Shape.checked([inputs[0][0], outputFeatures])
    }

    func multiplyAdds(output: Shape) -> Int {
        Checked.product([output.elementCount, inputFeatures]) ?? .max
    }
}

/// All axes but the first become one, as `torch.flatten(x, 1)`: `N×C×H×W` becomes `N×(C·H·W)`.
public struct Flatten: Operator {
    /// Creates the operation.
    public init() {}

    var name: String { "flatten" }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        guard inputs[0].rank > 0, let features = Checked.product(inputs[0].sizes.dropFirst()) else {
            throw ShapeMismatch("a tensor of shape \(inputs[0]) cannot be flattened")
        }
        return try Shape.checked([inputs[0][0], features])
    }
}
