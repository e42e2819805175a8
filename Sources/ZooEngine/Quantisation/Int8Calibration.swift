/// How a network computes with 8-bit integers: which of its layers do, and how large the results of its layers become.
///
/// An integer stands for itself times a scale. Weights have a scale for each output channel, their largest magnitude over
/// 127. Results have one scale each, their limit over 127, or over 255 where they are never negative. Products are
/// summed in 32 bits. Source: Jacob et al., *Quantization and Training of Neural Networks for Efficient
/// Integer-Arithmetic-Only Inference* (2018), with symmetric ranges; PyTorch's `qnnpack` and oneDNN use the same.
public struct Int8Calibration: Sendable, Hashable {
    /// The layers (convolutions and linear layers, by the names of their nodes) whose weights are 8-bit integers.
    public var layers: Set<String>
    /// The largest magnitude that the 8 bits of a result cover, by the name of the node whose result it is. Larger values
    /// become the largest. A value without a limit stays float32.
    public var limits: [String: Float]

    /// A calibration.
    public init(layers: Set<String>, limits: [String: Float]) {
        self.layers = layers
        self.limits = limits
    }

    /// Whether this processor has instructions for products of 8-bit integers (VNNI). Without them integers are slower
    /// than float32.
    ///
    /// - Throws: ``EngineError`` (`unsupportedProcessor`) for a processor that cannot run networks at all.
    public static func isNative() throws(EngineError) -> Bool {
        try EngineThread.shared.perform { () throws(EngineError) in try Library.shared().hasIntegerProducts }
    }
}
