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
            let channels = 0..<token.shape[1]
            let places = (0..<operation.length).flatMap { place in channels.map { Float(positions[0, $0, 0, place]) } }
            emit(
                .tokenSequence(operation, token: token.elements.map { Float($0) }, positions: places), for: node,
                inputs: images)
        case .attention(let layer):
            let positions = layer.hasPositions ? try constant(1, of: node).elements.map { Float($0) } : []
            let masks = layer.mask == nil ? [] : node.inputs.suffix(1)
            emit(.attention(layer, positions: positions), for: node, inputs: images + masks)
        case .headNorm(let operation):
            let factors = try constant(1, of: node).elements.map { Float($0) }
            emit(.headNorm(operation, factors: factors), for: node, inputs: images)
        default: break
        }
    }

    /// Makes the values that `node`, which takes part in training, takes from nodes that do not depend on the images.
    ///
    /// Factors for each channel or head are no values in training either: the operation reads them as parameters.
    mutating func materialiseConstants(for node: Graph.Node) {
        for (position, input) in node.inputs.enumerated() where program.values[input] == Program.noValue {
            guard let values = constants[input] else { continue }
            switch node.operation {
            case .multiply, .headNorm: if position == 1 { continue }
            default: break
            }
            program.values[input] = program.steps.count
            program.steps.append(
                Program.Step(
                    name: program.graph.nodes[input].name, node: input,
                    kernel: .constant(values.elements.map { Float($0) }), inputs: [], output: program.steps.count))
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
