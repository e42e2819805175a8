import ZooGraph
import ZooRegistry
import ZooTensor

/// Networks of one architecture whose weights are averaged: one network in the end, as fast as each of them.
///
/// Source: Wortsman et al., *Model soups: averaging weights of multiple fine-tuned models improves accuracy without
/// increasing inference time* (2022). It works for networks that were fine-tuned from the same weights; between others
/// there is no way from one to the other along which the loss stays low.
public struct WeightSoup: Sendable {
    /// What was tried in a greedy soup, in that order.
    public struct Step: Sendable, Hashable {
        /// Which network was added.
        public let ingredient: Int
        /// Its own accuracy.
        public let ownAccuracy: Double
        /// The accuracy of the soup with it.
        public let accuracy: Double
        /// Whether it stayed in.
        public let isKept: Bool
    }

    private let networks: [(name: String, network: PretrainedNetwork)]
    /// For each network its outputs in the order of the first's classes.
    private let orders: [[Int]]

    /// A soup of networks.
    ///
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`) for another architecture than the first's, or another preprocessing;
    ///   (`classMismatch`) for other classes.
    /// - Precondition: there is a network.
    public init(_ networks: [(name: String, network: PretrainedNetwork)]) throws {
        let first = networks[0]
        for (_, network) in networks { try network.requireOneQuestion() }
        for (name, network) in networks.dropFirst() {
            guard network.graph.name == first.network.graph.name else {
                throw TrainingError(
                    .unfitCheckpoint,
                    "\(name) is a \(network.graph.name), \(first.name) a \(first.network.graph.name): weights are averaged "
                        + "among networks of one architecture; 'zoo ensemble average' puts the answers of any together")
            }
            guard network.preprocessing == first.network.preprocessing else {
                throw TrainingError(
                    .unfitCheckpoint,
                    "\(name) and \(first.name) prepare their images in different ways; their weights do not belong together"
                )
            }
        }
        orders = try networks.map {
            try EnsembleClassifier.order(of: ($0.name, $0.network), as: (first.name, first.network))
        }
        self.networks = networks
    }

    /// The network with the mean of the weights of some.
    ///
    /// Counters and other whole numbers are those of the first.
    ///
    /// - Precondition: there is one.
    /// - Complexity: O(networks · parameters).
    public func average(of chosen: [Int]) throws -> PretrainedNetwork {
        let first = networks[0].network
        var tensors: [String: Tensor] = [:]
        for (name, tensor) in first.parameters {
            guard tensor.dtype.isFloatingPoint else {
                tensors[name] = tensor
                continue
            }
            var sums = [Double](repeating: 0, count: tensor.shape.elementCount)
            for index in chosen {
                let values = try values(name, of: index, like: tensor)
                for position in sums.indices { sums[position] += Double(values[position]) }
            }
            tensors[name] = Tensor(sums.map { Float($0 / Double(chosen.count)) }, shape: tensor.shape)
        }
        return PretrainedNetwork(
            graph: first.graph, head: first.head, parameters: tensors, preprocessing: first.preprocessing,
            classes: first.classes, path: first.path, report: first.report, prefix: "", hasHead: true)
    }

    /// A tensor's elements, those of the output layer in the order of the first network's classes.
    private func values(_ name: String, of index: Int, like first: Tensor) throws -> [Float] {
        let network = networks[index].network
        guard let tensor = network.parameters[name], tensor.shape == first.shape else {
            throw TrainingError(
                .unfitCheckpoint,
                "\(networks[index].name): '\(name)' is missing or has another shape than \(first.shape)")
        }
        let values = try tensor.float32Values()
        let head = network.head
        guard name == "\(head.prefix).weight" || name == "\(head.prefix).bias" else { return values }
        let matrix = Matrix(
            rowCount: head.outputs, columnCount: values.count / max(head.outputs, 1), values: values)
        return matrix.gatheringRows(orders[index]).values
    }

    /// A greedy soup: the best network, then each of the others, the best first, as long as the soup does not get worse.
    ///
    /// - Parameter judge: the accuracy of a network on images that none of them was trained on.
    /// - Throws: what `judge` throws.
    /// - Complexity: 2 · networks judgements.
    public func greedy(
        judge: (PretrainedNetwork) throws -> Double
    ) throws -> (network: PretrainedNetwork, steps: [Step]) {
        var accuracies: [Double] = []
        for index in networks.indices { accuracies.append(try judge(try average(of: [index]))) }
        let order = networks.indices.sorted { (-accuracies[$0], $0) < (-accuracies[$1], $1) }
        var chosen = [order[0]]
        var best = accuracies[order[0]]
        var steps = [Step(ingredient: order[0], ownAccuracy: best, accuracy: best, isKept: true)]
        for index in order.dropFirst() {
            let accuracy = try judge(try average(of: chosen + [index]))
            let isKept = accuracy >= best
            if isKept {
                chosen.append(index)
                best = accuracy
            }
            steps.append(
                Step(ingredient: index, ownAccuracy: accuracies[index], accuracy: accuracy, isKept: isKept))
        }
        return (try average(of: chosen), steps)
    }
}
