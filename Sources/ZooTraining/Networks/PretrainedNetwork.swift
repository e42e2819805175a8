public import SystemPackage
public import ZooCheckpoint
public import ZooEngine
public import ZooGraph
public import ZooImage
public import ZooRegistry
public import ZooTensor

/// A network with its weights, ready to run, and what is known about where it comes from.
public struct PretrainedNetwork: Sendable {
    /// The layers.
    public let graph: Graph
    /// The layer that fine-tuning replaces.
    public let head: Graph.Head
    /// Every parameter and buffer that the layers need, by PyTorch's names.
    public let parameters: [String: Tensor]
    /// What images must go through first.
    public let preprocessing: Preprocessing
    /// The names of the outputs, where they are known.
    public let classes: [String]?
    /// The file that the weights come from.
    public let path: FilePath
    /// How the file's tensors met the network's parameters.
    public let report: LoadReport
    /// What stood before the names of the network's tensors in the file, such as `backbone.`; empty if nothing did.
    /// Prefixes of wrappers (`module.`) are not counted.
    public let prefix: String
    /// Whether the file has the output layer. Without it the network gives features and can be fine-tuned; ``head`` then
    /// says one output, and ``parameters`` lacks the layer's.
    public let hasHead: Bool
    /// How it computes with 8-bit integers, if it does; ``parameters`` are the float32 that these stand for.
    public var calibration: Int8Calibration?
    /// The tasks that the outputs are of, in order, where there are several; each has a softmax of its own.
    public internal(set) var tasks: [LabelTask]?
}

extension PretrainedNetwork {
    /// The bytes of all its tensors.
    public var byteCount: Int {
        graph.parameterSpecs.compactMap { parameters[$0.name] }
            .reduce(0) { $0 + TensorLayout(contiguous: $1.dtype, $1.shape).byteCount }
    }

    /// The same network with the weights of one that nobody trained yet: what pretraining is worth.
    ///
    /// - Complexity: O(parameters).
    public func withRandomWeights(seed: UInt64) -> PretrainedNetwork {
        PretrainedNetwork(
            graph: graph, head: head, parameters: NetworkInitialisation.parameters(of: graph, seed: seed),
            preprocessing: preprocessing, classes: nil, path: path, report: report, prefix: prefix, hasHead: true)
    }
}
