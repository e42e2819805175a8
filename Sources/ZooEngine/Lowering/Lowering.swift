import ZooGraph
import ZooTensor

/// Turns a graph and its parameters into a ``Program``.
struct Lowering {
    let parameters: ParameterReader
    /// For every node, how many nodes take its result; the network's output counts too.
    private let useCounts: [Int]
    /// For every node, the last node that reads its memory, also through a flattened view; `.max` for the output.
    private let lastUses: [Int]
    private let fuses: Bool
    /// The values of the nodes that do not depend on the images.
    var constants: [Int: ReferenceEngine.Values] = [:]
    /// The nodes that stay as they are.
    private let kept: Set<Int>
    var program: Program

    /// Lowers `graph`.
    ///
    /// - Parameter fuses: Whether batch norms, sums and activations join the convolutions before them. Tests compare.
    /// - Throws: ``EngineError``: `missingParameter` or `mismatchedParameter`.
    static func lower(
        _ graph: Graph, parameters: [String: Tensor], fuses: Bool = true
    ) throws(EngineError) -> Program {
        var lowering = Lowering(try withoutDropout(graph), parameters, fuses)
        return try lowering.lowerAll()
    }

    /// Lowers `graph` for training: `kept` nodes stay what they are, with their parameters where training has them; all
    /// others are folded and fused as for inference.
    ///
    /// - Throws: As the other.
    static func lower(
        _ graph: Graph, parameters: [String: Tensor], keeping kept: Set<Int>
    ) throws(EngineError) -> Program {
        var lowering = Lowering(graph, parameters, true, kept)
        return try lowering.lowerAll()
    }

    /// What inference computes: fusing need not look across nodes that do nothing.
    static func withoutDropout(_ graph: Graph) throws(EngineError) -> Graph {
        do { return try graph.withoutDropout() } catch {
            throw EngineError(.wrongInput, place: "", error.description)
        }
    }

    private init(_ graph: Graph, _ parameters: [String: Tensor], _ fuses: Bool, _ kept: Set<Int> = []) {
        self.parameters = ParameterReader(network: graph.name, parameters: parameters)
        self.fuses = fuses
        self.kept = kept
        var useCounts = graph.nodes.map { _ in 0 }
        var lastUses = Array(graph.nodes.indices)
        useCounts[graph.output] += 1
        lastUses[graph.output] = .max
        for (index, node) in graph.nodes.enumerated().reversed() {
            for input in node.inputs {
                useCounts[input] += 1
                // What a kept node reads it reads again when gradients are computed.
                let last = node.operation.isView ? lastUses[index] : kept.contains(index) ? .max : index
                lastUses[input] = max(lastUses[input], last)
            }
        }
        self.useCounts = useCounts
        self.lastUses = lastUses
        program = Program(name: graph.name, graph: graph)
    }

    private mutating func lowerAll() throws(EngineError) -> Program {
        for index in program.graph.nodes.indices { try lower(node: index) }
        return program
    }

    private mutating func lower(node index: Int) throws(EngineError) {
        let node = program.graph.nodes[index]
        if kept.contains(index) { return keep(node) }
        if try lowerConstant(node, index) { return }
        switch node.operation {
        case .input: emit(.input, for: node)
        case .convolution(let layer):
            let weight = try parameters.values(node.name, "weight", layer.weightShape)
            let bias = layer.hasBias ? try parameters.values(node.name, "bias", [layer.outputChannels]) : []
            emit(.convolution(layer, weight: weight, bias: bias), for: node)
        case .linear(let layer):
            let weight = try parameters.rows(node.name, "weight", [layer.outputFeatures, layer.inputFeatures])
            let bias = layer.hasBias ? try parameters.values(node.name, "bias", [layer.outputFeatures]) : []
            emit(.linear(layer, weight: weight, bias: bias), for: node)
        case .batchNorm(let layer): try lower(layer, for: node)
        case .activation(let function): lower(function, for: node)
        case .add: lowerAdd(node, index)
        case .maxPool(let layer): emit(.maxPool(layer), for: node)
        case .averagePool(let layer): emit(.averagePool(layer), for: node)
        case .globalAveragePool: emit(.globalAveragePool, for: node)
        case .adaptiveAveragePool(let layer): emit(.adaptiveAveragePool(layer), for: node)
        case .flatten, .auxiliary, .dropout: program.values.append(program.values[node.inputs[0]])
        case .concat: emit(.concat, for: node)
        case .channelShuffle(let operation): emit(.channelShuffle(operation), for: node)
        case .channelNorm(let layer):
            let weight = try parameters.values(node.name, "weight", [layer.channels])
            let bias = try parameters.values(node.name, "bias", [layer.channels])
            emit(.channelNorm(layer, weight: weight, bias: bias), for: node)
        case .pixelLinear(let layer):
            let (weight, bias) = try parameters.values(of: layer, node.name)
            emit(.convolution(layer.convolution, weight: weight, bias: bias), for: node)
        case .multiply: lowerMultiply(node)
        case .channelAffine(let operation):
            apply(BatchNormFold(scale: operation.scale, shift: operation.shift), to: node.inputs[0], for: node)
        case .paddedShortcut(let operation): lower(operation, for: node)
        case .channelSlice(let operation): emit(.channelSlice(operation), for: node)
        // Of a second input only the size matters.
        case .rearrangement(let operation):
            emit(.rearrangement(operation), for: node, inputs: [node.inputs[0]])
        case .tokenSequence, .attention, .headNorm: try lowerAttention(node)
        // Without the images there is nothing that these depend on.
        case .channelFactors, .learntMap, .relativePositions: break
        }
    }

