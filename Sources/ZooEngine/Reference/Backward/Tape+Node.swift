import ZooGraph
import ZooTensor

extension ReferenceEngine.Tape {
    private typealias Engine = ReferenceEngine
    private typealias Values = ReferenceEngine.Values

    /// The gradients of a node's inputs, given that of its result; those of its parameters are recorded.
    mutating func differentiate(
        _ node: Graph.Node, _ g: ReferenceEngine.Values
    ) throws(EngineError) -> [ReferenceEngine.Values] {
        let inputs = node.inputs.map { results[$0] }
        switch node.operation {
        case .input: return []
        case .convolution(let layer):
            return [try convolution(node, layer, ("weight", "bias"), inputs[0], g)]
        case .pixelLinear(let layer):
            return [
                try convolution(
                    node, layer.convolution, (layer.weightName, layer.biasName), unbiased: layer.unbiased, inputs[0], g)
            ]
        case .linear(let layer): return [try linear(node, layer, inputs[0], g)]
        case .batchNorm(let layer): return [try batchNorm(node, layer, inputs[0], g)]
        case .channelNorm(let layer): return [try channelNorm(node, layer, inputs[0], g)]
        case .activation(let function): return [Engine.differentiate(function, at: inputs[0], g)]
        case .maxPool(let layer): return [Engine.differentiate(layer, at: inputs[0], g)]
        case .averagePool(let layer): return [Engine.differentiate(layer, inputs[0].shape, g)]
        case .globalAveragePool:
            return [Engine.differentiate(AdaptiveAveragePool(1), inputs[0].shape, g)]
        case .adaptiveAveragePool(let layer): return [Engine.differentiate(layer, inputs[0].shape, g)]
        case .add: return [g, g]
        case .flatten: return [Values(shape: inputs[0].shape, elements: g.elements)]
        case .dropout(let dropout): return [Engine.drop(g, dropout, mode.masks[node.name])]
        case .concat: return Engine.split(g, into: inputs.map(\.shape))
        case .multiply: return Engine.differentiateProduct(inputs[0], inputs[1], g)
        case .channelFactors(let operation):
            record(g.elements, of: operation.parameter, node)
            return []
        case .channelAffine(let operation):
            return [Values(images: g.shape) { n, c, i, j in g[n, c, i, j] * operation.scale[c] }]
        case .channelSlice(let operation):
            let channels = operation.first..<operation.first + operation.count
            return [
                Values(images: inputs[0].shape) { n, c, i, j in
                    channels.contains(c) ? g[n, c - operation.first, i, j] : 0
                }
            ]
        case .channelShuffle(let operation):
            let size = g.shape[1] / operation.groups
            return [
                Values(images: g.shape) { n, c, i, j in g[n, c % size * operation.groups + c / size, i, j] }
            ]
        case .paddedShortcut(let operation): return [Engine.differentiate(operation, inputs[0].shape, g)]
        case .auxiliary: return [Values(zeros: inputs[0].shape)]
        case .learntMap(let operation):
            learntMap(node, operation, g)
            return []
        case .rearrangement(let operation): return [rearrangement(operation, inputs[0].shape, g)]
        case .tokenSequence: return sequence(inputs, g)
        case .attention(let layer):
            let parts = layer.parts(image: inputs.last?.shape)
            let slopes = attention(
                layer, inputs[0], positions: layer.hasPositions ? inputs[1] : nil, parts: parts, g)
            return [slopes.input] + (slopes.positions.map { [$0] } ?? [])
        case .headNorm(let operation): return headNorm(operation, inputs[0], factors: inputs[1], g)
        case .relativePositions(let operation): return [relativePositions(operation, inputs[0].shape, g)]
        }
    }
}
