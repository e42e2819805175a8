import ZooTensor

/// The parameter-free shortcut ("option A") of the CIFAR ResNets, which halves the image and adds zero channels.
///
/// `F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, padding, padding))` in PyTorch.
///
/// Input `N×C×H×W`, output `N×(C + 2·padding)×⌈H/stride⌉×⌈W/stride⌉`.
///
/// Source: He et al., *Deep Residual Learning for Image Recognition*, section 4.2; akamaster's `resnet.py`.
public struct PaddedShortcut: Operator {
    /// `C`.
    public let inputChannels: Int
    /// Every how many rows and columns one is kept.
    public let stride: Int
    /// How many channels of zeros are added before the first, and as many after the last.
    public let channelPadding: Int

    /// Creates the operation.
    ///
    /// - Precondition: `inputChannels` and `stride` are positive, `channelPadding` is not negative.
    public init(inputChannels: Int, stride: Int, channelPadding: Int) {
        precondition(inputChannels > 0 && stride > 0 && channelPadding >= 0, "sizes")
        self.inputChannels = inputChannels
        self.stride = stride
        self.channelPadding = channelPadding
    }

    /// `C + 2·padding`.
    public var outputChannels: Int { inputChannels + 2 * channelPadding }

    var name: String { "padded shortcut" }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        let input = inputs[0]
        try input.requireImages(channels: inputChannels)
        return try Shape.checked([
            input[0], outputChannels, (input[2] + stride - 1) / stride, (input[3] + stride - 1) / stride,
        ])
    }
}
