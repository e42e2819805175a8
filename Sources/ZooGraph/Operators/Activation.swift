import ZooTensor

/// A function applied to every element.
public enum Activation: Operator {
    /// `max(x, 0)`.
    case relu
    /// `x` where positive, `slope · x` elsewhere.
    case leakyRelu(slope: Float)

    var name: String {
        switch self {
        case .relu: "relu"
        case .leakyRelu: "leaky relu"
        }
    }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape { inputs[0] }
}
