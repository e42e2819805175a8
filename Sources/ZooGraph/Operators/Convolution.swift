import ZooCore
public import ZooTensor

/// A 2-D convolution, as `torch.nn.Conv2d`.
///
/// `y[n,o,i,j] = b[o] + Σ w[o,c,k,l] · x[n, c, i·stride + k·dilation − padding, j·stride + l·dilation − padding]`
/// with zeros outside the image; `c` runs over the channels of `o`'s group.
///
/// Input `N×Cin×H×W`, output `N×Cout×H'×W'`; `weight` is `Cout×Cin/groups×Kh×Kw`, `bias` is `Cout`.
public struct Convolution: Operator {
    /// `Cin`.
    public let inputChannels: Int
    /// `Cout`.
    public let outputChannels: Int
    /// `Kh×Kw`.
    public let kernel: Extent
    /// The step between neighbouring outputs.
    public let stride: Extent
    /// Rows and columns of zeros added at each side.
    public let padding: Extent
    /// The step between neighbouring kernel elements; 1 for a dense kernel.
    public let dilation: Extent
    /// Into how many independent convolutions the channels are split; `Cin` for a depthwise one.
    public let groups: Int
    /// Whether a `bias` is added.
    public let hasBias: Bool

    /// Creates the layer.
    ///
    /// - Precondition: every number is positive (paddings may be zero) and `groups` divides both channel counts.
    public init(
        inputChannels: Int, outputChannels: Int, kernel: Extent, stride: Extent = 1, padding: Extent = 0,
        dilation: Extent = 1, groups: Int = 1, hasBias: Bool = false
    ) {
        precondition(groups > 0 && inputChannels % groups == 0 && outputChannels % groups == 0, "groups")
        precondition(min(inputChannels, outputChannels, kernel.height, kernel.width) > 0, "sizes")
        precondition(min(stride.height, stride.width, dilation.height, dilation.width) > 0, "steps")
        precondition(min(padding.height, padding.width) >= 0, "padding")
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        self.hasBias = hasBias
    }

    /// The shape of `weight`.
    public var weightShape: Shape { [outputChannels, inputChannels / groups, kernel.height, kernel.width] }

    /// Whether every channel is convolved with a kernel of its own.
    public var isDepthwise: Bool { groups == inputChannels && groups == outputChannels && groups > 1 }

    var name: String { "convolution" }

    var parameters: [Parameter] {
        [Parameter("weight", weightShape)] + (hasBias ? [Parameter("bias", [outputChannels])] : [])
    }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        let window = Window(kernel: kernel, stride: stride, padding: padding, dilation: dilation)
        try inputs[0].requireImages(channels: inputChannels)
        return try window.outputShape(of: inputs[0], channels: outputChannels)
    }

    func multiplyAdds(output: Shape) -> Int {
        Checked.product([output.elementCount, inputChannels / groups, kernel.height, kernel.width]) ?? .max
    }
}
