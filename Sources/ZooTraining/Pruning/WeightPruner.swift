public import ZooGraph
public import ZooTensor

/// Sets the weights of a network that are nearest to zero to zero, wherever they are.
///
/// One threshold for the weights of all convolutions and linear layers; biases and norms are left alone, as with
/// PyTorch's `torch.nn.utils.prune.global_unstructured(…, L1Unstructured)`. The network keeps its shapes and takes as long.
///
/// Source: Han and others, *Learning both Weights and Connections for Efficient Neural Networks* (2015).
public struct WeightPruner: Sendable {
    /// A network with weights at zero.
    public struct Result: Sendable {
        /// All its tensors, by PyTorch's names.
        public let tensors: [String: Tensor]
        /// For each tensor that lost weights, 1 where they stay and 0 where they are zero, in PyTorch's order.
        public let masks: [String: [Float]]
    }

    /// A pruner.
    public init() {}

    /// Prunes a network.
    ///
    /// - Parameter sparsity: the share of the weights that is zero afterwards, those that are zero already included.
    /// - Throws: ``TrainingError`` (`invalidSetting`), naming a layer of which nothing would be left.
    /// - Complexity: O(weights · log(weights)).
    public func prune(_ graph: Graph, parameters: [String: Tensor], sparsity: Double) throws -> Result {
        var weights: [(name: String, layer: String, values: [Float], shape: Shape)] = []
        for node in graph.nodes {
            let name: String
            switch node.operation {
            case .convolution, .linear: name = "weight"
            case .pixelLinear(let layer): name = layer.weightName
            default: continue
            }
            guard let tensor = parameters[Graph.name(of: name, in: node.name)] else { continue }
            weights.append(
                (Graph.name(of: name, in: node.name), node.name, try tensor.float32Values(), tensor.shape))
        }
        let magnitudes = weights.flatMap { $0.values.map(abs) }.sorted()
        let count = Int((Double(magnitudes.count) * sparsity).rounded())
        var result = parameters
        var masks: [String: [Float]] = [:]
        // Of weights that are exactly at the threshold, as many go as are needed: the first.
        let threshold = count > 0 ? magnitudes[count - 1] : -1
        var equals = count - magnitudes.prefix(count).count { $0 < threshold }
        for weight in weights {
            var mask = [Float](repeating: 1, count: weight.values.count)
            for (index, value) in weight.values.enumerated() {
                if abs(value) < threshold {
                    mask[index] = 0
                } else if abs(value) == threshold, equals > 0 {
                    mask[index] = 0
                    equals -= 1
                }
            }
            guard mask.contains(1) else {
                throw TrainingError(
                    .invalidSetting,
                    "with a sparsity of \(sparsity) nothing of the layer '\(weight.layer)' would be left; take less")
            }
            masks[weight.name] = mask
            result[weight.name] = Tensor(zip(weight.values, mask).map { $0 * $1 }, shape: weight.shape)
        }
        return Result(tensors: result, masks: masks)
    }
}
