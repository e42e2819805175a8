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
    /// A head that is no layer of the network is called `head`; where features of several networks are joined, the names of
    /// their layers begin with `sources.0.`, `sources.1.` and so on.
    ///
    /// - Parameter others: networks whose features are joined.
    /// - Throws: ``TrainingError`` (`unknownLayer`) for a pattern that stands for nothing.
    /// - Complexity: O(layers²).
    public init(
        _ network: PretrainedNetwork, joining others: [PretrainedNetwork] = [], options: FineTuner.Options,
        classCount: Int
    ) throws {
        guard others.isEmpty, options.head.isLayer(hasBias: network.head.hasBias) else {
            try self.init(codesOf: [network] + others, options: options, classCount: classCount)
            return
        }
        let graph =
            if case .mlp(let hidden) = options.head {
                try network.graph.replacingHead(outputs: classCount, hidden: hidden)
            } else { try network.graph.replacingHead(outputs: classCount) }
        let stages: [TrainedLayers.Stage]
        switch options.method {
        case .head:
            var parameters = try graph.headParameters
            // Of two layers the last is the graph's head; both are new.
            for spec in graph.parameterSpecs where spec.name.hasPrefix("\(network.head.prefix).") {
                parameters.insert(spec.name)
            }
            let scope = TrainingScope(parameters: parameters, batchNorms: [], dropsOut: false)
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
        let sizes = Dictionary(uniqueKeysWithValues: graph.parameterSpecs.map { ($0.name, $0.shape.elementCount) })
        self.init(
            layers: layers, parameterCount: graph.parameterCount,
            trainedCounts: stages.map { stage in stage.scope.parameters.reduce(0) { $0 + (sizes[$1] ?? 0) } })
    }

    /// The frozen layers of some networks and a head beside them.
    private init(codesOf networks: [PretrainedNetwork], options: FineTuner.Options, classCount: Int) throws {
        var layers: [Layer] = []
        var frozenCount = 0
        for (number, network) in networks.enumerated() {
            let graph = try network.graph.featureMapExtractor()
            frozenCount += graph.parameterCount
            let prefix = networks.count > 1 ? "sources.\(number)." : ""
            for node in graph.listing.map({ graph.nodes[$0] }) where node.operation.parameterCount > 0 {
                layers.append(
                    Layer(
                        name: prefix + node.name, parameterCount: node.operation.parameterCount, firstEpoch: nil,
                        learningRate: nil, recordsStatistics: false))
            }
        }
        let count = options.head.parameterCount(
            featureCount: networks.reduce(0) { $0 + $1.head.inputFeatures }, classCount: classCount)
        let rates = options.settings.rates
        layers.append(
            Layer(
                name: "head", parameterCount: count, firstEpoch: 1,
                learningRate: options.head.isStepped ? rates.base * rates.headFactor : nil, recordsStatistics: false))
        self.init(layers: layers, parameterCount: frozenCount + count, trainedCounts: [count])
    }
}

extension HeadChoice {
    /// How many numbers the head learns; those that it merely remembers, and those of heads of one's own, do not count.
    func parameterCount(featureCount: Int, classCount: Int) -> Int {
        switch self {
        case .linear: (featureCount + 1) * classCount
        case .mlp(let hidden): (featureCount + 1) * hidden + (hidden + 1) * classCount
        case .cosine: featureCount * classCount
        case .fitted(let method): method.headType == LinearHead.self ? (featureCount + 1) * classCount : 0
        }
    }
}
