import COneDNN
import ZooGraph
import ZooTensor

// Transformers: what oneDNN does not compute by itself works on float32, in bfloat16 networks too.
extension TrainingCompiler {
    /// Numbers of the checkpoint, which are trained, as an image.
    mutating func learntMap(_ step: Program.Step, _ operation: LearntMap) throws(EngineError) -> Tensor {
        let target = plan.newTensor(try .channelsLast(plan.shapes[step.output]))
        let values = try weights(step.name, operation.parameter, operation.shape)
        plan.call(
            step.name, FloatCopy(count: operation.shape.elementCount),
            [
                (DNNL_ARG_SRC, try place(values, operation.shape, as: .plain(operation.shape))),
                (DNNL_ARG_DST, plan.place(target)),
            ])
        return target
    }

    mutating func learntMapGradient(
        _ step: Program.Step, _ operation: LearntMap, _ gradient: Tensor
    ) throws(EngineError) {
        let slope = try plan.reordered(gradient, as: .channelsLast(plan.shapes[step.output]))
        let values = try weights(step.name, operation.parameter, operation.shape)
        try callForGradients(
            step.name, FloatCopy(count: operation.shape.elementCount), [(DNNL_ARG_SRC, plan.place(slope))],
            results: [(DNNL_ARG_DST, values, .plain(operation.shape))])
    }

    // MARK: Pixels

    /// The gradients of the pixels that were moved; those that went nowhere have none.
    mutating func rearrangementGradient(
        _ step: Program.Step, _ operation: Rearrangement, _ gradient: Tensor
    ) throws(EngineError) {
        let (input, output) = (plan.shapes[step.inputs[0]], plan.shapes[step.output])
        let sources = operation.sources(input: input, output: output)
        var places = [Int](repeating: -1, count: input[2] * input[3])
        for (place, source) in sources.enumerated() where source >= 0 { places[source] = place }
        try move(step, gradient, places, from: [output[0], input[1], 1, sources.count])
    }

    mutating func sequence(_ step: Program.Step) throws(EngineError) -> Tensor {
        var parts: [Place] = []
        for input in step.inputs[1...] {
            parts.append(plan.place(try plan.tensor(input, as: .channelsLast(plan.shapes[input]))))
        }
        return try plan.sequence(step, token: parts[0], positions: parts[1])
    }

    /// The images' part of a sequence's gradient, and the sum over the images for token and positions.
    mutating func sequenceGradients(
        _ step: Program.Step, _ operation: TokenSequence, _ gradient: Tensor
    ) throws(EngineError) {
        let shape = plan.shapes[step.output]
        if hasGradient(step.inputs[0]) { try move(step, gradient, Array(1..<operation.length), from: shape) }
        guard hasGradient(step.inputs[1]) || hasGradient(step.inputs[2]) else { return }
        let slope = try plan.reordered(gradient, as: .channelsLast(shape))
        let sum = plan.newTensor(try .channelsLast(plan.shapes[step.inputs[2]]))
        plan.call(
            step.name, BatchSum(imageCount: shape[0], elementCount: shape[1] * shape[3]),
            [(DNNL_ARG_SRC, plan.place(slope)), (DNNL_ARG_DST, plan.place(sum))])
        try add(sum, to: step.inputs[2])
        guard hasGradient(step.inputs[1]) else { return }
        let token = plan.newTensor(try .channelsLast(plan.shapes[step.inputs[1]]))
        plan.call(
            step.name, FloatCopy(count: shape[1]),
            [(DNNL_ARG_SRC, plan.place(sum)), (DNNL_ARG_DST, plan.place(token))])
        try add(token, to: step.inputs[1])
    }

    /// Adds pixels of `gradient`, seen as images of `shape`, to the gradient of the first input: for each of its pixels
    /// where it is found, or −1.
    private mutating func move(
        _ step: Program.Step, _ gradient: Tensor, _ places: [Int], from shape: Shape
    ) throws(EngineError) {
        let input = plan.shapes[step.inputs[0]]
        let slope = try plan.reordered(gradient, as: .channelsLast(plan.shapes[step.output], plan.element))
        let target = plan.newTensor(try .channelsLast(input, plan.element))
        plan.call(
            step.name, PixelCopy(places, input: shape, output: input, plan.element, addsToDestination: false),
            [(DNNL_ARG_SRC, plan.place(slope)), (DNNL_ARG_DST, plan.place(target))])
        try add(target, to: step.inputs[0])
    }

    // MARK: Attention

