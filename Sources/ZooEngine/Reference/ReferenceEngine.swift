public import ZooGraph
public import ZooTensor

/// Runs a network by plain loops in float64, one node after another, nothing folded and nothing fused.
///
/// It is slow and easy to check against PyTorch's documentation; tests compare the real engine with it.
public enum ReferenceEngine {
    /// Row-major values with their shape.
    struct Values {
        let shape: Shape
        var elements: [Double]

        init(shape: Shape, elements: [Double]) {
            self.shape = shape
            self.elements = elements
        }

        /// Values computed from their positions `n, c, y, x`.
        init(images shape: Shape, _ element: (Int, Int, Int, Int) -> Double) {
            self.shape = shape
            elements = []
            elements.reserveCapacity(shape.elementCount)
            for n in 0..<shape[0] {
                for c in 0..<shape[1] {
                    for y in 0..<shape[2] {
                        for x in 0..<shape[3] { elements.append(element(n, c, y, x)) }
                    }
                }
            }
        }

        subscript(n: Int, c: Int, y: Int, x: Int) -> Double {
            elements[((n * shape[1] + c) * shape[2] + y) * shape[3] + x]
        }
    }

    /// The network's result for `input`.
    ///
    /// - Parameters:
    ///   - parameters: As for ``InferencePlan``.
    ///   - input: `shape`, row-major.
    ///   - shape: `N×C×H×W`.
    /// - Returns: The output node's values, row-major.
    /// - Throws: ``EngineError``: `missingParameter`, `mismatchedParameter`, `wrongInput`.
    /// - Complexity: that of the network, at some hundred million multiply-adds a second.
    public static func run(
        _ graph: Graph, parameters: [String: Tensor], input: [Double], shape: Shape
    ) throws(EngineError) -> [Double] {
        let shapes = try shapes(of: graph, count: input.count, shape)
        let reader = ParameterReader(network: graph.name, parameters: parameters)
        var results: [Values] = []
        for (node, shape) in zip(graph.nodes, shapes) {
            if case .input = node.operation {
                results.append(Values(shape: shape, elements: input))
            } else {
                results.append(try evaluate(node, node.inputs.map { results[$0] }, shape, reader))
            }
        }
        return results[graph.output].elements
    }

    /// The shape of every node's result for `count` values of that shape.
    static func shapes(of graph: Graph, count: Int, _ shape: Shape) throws(EngineError) -> [Shape] {
        guard shape.rank == 4, shape[1] == graph.inputChannels, shape.elementCount == count else {
            throw EngineError(
                .wrongInput, place: graph.name,
                "\(count) values of shape \(shape) are no images of \(graph.inputChannels) channels")
        }
        do { return try graph.shapes(batch: shape[0], height: shape[2], width: shape[3]) } catch {
            throw EngineError(.wrongInput, place: "", error.description)
        }
    }

    static func evaluate(
        _ node: Graph.Node, _ inputs: [Values], _ shape: Shape, _ parameters: ParameterReader
    ) throws(EngineError) -> Values {
        func read(_ name: String, _ shape: Shape) throws(EngineError) -> [Double] {
            try parameters.values(node.name, name, shape).map { Double($0) }
        }
        switch node.operation {
        case .input: return inputs[0]
        case .convolution(let layer):
            let weight = try read("weight", layer.weightShape)
            let bias = layer.hasBias ? try read("bias", [layer.outputChannels]) : []
            return convolve(inputs[0], layer, weight, bias, shape)
        case .batchNorm(let layer):
            let size: Shape = [layer.channels]
            return normalise(
                inputs[0], layer, weight: try read("weight", size), bias: try read("bias", size),
                mean: try read("running_mean", size), variance: try read("running_var", size))
        case .linear(let layer):
            let weight = try read("weight", [layer.outputFeatures, layer.inputFeatures])
            let bias = layer.hasBias ? try read("bias", [layer.outputFeatures]) : []
            return multiply(inputs[0], layer, weight, bias, shape)
        case .activation(let function): return apply(function, to: inputs[0])
        case .maxPool(let layer): return pool(inputs[0], layer, shape)
        case .averagePool(let layer): return pool(inputs[0], layer, shape)
        case .globalAveragePool: return mean(inputs[0], shape)
        case .add:
            return Values(shape: shape, elements: zip(inputs[0].elements, inputs[1].elements).map { $0 + $1 })
        case .flatten: return Values(shape: shape, elements: inputs[0].elements)
        case .paddedShortcut(let operation): return shortcut(inputs[0], operation, shape)
        case .adaptiveAveragePool(let layer): return pool(inputs[0], layer, shape)
        case .concat: return join(inputs, shape)
        case .multiply: return scale(inputs[0], by: inputs[1])
        case .channelFactors(let operation):
            return Values(shape: shape, elements: try read(operation.parameter, [operation.channels, 1, 1]))
        case .channelAffine(let operation):
            return Values(images: shape) { n, c, i, j in
                inputs[0][n, c, i, j] * operation.scale[c] + operation.shift[c]
            }
        case .channelNorm(let layer):
            let size: Shape = [layer.channels]
            return normalise(inputs[0], layer, weight: try read("weight", size), bias: try read("bias", size))
        case .pixelLinear(let layer):
            let (weight, bias) = try parameters.values(of: layer, node.name)
            return convolve(
                inputs[0], layer.convolution, weight.map { Double($0) }, bias.map { Double($0) }, shape)
        case .channelSlice(let operation):
            return Values(images: shape) { n, c, i, j in inputs[0][n, c + operation.first, i, j] }
        case .channelShuffle(let operation):
            let groupSize = shape[1] / operation.groups
            return Values(images: shape) { n, c, i, j in
                inputs[0][n, c % operation.groups * groupSize + c / operation.groups, i, j]
            }
        case .auxiliary, .dropout: return inputs[0]
        case .learntMap(let operation):
            return map(try read(operation.parameter, operation.shape), shape)
        case .rearrangement(let operation): return rearrange(inputs[0], operation, shape)
        case .tokenSequence: return sequence(inputs[0], token: inputs[1], positions: inputs[2], shape)
        case .attention(let layer):
            return attend(
                inputs[0], layer, positions: layer.hasPositions ? inputs[1] : nil,
                parts: layer.parts(image: inputs.last?.shape), shape)
        case .headNorm(let operation): return normalise(inputs[0], operation, factors: inputs[1])
        case .relativePositions(let operation):
            try parameters.check(node.name, operation)
            let index = operation.index
            return Values(images: shape) { _, head, i, j in
                inputs[0].elements[head * operation.table.height * operation.table.width + index[i * shape[3] + j]]
            }
        }
    }
}
