import ZooTensor

/// Batch normalisation, as `torch.nn.BatchNorm2d`.
///
/// In evaluation by running statistics: `y = (x − running_mean) / √(running_var + ε) · weight + bias`, per channel. While
/// training by mean and variance of the batch, which move the running statistics: `running ← (1 − momentum) · running +
/// momentum · batch`, the variance there as that of a sample (divided by n − 1).
///
/// Input and output `N×C×H×W`; all four parameters are `C`.
public struct BatchNorm: Operator {
    /// `C`.
    public let channels: Int
    /// ε, added to the variance.
    public let epsilon: Double

    /// How much a batch moves the running statistics.
    public let momentum: Double

    /// Creates the layer; 1e-5 and 0.1 are PyTorch's defaults.
    public init(channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1) {
        self.channels = channels
        self.epsilon = epsilon
        self.momentum = momentum
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
