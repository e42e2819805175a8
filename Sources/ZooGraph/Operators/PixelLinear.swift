import ZooCore
import ZooTensor

/// A fully connected layer on the channels of every pixel, as `torch.nn.Linear` on `N×H×W×C`; a 1×1 convolution.
///
/// Input `N×Fin×H×W`, output `N×Fout×H×W`; the weight is `Fout×Fin`, the bias `Fout`.
public struct PixelLinear: Operator {
    /// `Fin`.
    public let inputFeatures: Int
    /// `Fout`.
    public let outputFeatures: Int
    /// Whether a bias is added.
    public let hasBias: Bool
    /// What comes before the parameters' names: `in_proj_` for the projections that `torch.nn.MultiheadAttention` keeps
    /// together.
    public let parameterPrefix: String
    /// The outputs whose bias counts as zero, whatever the checkpoint says: the keys of Swin V2.
    public let unbiased: Range<Int>

    /// Creates the layer.
    ///
    /// - Precondition: both numbers are positive, and `unbiased` lies within the outputs.
    public init(
        inputFeatures: Int, outputFeatures: Int, hasBias: Bool = true, parameterPrefix: String = "",
        unbiased: Range<Int> = 0..<0
    ) {
        precondition(min(inputFeatures, outputFeatures) > 0, "sizes")
        precondition(unbiased.lowerBound >= 0 && unbiased.upperBound <= outputFeatures, "outputs without bias")
        self.inputFeatures = inputFeatures
        self.outputFeatures = outputFeatures
        self.hasBias = hasBias
        self.parameterPrefix = parameterPrefix
        self.unbiased = unbiased
    }

    /// The same as a convolution, whose weights are the same numbers in the same order.
    public var convolution: Convolution {
        Convolution(inputChannels: inputFeatures, outputChannels: outputFeatures, kernel: 1, hasBias: hasBias)
    }

    /// The last part of the weight's name.
    public var weightName: String { "\(parameterPrefix)weight" }
    /// The last part of the bias's name.
    public var biasName: String { "\(parameterPrefix)bias" }

    var name: String { "linear" }

    var parameters: [Parameter] {
        [Parameter(weightName, [outputFeatures, inputFeatures])]
            + (hasBias ? [Parameter(biasName, [outputFeatures])] : [])
    }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape { try convolution.outputShape(inputs) }

    func multiplyAdds(output: Shape) -> Int { convolution.multiplyAdds(output: output) }
}
