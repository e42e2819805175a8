import ZooTensor

/// The product of images with one factor for each image and channel (squeeze and excitation) or for each channel.
///
/// Inputs `N×C×H×W` and `N×C×1×1` or `1×C×1×1`, output `N×C×H×W`.
public struct Multiply: Operator {
    /// Creates the operation.
    public init() {}

    var name: String { "multiply" }
    var inputCount: Int { 2 }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        let (images, factors) = (inputs[0], inputs[1])
        try images.requireImages()
        guard factors.rank == 4, factors[0] == 1 || factors[0] == images[0], factors[1] == images[1],
            factors[2] == 1, factors[3] == 1
        else { throw ShapeMismatch("images \(images) cannot be multiplied by factors \(factors)") }
        return images
    }
}

/// A learnt number for each channel, by itself: the layer scale of ConvNeXt.
///
/// No input, output `1×C×1×1`; the parameter is `C×1×1`.
public struct ChannelFactors: Operator {
    /// The last part of the parameter's name: `layer_scale`.
    public let parameter: String
    /// `C`.
    public let channels: Int

    /// Creates the operation.
    public init(parameter: String, channels: Int) {
        self.parameter = parameter
        self.channels = channels
    }

    var name: String { "channel factors" }
    var inputCount: Int { 0 }
    var parameters: [Parameter] { [Parameter(parameter, [channels, 1, 1])] }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape { [1, channels, 1, 1] }
}

/// `y = x · scale + shift` per channel with numbers that are part of the network: the `transform_input` of Inception.
///
/// Input and output `N×C×H×W`.
public struct ChannelAffine: Operator {
    /// One factor for each channel.
    public let scale: [Double]
    /// What is added afterwards.
    public let shift: [Double]

    /// Creates the operation.
    ///
    /// - Precondition: both have as many numbers.
    public init(scale: [Double], shift: [Double]) {
        precondition(scale.count == shift.count, "channels")
        self.scale = scale
        self.shift = shift
    }

    var name: String { "channel affine" }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        try inputs[0].requireImages(channels: scale.count)
        return inputs[0]
    }
}
