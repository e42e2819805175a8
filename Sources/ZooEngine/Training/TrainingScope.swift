public import ZooGraph

/// What of a network learns.
public struct TrainingScope: Sendable, Hashable {
    /// The parameters that are trained, by PyTorch's names: `layer4.1.conv2.weight`.
    public var parameters: Set<String>
    /// The batch norms, by the names of their layers, that normalise by the batch and record its statistics, as PyTorch's
    /// do after `train()`. The others use what they recorded, as after `eval()`.
    public var batchNorms: Set<String>
    /// Whether dropout and stochastic depth drop.
    public var dropsOut: Bool

    /// A scope of its own.
    public init(parameters: Set<String>, batchNorms: Set<String>, dropsOut: Bool) {
        self.parameters = parameters
        self.batchNorms = batchNorms
        self.dropsOut = dropsOut
    }

    /// Everything that a network learns or records, as after PyTorch's `train()`.
    ///
    /// - Complexity: O(nodes).
    public static func everything(of graph: Graph) -> TrainingScope {
        var scope = TrainingScope(parameters: [], batchNorms: [], dropsOut: true)
        for node in graph.nodes {
            for parameter in node.operation.parameters where parameter.role == .trained {
                scope.parameters.insert(node.name(of: parameter))
            }
            if case .batchNorm = node.operation { scope.batchNorms.insert(node.name) }
        }
        return scope
    }
}