    mutating func attentionGradients(
        _ step: Program.Step, _ layer: Attention, _ gradient: Tensor
    ) throws(EngineError) {
        let shape = plan.shapes[step.output]
        let inputLayout = try Layout.channelsLast(plan.shapes[step.inputs[0]])
        let source = try plan.tensor(step.inputs[0], as: inputLayout)
        let slope = try plan.reordered(gradient, as: .channelsLast(shape))
        let target = plan.newTensor(inputLayout)
        var arguments = [
            (DNNL_ARG_SRC, plan.place(source)), (DNNL_ARG_DIFF_DST, plan.place(slope)),
            (DNNL_ARG_DIFF_SRC, plan.place(target)),
        ]
        var sum: Tensor?
        if let positions = try positions(step, layer) {
            arguments.append((DNNL_ARG_SRC_1, positions))
            if hasGradient(step.inputs[1]) {
                let tensor = plan.newTensor(try .plain(plan.shapes[step.inputs[1]]))
                arguments.append((DNNL_ARG_DIFF_SRC_1, plan.place(tensor)))
                sum = tensor
            }
        }
        let rows = AttentionRows(layer, shape: shape, scoreCopies: 2)
        let loop = try AttentionGradient(
            rows, positions: plan.positionTable(step, layer), sumsPositions: sum != nil, plan.kernels)
        guard let loop else { throw plan.missing(step) }
        if loop.isReference { plan.noteSlow(step.name) }
        plan.call(step.name, loop, arguments)
        try add(target, to: step.inputs[0])
        if let sum { try add(sum, to: step.inputs[1]) }
    }

    /// Where the positions are that attention adds, if it adds any.
    mutating func positions(_ step: Program.Step, _ layer: Attention) throws(EngineError) -> Place? {
        guard layer.hasPositions else { return nil }
        return plan.place(try plan.tensor(step.inputs[1], as: .plain(plan.shapes[step.inputs[1]])))
    }

    mutating func relativePositions(
        _ step: Program.Step, _ operation: RelativePositions
    ) throws(EngineError) -> Tensor {
        try parameters.frozen.check(step.name, operation)
        let shape = plan.shapes[step.inputs[0]]
        let source = try plan.tensor(step.inputs[0], as: .channelsLast(shape))
        let target = plan.newTensor(try .plain(plan.shapes[step.output]))
        plan.call(
            step.name, PositionGather(operation, heads: shape[1]),
            [(DNNL_ARG_SRC, plan.place(source)), (DNNL_ARG_DST, plan.place(target))])
        return target
    }

    mutating func relativePositionsGradient(
        _ step: Program.Step, _ operation: RelativePositions, _ gradient: Tensor
    ) throws(EngineError) {
        let shape = plan.shapes[step.inputs[0]]
        let slope = try plan.reordered(gradient, as: .plain(plan.shapes[step.output]))
        let target = plan.newTensor(try .channelsLast(shape))
        plan.call(
            step.name, PositionScatter(operation, heads: shape[1]),
            [(DNNL_ARG_DIFF_DST, plan.place(slope)), (DNNL_ARG_DIFF_SRC, plan.place(target))])
        try add(target, to: step.inputs[0])
    }

    // MARK: Queries and keys of length one

    mutating func headNorm(_ step: Program.Step, _ operation: HeadNorm) throws(EngineError) -> Tensor {
        let (factors, shape) = try headFactors(step)
        return try plan.headNorm(step, operation, place(factors, shape, as: .plain(shape)))
    }

    mutating func headNormGradients(
        _ step: Program.Step, _ operation: HeadNorm, _ gradient: Tensor
    ) throws(EngineError) {
        let shape = plan.shapes[step.inputs[0]]
        let source = try plan.tensor(step.inputs[0], as: .channelsLast(shape))
        let slope = try plan.reordered(gradient, as: source.layout)
        let target = plan.newTensor(source.layout)
        let (factors, size) = try headFactors(step)
        try callForGradients(
            step.name, HeadScalingGradient(heads: operation.heads, shape),
            [
                (DNNL_ARG_SRC, plan.place(source)), (DNNL_ARG_WEIGHTS, place(factors, size, as: .plain(size))),
                (DNNL_ARG_DIFF_DST, plan.place(slope)), (DNNL_ARG_DIFF_SRC, plan.place(target)),
            ],
            results: [(DNNL_ARG_DIFF_WEIGHTS, factors, .plain(size))])
        try add(target, to: step.inputs[0])
    }

    /// The parameter that the second input is.
    private func headFactors(_ step: Program.Step) throws(EngineError) -> (Weights, Shape) {
        let graph = plan.program.graph
        let node = graph.nodes[graph.nodes[step.node].inputs[1]]
        guard case .channelFactors(let operation) = node.operation else { throw plan.missing(step) }
        let shape: Shape = [operation.channels, 1, 1]
        return (try weights(node.name, operation.parameter, shape), shape)
    }
}
