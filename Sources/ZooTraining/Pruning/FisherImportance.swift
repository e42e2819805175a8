import ZooCore
import ZooEngine
import ZooGraph
import ZooImage
import ZooTensor

/// How much the network's answers depend on a channel, for what the channel costs.
///
/// A factor of 1 before a channel, and before all channels that go with it, changes nothing; the Fisher information of that
/// factor is the mean square of the derivative of log p(class) by it, the class being drawn from the network's own answer:
/// how far the answers move, to second order, when the factor becomes 0. No labels are asked for. It is divided by the
/// multiply-adds that go with the channel.
///
/// Source: Theis and others, *Faster gaze prediction with dense networks and Fisher pruning* (2018); for channels that go
/// together, and their cost, Liu and others, *Group Fisher Pruning for Practical Network Compression* (2021), who take the
/// labels of the images. A factor behind a convolution with its batch norm stands behind the batch norm, so that the shift
/// counts too.
struct FisherImportance {
    let images: CalibrationImages

    /// What stands for a factor before each channel of some node: parameters whose rows belong to the channels. The
    /// derivative by the factor is the product of a row with its gradient.
    private struct Factor {
        let names: [String]
        let groups: [Int]
    }

    /// How much each group of channels matters for what it costs.
    ///
    /// - Returns: A number for each group, infinite for fixed ones and for those that no layer makes.
    /// - Throws: ``TrainingError`` (`unusableData`) if there are no images; errors of the engine.
    /// - Complexity: One pass forward and backward for each image.
    func scores(
        of graph: Graph, _ dependencies: ChannelDependencies, parameters: [String: Tensor]
    ) throws -> [Double] {
        let factors = Self.factors(of: graph, dependencies)
        let squares = try squares(factors, graph, dependencies, parameters)
        let costs = try Self.costs(of: graph, dependencies, height: images.size.height, width: images.size.width)
        var isMade = Array(repeating: false, count: dependencies.groupCount)
        for group in factors.flatMap(\.groups) { isMade[group] = true }
        return squares.indices.map { group in
            dependencies.isFixed[group] || !isMade[group] ? .infinity : squares[group] / max(costs[group], 1)
        }
    }

    private static func factors(of graph: Graph, _ dependencies: ChannelDependencies) -> [Factor] {
        var users: [[Int]] = Array(repeating: [], count: graph.nodes.count)
        for (index, node) in graph.nodes.enumerated() {
            for input in node.inputs { users[input].append(index) }
        }
        return graph.nodes.indices.compactMap { index in
            switch graph.nodes[index].operation {
            case .convolution, .linear, .pixelLinear: break
            default: return nil
            }
            var place = index
            if users[index].count == 1, case .batchNorm = graph.nodes[users[index][0]].operation {
                place = users[index][0]
            }
            let (node, groups) = (graph.nodes[place], dependencies.groups[place])
            let names = node.operation.parameters.filter { $0.role == .trained && $0.shape[0] == groups.count }
                .map { node.name(of: $0) }
            // A batch norm without parameters stands for nothing, and what cannot be removed need not be asked.
            guard !names.isEmpty, !groups.allSatisfy({ dependencies.isFixed[$0] }) else { return nil }
            return Factor(names: names, groups: groups)
        }
    }

    /// For each group the mean, over batches, of the squared derivative by its factor. The derivatives of images are
    /// independent with mean 0, since the classes are drawn, so that the square of their sum is the sum of their squares.
    private func squares(
        _ factors: [Factor], _ graph: Graph, _ dependencies: ChannelDependencies, _ parameters: [String: Tensor]
    ) throws -> [Double] {
        // Some images of a batch may not have been readable.
        guard let batchSize = images.batches.map(\.count).max() else {
            throw TrainingError(.unusableData, "\(graph.name): there are no images that show which channels matter")
        }
        let batches = images.batches.filter { $0.count == batchSize }
        let names = Set(factors.flatMap(\.names))
        let learnt = try TrainableParameters(
            graph: graph, parameters: parameters,
            scope: TrainingScope(parameters: names, batchNorms: [], dropsOut: false))
        let plan = try TrainingPlan(
            learnt, batchSize: batchSize, height: images.size.height, width: images.size.width,
            options: images.running.engineOptions)
        var values: [String: [Float]] = [:]
        for name in names { values[name] = try parameters[name]?.float32Values() }
        var squares = Array(repeating: 0.0, count: dependencies.groupCount)
        var generator = SeededGenerator(seed: 0)
        for batch in batches {
            let logits = try plan.forward(batch.pixels.span)
            try plan.backward(Self.scoreGradient(logits, rowCount: batch.count, &generator).span)
            let gradients = try learnt.gradients()
            var slopes = Array(repeating: 0.0, count: dependencies.groupCount)
            for factor in factors {
                for name in factor.names {
                    guard let value = values[name], let gradient = gradients[name] else { continue }
                    let width = value.count / factor.groups.count
                    for (row, group) in factor.groups.enumerated() {
                        for index in row * width..<(row + 1) * width {
                            slopes[group] += Double(value[index]) * Double(gradient[index])
                        }
                    }
                }
            }
            for group in slopes.indices { squares[group] += slopes[group] * slopes[group] / Double(batches.count) }
        }
        return squares
    }

    /// The gradient of Σ −log p(class) by the logits, the class of each row drawn by the row's own probabilities.
    private static func scoreGradient(
        _ logits: [Float], rowCount: Int, _ generator: inout SeededGenerator
    ) -> [Float] {
        let classCount = logits.count / max(rowCount, 1)
        var gradient = [Float](repeating: 0, count: logits.count)
        var (logarithms, probabilities) = (
            [Double](repeating: 0, count: classCount), [Double](repeating: 0, count: classCount)
        )
        for row in 0..<rowCount {
            do {
                var logarithm = logarithms.mutableSpan
                var probability = probabilities.mutableSpan
                Softmax.evaluate(logits.span, row * classCount, &logarithm, &probability)
            }
            var rest = Double(generator.uniform())
            let drawn = probabilities.firstIndex { share in
                rest -= share
                return rest < 0
            }
            for index in 0..<classCount { gradient[row * classCount + index] = Float(probabilities[index]) }
            gradient[row * classCount + (drawn ?? classCount - 1)] -= 1
        }
        return gradient
    }

    /// For each group the multiply-adds of one image that go with it: those of what makes its channels and of what takes
    /// them.
    private static func costs(
        of graph: Graph, _ dependencies: ChannelDependencies, height: Int, width: Int
    ) throws -> [Double] {
        let shapes = try graph.shapes(batch: 1, height: height, width: width)
        var costs = Array(repeating: 0.0, count: dependencies.groupCount)
        for (index, node) in graph.nodes.enumerated() {
            var takesAll = true
            switch node.operation {
            case .convolution(let layer): takesAll = layer.groups == 1
            case .linear, .pixelLinear: break
            default: continue
            }
            let count = Double(node.operation.multiplyAdds(output: shapes[index]))
            // The channels that a convolution in groups takes go with those that it makes.
            let sides = [dependencies.groups[index]] + (takesAll ? [dependencies.groups[node.inputs[0]]] : [])
            for groups in sides {
                for group in groups { costs[group] += count / Double(groups.count) }
            }
        }
        return costs
    }
}
