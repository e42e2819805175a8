import Glibc
import ZooGraph
import ZooTensor

// What does not depend on the images, and the operations that take it.
extension Lowering {
    /// Computes a node that does not depend on the images, in float64.
    ///
    /// - Returns: Whether it is one.
    /// - Throws: ``EngineError``: `missingParameter` or `mismatchedParameter`; `unsupportedOperation` where such a value is
    ///   taken by an operation that takes images only.
    mutating func lowerConstant(_ node: Graph.Node, _ index: Int) throws(EngineError) -> Bool {
        if case .input = node.operation { return false }
        let values = node.inputs.compactMap { constants[$0] }
        guard values.count == node.inputs.count else {
            guard let position = node.inputs.firstIndex(where: { constants[$0] != nil }) else { return false }
            switch node.operation {
            case .multiply where position == 1: return false
            case .tokenSequence, .attention, .headNorm: if position > 0 { return false }
            default: break
            }
            throw EngineError(
                .unsupportedOperation, place: "\(program.name): \(node.name)",
                "a value that does not depend on the images (input \(position)) cannot be taken here")
        }
        guard index != program.graph.output else {
            throw EngineError(
                .unsupportedOperation, place: "\(program.name): \(node.name)",
                "the network's result does not depend on the images")
        }
        constants[index] = try ReferenceEngine.evaluate(node, values, shape(of: node, values), parameters)
        program.values.append(Program.noValue)
        return true
    }

    private func shape(
        of node: Graph.Node, _ inputs: [ReferenceEngine.Values]
    ) throws(EngineError) -> Shape {
        do { return try node.operation.outputShape(of: inputs.map(\.shape)) } catch {
            throw EngineError(.wrongInput, place: "\(program.name): \(node.name)", error.message)
        }
    }

    /// Operations that take images and numbers of the checkpoint.
    ///
    /// - Throws: ``EngineError`` (`unsupportedOperation`) where these numbers depend on the images.
    mutating func lowerAttention(_ node: Graph.Node) throws(EngineError) {
        let images = [node.inputs[0]]
        switch node.operation {
        case .tokenSequence(let operation):
            let (token, positions) = (try constant(1, of: node), try constant(2, of: node))
            var first: [Float] = []
            for place in 0..<operation.length {
                for c in 0..<token.shape[1] {
                    first.append(Float(positions[0, c, 0, place] + (place == 0 ? token[0, c, 0, 0] : 0)))
                }
            }
            emit(.tokenSequence(operation, first: first), for: node, inputs: images)
        case .attention(let layer):
            let positions = layer.hasPositions ? try constant(1, of: node).elements.map { Float($0) } : []
            let masks = layer.mask == nil ? [] : node.inputs.suffix(1)
            emit(.attention(layer, positions: positions), for: node, inputs: images + masks)
        case .headNorm(let operation):
            let factors = try constant(1, of: node).elements.map { Float(exp(min($0, log(100)))) }
            emit(.headNorm(operation, factors: factors), for: node, inputs: images)
        default: break
        }
    }

    private func constant(_ input: Int, of node: Graph.Node) throws(EngineError) -> ReferenceEngine.Values {
        guard let values = constants[node.inputs[input]] else {
            throw EngineError(
                .unsupportedOperation, place: "\(program.name): \(node.name)",
                "input \(input) depends on the images; it must be numbers of the checkpoint")
        }
        return values
    }
}

extension Operation {
    /// Why no gradient goes through the operation; the caller adds where.
    var isNotTrained: EngineError {
        EngineError(
            .unsupportedOperation, place: "",
            "gradients do not go through this layer (\(name)) yet; train only what follows it, such as the head")
    }
}
