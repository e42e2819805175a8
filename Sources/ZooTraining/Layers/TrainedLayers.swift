public import ZooEngine
public import ZooGraph

/// Which layers are trained, and from which epoch on.
public struct TrainedLayers: Sendable, Hashable {
    /// From an epoch on, more layers.
    public struct Unfreezing: Sendable, Hashable {
        /// How many epochs come before.
        public let epoch: Int
        /// What is trained from then on, besides what was before.
        public let pattern: LayerPattern

        /// An unfreezing.
        public init(epoch: Int, pattern: LayerPattern) {
            self.epoch = epoch
            self.pattern = pattern
        }
    }

    /// Whether batch norms learn from the batches that they see.
    public enum BatchNorms: String, Sendable, Hashable, CaseIterable {
        /// Those whose own parameters are trained; the others keep their statistics through every epoch.
        case trained
        /// All of them, as after PyTorch's `model.train()`.
        case all
        /// None: every one keeps its statistics.
        case none
    }

    /// Only these are trained, and the head; everything if there is none.
    public var only: [LayerPattern] = []
    /// These are not trained.
    public var frozen: [LayerPattern] = []
    /// Nothing in front of this layer is trained.
    public var frozenUntil: LayerPattern?
    /// For so many epochs only the head is trained.
    public var headEpochs = 0
    /// Layers are added as epochs go by, instead of all at once. The head is trained in any case.
    public var unfreezings: [Unfreezing] = []
    /// Which batch norms use the statistics of the batch and record them.
    public var batchNorms = BatchNorms.trained

    /// Everything is trained from the first epoch on.
    public init() {}

    /// Some epochs in which the same parameters are trained.
    public struct Stage: Sendable, Hashable {
        /// The first epoch, from 1.
        public let firstEpoch: Int
        /// What is trained.
        public let scope: TrainingScope
    }

    /// What is trained when, for a network whose head was replaced.
    ///
    /// - Returns: At least one stage, the first from epoch 1 on; two that follow each other differ.
    /// - Throws: ``TrainingError`` (`unknownLayer`) for a pattern that stands for nothing.
    /// - Complexity: O(patterns · parameters).
    public func stages(of graph: Graph) throws(TrainingError) -> [Stage] {
        let head = try graph.headParameters
        let allowed = try allowedParameters(of: graph, head)
        var parts: [(epoch: Int, parameters: Set<String>)]
        if unfreezings.isEmpty {
            parts = headEpochs > 0 ? [(0, head), (headEpochs, allowed)] : [(0, allowed)]
        } else {
            parts = [(0, head)]
            for unfreezing in unfreezings.sorted(by: { $0.epoch < $1.epoch }) {
                let more = allowed.intersection(try unfreezing.pattern.parameters(of: graph))
                let parameters = parts[parts.count - 1].parameters.union(more)
                if parts[parts.count - 1].epoch == unfreezing.epoch { parts.removeLast() }
                parts.append((unfreezing.epoch, parameters))
            }
        }
        var stages: [Stage] = []
        for part in parts {
            let stage = Stage(firstEpoch: part.epoch + 1, scope: scope(part.parameters, of: graph))
            if stages.last?.scope != stage.scope { stages.append(stage) }
        }
        return stages
    }

    private func allowedParameters(of graph: Graph, _ head: Set<String>) throws(TrainingError) -> Set<String> {
        var allowed = Set(graph.trainedParameterNames)
        if !only.isEmpty {
            allowed = []
            for pattern in only { allowed.formUnion(try pattern.parameters(of: graph)) }
        }
        for pattern in frozen { allowed.subtract(try pattern.parameters(of: graph)) }
        if let frozenUntil {
            let names = graph.trainedParameterNames
            let first = try frozenUntil.parameters(of: graph)[0]
            allowed.subtract(names.prefix { $0 != first })
        }
        // A head that nobody froze by name is new and has to learn.
        var isHeadFrozen = false
        for pattern in frozen where !head.isDisjoint(with: try pattern.parameters(of: graph)) { isHeadFrozen = true }
        return isHeadFrozen ? allowed : allowed.union(head)
    }

    private func scope(_ parameters: Set<String>, of graph: Graph) -> TrainingScope {
        var scope = TrainingScope(parameters: parameters, batchNorms: [], dropsOut: true)
        for node in graph.nodes {
            guard case .batchNorm = node.operation else { continue }
            let learns =
                switch batchNorms {
                case .all: true
                case .none: false
                case .trained: node.operation.parameters.contains { parameters.contains("\(node.name).\($0.name)") }
                }
            if learns { scope.batchNorms.insert(node.name) }
        }
        return scope
    }
}

extension Graph {
    /// The parameters of the output layer.
    ///
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`) for a network without one.
    var headParameters: Set<String> {
        get throws(TrainingError) {
            guard let head else {
                throw TrainingError(.unfitCheckpoint, "\(name): the network has no output layer that could be trained")
            }
            return Set(trainedParameterNames.filter { $0.hasPrefix(head.prefix + ".") })
        }
    }
}
