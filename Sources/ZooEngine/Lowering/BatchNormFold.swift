import ZooGraph
import ZooTensor

/// A batch norm in evaluation mode, or what else there is of that kind, as one multiplication and one addition per channel, in float64.
///
/// `scale = weight / √(running_var + ε)`, `shift = bias − running_mean · scale`.
struct BatchNormFold {
    let scale: [Double]
    let shift: [Double]

    init(_ layer: BatchNorm, named name: String, _ parameters: ParameterReader) throws(EngineError) {
        let weight = try parameters.values(name, "weight", [layer.channels])
        let bias = try parameters.values(name, "bias", [layer.channels])
        let mean = try parameters.values(name, "running_mean", [layer.channels])
        let variance = try parameters.values(name, "running_var", [layer.channels])
        let scale = zip(weight, variance).map { Double($0) / (Double($1) + layer.epsilon).squareRoot() }
        self.scale = scale
        shift = layer.channels.indices.map { Double(bias[$0]) - Double(mean[$0]) * scale[$0] }
    }

    /// A multiplication and an addition that are no batch norm.
    init(scale: [Double], shift: [Double]) {
        self.scale = scale
        self.shift = shift
    }

    /// The convolution followed by this batch norm as one convolution, or `nil` if `kernel` is none.
    ///
    /// - Complexity: O(weights).
    func folded(into kernel: Program.Kernel) -> Program.Kernel? {
        guard case .convolution(let layer, var weight, let bias) = kernel else { return nil }
        let perChannel = weight.count / layer.outputChannels
        for channel in 0..<layer.outputChannels {
            let factor = scale[channel]
            for index in channel * perChannel..<(channel + 1) * perChannel {
                weight[index] = Float(Double(weight[index]) * factor)
            }
        }
        let newBias = layer.outputChannels.indices.map { channel in
            Float((bias.isEmpty ? 0 : Double(bias[channel])) * scale[channel] + shift[channel])
        }
        return .convolution(layer, weight: weight, bias: newBias)
    }
}

extension Int {
    /// `0..<self`.
    fileprivate var indices: Range<Int> { 0..<self }
}
