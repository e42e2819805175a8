import ZooTensor

/// A function applied to every element.
public enum Activation: Operator {
    /// `max(x, 0)`.
    case relu
    /// `x` where positive, `slope · x` elsewhere.
    case leakyRelu(slope: Float)
    /// `min(max(x, 0), 6)`.
    case relu6
    /// `1 / (1 + exp(−x))`.
    case sigmoid
    /// `min(max(x + 3, 0), 6) / 6`.
    case hardSigmoid
    /// `x · sigmoid(x)`, also called swish.
    case silu
    /// `x · hardSigmoid(x)`.
    case hardSwish
    /// `x · Φ(x)` with the normal distribution's Φ, as `torch.nn.GELU` without approximation.
    case gelu
    /// The hyperbolic tangent.
    case tanh

    var name: String {
        switch self {
        case .relu: "relu"
        case .leakyRelu: "leaky relu"
        case .relu6: "relu6"
        case .sigmoid: "sigmoid"
        case .hardSigmoid: "hard sigmoid"
        case .silu: "silu"
        case .hardSwish: "hard swish"
        case .gelu: "gelu"
        case .tanh: "tanh"
        }
    }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape { inputs[0] }
}
