import ZooCore
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

/// A fully connected layer on the channels of every pixel, as `torch.nn.Linear` on `N×H×W×C`; a 1×1 convolution.
///
/// Input `N×Fin×H×W`, output `N×Fout×H×W`; `weight` is `Fout×Fin`, `bias` is `Fout`.
public struct PixelLinear: Operator {
    /// `Fin`.
    public let inputFeatures: Int
    /// `Fout`.
    public let outputFeatures: Int

    /// Creates the layer.
    ///
    /// - Precondition: both numbers are positive.
    public init(inputFeatures: Int, outputFeatures: Int) {
        precondition(min(inputFeatures, outputFeatures) > 0, "sizes")
        self.inputFeatures = inputFeatures
        self.outputFeatures = outputFeatures
    }

    /// The same as a convolution, whose weights are the same numbers in the same order.
    public var convolution: Convolution {
        Convolution(inputChannels: inputFeatures, outputChannels: outputFeatures, kernel: 1, hasBias: true)
    }

    var name: String { "linear" }

    var parameters: [Parameter] {
        [Parameter("weight", [outputFeatures, inputFeatures]), Parameter("bias", [outputFeatures])]
    }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape { try convolution.outputShape(inputs) }

    func multiplyAdds(output: Shape) -> Int { convolution.multiplyAdds(output: output) }
}
