import Glibc
public import ZooGraph
public import ZooTensor

/// Makes a network smaller in steps, between which it is trained.
public struct Pruning: Sendable {
    /// What is taken away.
    public enum Goal: Sendable, Hashable {
        /// Single weights become zero, until this share of them is.
        case weights(sparsity: Double)
        /// Channels are removed.
        case channels(ChannelPruner.Target)

        /// The share that is left in the end.
        var left: Double {
            switch self {
            case .weights(let sparsity), .channels(.channels(let sparsity)): 1 - sparsity
            case .channels(.multiplyAdds(let share)): share
            }
        }
    }

    /// What is taken away in the end.
    public var goal: Goal
    /// How channels are chosen.
    public var pruner = ChannelPruner()
    /// In how many steps.
    public var stepCount = 1

    /// Pruning in one step.
    public init(_ goal: Goal) {
        self.goal = goal
    }

    /// A network after a step, before it is trained.
    public struct Pruned: Sendable {
        /// The network.
        public let network: PretrainedNetwork
        /// For tensors with weights that must stay zero, 0 for those and 1 for the others.
        public let masks: [String: [Float]]
    }

    /// Takes away what a step should.
    ///
    /// Every step leaves the same share of what the one before it left.
    ///
    /// - Parameters:
    ///   - whole: the network before the first step.
    ///   - current: the network after the step before.
    ///   - step: its number, from 1.
    /// - Throws: As ``ChannelPruner/prune(_:parameters:to:height:width:whole:)`` and
    ///   ``WeightPruner/prune(_:parameters:sparsity:)``.
    /// - Precondition: the step is one of ``stepCount``.
    public func prune(
        _ current: PretrainedNetwork, whole: PretrainedNetwork, step: Int, height: Int, width: Int
    ) throws -> Pruned {
        precondition(1...stepCount ~= step, "there is no such step")
        let left = pow(goal.left, Double(step) / Double(stepCount))
        switch goal {
        case .weights:
            let result = try WeightPruner().prune(
                current.graph, parameters: current.parameters, sparsity: 1 - left)
            return Pruned(network: current.with(current.graph, result.tensors), masks: result.masks)
        case .channels(.multiplyAdds):
            let all = try whole.graph.multiplyAdds(height: height, width: width)
            return try channels(current, .multiplyAdds(left), height, width, whole: all)
        case .channels(.channels):
            // Of what the steps before have left.
            let share = pow(goal.left, 1 / Double(stepCount))
            return try channels(current, .channels(1 - share), height, width, whole: 1)
        }
    }

    private func channels(
        _ current: PretrainedNetwork, _ target: ChannelPruner.Target, _ height: Int, _ width: Int, whole: Int
    ) throws -> Pruned {
        let result = try pruner.prune(
            current.graph, parameters: current.parameters, to: target, height: height, width: width, whole: whole)
        return Pruned(network: current.with(result.graph, result.tensors), masks: [:])
    }
}

extension PretrainedNetwork {
    /// The same network with other layers or weights.
    public func with(_ graph: Graph, _ parameters: [String: Tensor], classes: [String]? = nil) -> PretrainedNetwork {
        PretrainedNetwork(
            graph: graph, head: graph.head ?? head, parameters: parameters, preprocessing: preprocessing,
            classes: classes ?? self.classes, path: path, report: report, prefix: prefix, hasHead: hasHead)
    }
}
