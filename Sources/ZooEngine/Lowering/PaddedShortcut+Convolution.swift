import ZooGraph

extension PaddedShortcut {
    /// The same as a 1×1 convolution.
    var convolution: Convolution {
        Convolution(
            inputChannels: inputChannels, outputChannels: outputChannels, kernel: 1, stride: Extent(stride, stride))
    }

    /// Zeros and ones: `outputChannels×inputChannels×1×1`.
    var convolutionWeights: [Float] {
        var weights = [Float](repeating: 0, count: outputChannels * inputChannels)
        for channel in 0..<inputChannels { weights[(channel + channelPadding) * inputChannels + channel] = 1 }
        return weights
    }
}
