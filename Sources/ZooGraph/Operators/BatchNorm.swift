import ZooTensor

/// Batch normalisation by running statistics, as `torch.nn.BatchNorm2d` in evaluation mode.
///
/// `y = (x − running_mean) / √(running_var + ε) · weight + bias`, per channel.
///
/// Input and output `N×C×H×W`; all four parameters are `C`.
public struct BatchNorm: Operator {
    /// `C`.
    public let channels: Int
    /// ε, added to the variance.
    public let epsilon: Double

    /// Creates the layer; 1e-5 is PyTorch's default.
    public init(channels: Int, epsilon: Double = 1e-5) {
        self.channels = channels
        self.epsilon = epsilon
    }

    var name: String { "batch norm" }

    var parameters: [Parameter] {
        [
            Parameter("weight", [channels]), Parameter("bias", [channels]),
            Parameter("running_mean", [channels], .statistic), Parameter("running_var", [channels], .statistic),
            Parameter("num_batches_tracked", [], .counter),
        ]
    }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        try inputs[0].requireImages(channels: channels)
        return inputs[0]
    }
}
