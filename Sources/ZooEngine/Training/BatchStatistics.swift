import ZooGraph
import ZooTensor

/// What a batch norm records while training.
struct BatchStatistics {
    private(set) var mean: [Float]
    private(set) var variance: [Float]
    private(set) var batchCount: Int64
    private let momentum: Double

    init(_ layer: BatchNorm, _ name: String, _ parameters: ParameterReader) throws(EngineError) {
        mean = try parameters.values(name, "running_mean", [layer.channels])
        variance = try parameters.values(name, "running_var", [layer.channels])
        batchCount = parameters.counter("\(name).num_batches_tracked") ?? 0
        momentum = layer.momentum
    }

    /// Moves the statistics towards those of a batch.
    ///
    /// - Parameters:
    ///   - variance: of the batch as a whole, divided by n.
    ///   - count: n, the number of elements of a channel.
    mutating func record(mean: [Float], variance: [Float], count: Int) {
        // PyTorch records the variance of a sample; with one element there is none, and PyTorch refuses.
        let correction = count > 1 ? Double(count) / Double(count - 1) : 1
        for channel in mean.indices {
            move(&self.mean[channel], to: Double(mean[channel]))
            move(&self.variance[channel], to: Double(variance[channel]) * correction)
        }
        batchCount += 1
    }

    private func move(_ value: inout Float, to target: Double) {
        value = Float((1 - momentum) * Double(value) + momentum * target)
    }

    /// By the last parts of PyTorch's names.
    var tensors: [(name: String, tensor: Tensor)] {
        [
            ("running_mean", Tensor(mean, shape: [mean.count])),
            ("running_var", Tensor(variance, shape: [variance.count])),
            ("num_batches_tracked", Tensor([batchCount], shape: [])),
        ]
    }
}