    mutating func emit(_ kernel: Program.Kernel, for node: Graph.Node, inputs: [Int]? = nil) {
        let output = program.steps.count
        program.steps.append(
            Program.Step(
                name: node.name, node: program.values.count, kernel: kernel,
                inputs: (inputs ?? node.inputs).map { program.values[$0] }, output: output))
        program.values.append(output)
    }

    /// The step that made the result of `node`, if something may still be fused into it: nothing else reads the result,
    /// and no activation was applied.
    private func openStep(of node: Int) -> Int? {
        guard fuses, useCounts[node] == 1, !kept.contains(node) else { return nil }
        if program.graph.nodes[node].operation.isView { return nil }
        let step = program.values[node]
        return program.steps[step].activation == nil ? step : nil
    }

    /// A kept node stays a step of its own; only an activation may join the kept step before it.
    private mutating func keep(_ node: Graph.Node) {
        switch node.operation {
        case .flatten, .auxiliary: program.values.append(program.values[node.inputs[0]])
        case .channelFactors: program.values.append(Program.noValue)
        case .activation(let function):
            let (input, step) = (node.inputs[0], program.values[node.inputs[0]])
            if kept.contains(input), useCounts[input] == 1, program.steps[step].node == input,
                program.steps[step].activation == nil, program.steps[step].kernel.fuses(function)
            {
                program.steps[step].activation = function
                program.values.append(step)
            } else {
                emit(.trained(node.operation), for: node)
            }
        default:
            materialiseConstants(for: node)
            emit(.trained(node.operation), for: node)
        }
    }

    private mutating func lower(_ layer: BatchNorm, for node: Graph.Node) throws(EngineError) {
        apply(try BatchNormFold(layer, named: node.name, parameters), to: node.inputs[0], for: node)
    }

    /// Multiplies by factors that the network computed, or by learnt ones, as a batch norm does.
    private mutating func lowerMultiply(_ node: Graph.Node) {
        guard let scale = constants[node.inputs[1]] else { return emit(.multiply, for: node) }
        let zeros = scale.elements.map { _ in 0.0 }
        apply(BatchNormFold(scale: scale.elements, shift: zeros), to: node.inputs[0], for: node)
    }

    private mutating func apply(_ fold: BatchNormFold, to input: Int, for node: Graph.Node) {
        if let step = openStep(of: input), program.steps[step].addend == nil,
            let kernel = fold.folded(into: program.steps[step].kernel)
        {
            program.steps[step].kernel = kernel
            program.values.append(step)
        } else {
            let kernel = Program.Kernel.normalisation(
                scale: fold.scale.map { Float($0) }, shift: fold.shift.map { Float($0) })
            emit(kernel, for: node, inputs: [input])
        }
    }

    private mutating func lower(_ function: Activation, for node: Graph.Node) {
        if let step = openStep(of: node.inputs[0]), program.steps[step].kernel.fuses(function) {
            program.steps[step].activation = function
            program.values.append(step)
        } else {
            emit(.activation(function), for: node)
        }
    }

    /// Adds one operand while the convolution that makes the other writes its result, where nothing reads the first
    /// operand afterwards, because the result takes over its memory.
    private mutating func lowerAdd(_ node: Graph.Node, _ index: Int) {
        let later = program.values[node.inputs[0]] > program.values[node.inputs[1]] ? 0 : 1
        let (result, addend) = (node.inputs[later], node.inputs[1 - later])
        if let step = openStep(of: result), program.steps[step].addend == nil, program.steps[step].kernel.fusesSums,
            mayOverwrite(addend, from: step, at: index)
        {
            program.steps[step].addend = program.values[addend]
            program.values.append(step)
        } else {
            emit(.add, for: node)
        }
    }

    /// Whether the memory of `node` may be changed by `step` for the sum at `sum`: it exists before, is not the caller's,
    /// and neither the step itself nor anything after it reads it.
    private func mayOverwrite(_ node: Int, from step: Int, at sum: Int) -> Bool {
        let value = program.values[node]
        if program.graph.nodes[node].operation.isView { return false }
        return value > 0 && value < step && lastUses[node] <= sum
            && !program.steps[step...].contains { $0.inputs.contains(value) || $0.addend == value }
    }

    /// The shortcut as a 1×1 convolution whose weights are zeros and ones, so that the sum and the activation that
    /// follow are fused into it.
    private mutating func lower(_ operation: PaddedShortcut, for node: Graph.Node) {
        let kernel = Program.Kernel.convolution(
            operation.convolution, weight: operation.convolutionWeights, bias: [])
        emit(kernel, for: node)
    }
}
