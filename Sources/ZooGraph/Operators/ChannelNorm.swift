import ZooTensor

/// Layer normalisation over the channels of every pixel, as `torch.nn.LayerNorm(C)` on `N×H×W×C`.
///
/// `y = (x − mean) / √(variance + ε) · weight + bias` with mean and variance over the channels.
///
/// Input and output `N×C×H×W`; both parameters are `C`.
public struct ChannelNorm: Operator {
    /// `C`.
    public let channels: Int
    /// ε, added to the variance.
    public let epsilon: Double

    /// Creates the layer.
    public init(channels: Int, epsilon: Double) {
        self.channels = channels
        self.epsilon = epsilon
    }

    var name: String { "layer norm" }
    var parameters: [Parameter] { [Parameter("weight", [channels]), Parameter("bias", [channels])] }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        try inputs[0].requireImages(channels: channels)
        return inputs[0]
    }
}
