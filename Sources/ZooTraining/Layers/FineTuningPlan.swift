import ZooEngine
import ZooGraph
import ZooTensor

/// What a fine-tuning is going to do to each layer.
public struct FineTuningPlan: Sendable, Hashable, Codable {
    /// One layer that has parameters.
    public struct Layer: Sendable, Hashable, Codable {
        /// PyTorch's name.
        public let name: String
        /// How many numbers it learns or could learn.
        public let parameterCount: Int
        /// The first epoch, from 1, in which it is trained; `nil` if it never is.
        public let firstEpoch: Int?
        /// Its learning rate before any schedule; `nil` if it is never trained.
        public let learningRate: Double?
        /// Whether it is a batch norm that records the statistics of the training images in the last stage.
        public let recordsStatistics: Bool
    }

    /// The layers, in PyTorch's order.
    public let layers: [Layer]
    /// How many numbers the network could learn.
    public let parameterCount: Int
    /// How many of them it learns in each stage.
    public let trainedCounts: [Int]

    init(layers: [Layer], parameterCount: Int, trainedCounts: [Int]) {
        self.layers = layers
        self.parameterCount = parameterCount
        self.trainedCounts = trainedCounts
    }

    /// What `options` mean for a network with a head for `classCount` classes.
    ///
    /// - Throws: ``TrainingError`` (`unknownLayer`) for a pattern that stands for nothing.
    /// - Complexity: O(layers²).
    public init(_ network: PretrainedNetwork, options: FineTuner.Options, classCount: Int) throws {
        let graph = try network.graph.replacingHead(outputs: classCount)
        let stages: [TrainedLayers.Stage]
        switch options.method {
        case .head:
            let scope = TrainingScope(parameters: try graph.headParameters, batchNorms: [], dropsOut: false)
            stages = [TrainedLayers.Stage(firstEpoch: 1, scope: scope)]
        case .layers(let layers): stages = try layers.stages(of: graph)
        }
        let all = stages.reduce(into: Set<String>()) { $0.formUnion($1.scope.parameters) }
        let groups = options.settings.rates.groups(of: all, in: graph)
        var layers: [Layer] = []
        for node in graph.listing.map({ graph.nodes[$0] }) where node.operation.parameterCount > 0 {
            let names = node.operation.parameters.filter { $0.role == .trained }.map {
                node.name.isEmpty ? $0.name : "\(node.name).\($0.name)"
            }
            let first = stages.first { !$0.scope.parameters.isDisjoint(with: names) }
            layers.append(
                Layer(
                    name: node.name.isEmpty ? names.joined(separator: ", ") : node.name,
                    parameterCount: node.operation.parameterCount, firstEpoch: first?.firstEpoch,
                    learningRate: groups.first { !$0.parameters.isDisjoint(with: names) }?.rate,
                    recordsStatistics: stages.last?.scope.batchNorms.contains(node.name) ?? false))
        }
        self.layers = layers
        parameterCount = graph.parameterCount
        let sizes = Dictionary(uniqueKeysWithValues: graph.parameterSpecs.map { ($0.name, $0.shape.elementCount) })
        trainedCounts = stages.map { stage in stage.scope.parameters.reduce(0) { $0 + (sizes[$1] ?? 0) } }
    }
}
