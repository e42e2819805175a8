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
    /// Whether layers that lost inputs are fitted to what they gave, and batch norms to what they see now, where there are
    /// images for it.
    public var reconstructs = true

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
    ///   - calibration: images for ``reconstructs``, and for a measure of importance that needs them.
    ///   - onLayer: called before each layer that is fitted; what it throws ends the work.
    /// - Throws: As ``ChannelPruner/prune(_:parameters:to:height:width:whole:images:)`` and
    ///   ``WeightPruner/prune(_:parameters:sparsity:)``; errors of the engine.
    /// - Precondition: the step is one of ``stepCount``.
    public func prune(
        _ current: PretrainedNetwork, whole: PretrainedNetwork, step: Int, height: Int, width: Int,
        calibration: CalibrationImages? = nil, onLayer: () throws -> Void = {}
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
            let narrowed = try channels(current, .multiplyAdds(left), height, width, whole: all, calibration)
            return try fitted(narrowed, to: current, calibration, onLayer)
        case .channels(.channels):
            // Of what the steps before have left.
            let share = pow(goal.left, 1 / Double(stepCount))
            let narrowed = try channels(current, .channels(1 - share), height, width, whole: 1, calibration)
            return try fitted(narrowed, to: current, calibration, onLayer)
        }
    }

    private func channels(
        _ current: PretrainedNetwork, _ target: ChannelPruner.Target, _ height: Int, _ width: Int, whole: Int,
        _ images: CalibrationImages?
    ) throws -> ChannelPruner.Result {
        try pruner.prune(
            current.graph, parameters: current.parameters, to: target, height: height, width: width, whole: whole,
            images: images)
    }

    /// A network without the channels, which does as nearly as it can what it did with them.
    private func fitted(
        _ result: ChannelPruner.Result, to current: PretrainedNetwork, _ calibration: CalibrationImages?,
        _ onLayer: () throws -> Void
    ) throws -> Pruned {
        var tensors = result.tensors
        if reconstructs, let calibration, calibration.count > 0 {
            tensors = try LayerReconstruction(
                graph: current.graph, parameters: current.parameters, images: calibration
            ).fit(result.narrowed, tensors: tensors, onLayer: onLayer)
            tensors = try BatchNormRenewal(images: calibration).renew(tensors, of: result.graph)
        }
        return Pruned(network: current.with(result.graph, tensors), masks: [:])
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
