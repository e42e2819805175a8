import COneDNN
import ZooGraph
import ZooTensor

// Transformers: tokens are the pixels of images that lie channels last. What oneDNN does not compute by itself works on
// float32; in a bfloat16 network the numbers are widened before and rounded afterwards.
extension PlanCompiler {
    mutating func rearrange(_ step: Program.Step, _ operation: Rearrangement) throws(EngineError) -> Tensor {
        let (input, output) = (shapes[step.inputs[0]], shapes[step.output])
        // Sums are those of float32.
        let element = step.addend == nil ? element : .float32
        let source = try tensor(step.inputs[0], as: .channelsLast(input, element))
        let copy = PixelCopy(
            operation.sources(input: input, output: output), input: input, output: output, element,
            addsToDestination: step.addend != nil)
        let target = try result(.channelsLast(output, element), over: step.addend)
        call(step.name, copy, [(DNNL_ARG_SRC, place(source)), (DNNL_ARG_DST, place(target))])
        return target
    }

    mutating func sequence(
        _ step: Program.Step, token: Place, positions: Place
    ) throws(EngineError) -> Tensor {
        let source = try tensor(step.inputs[0], as: .channelsLast(shapes[step.inputs[0]]))
        let target = newTensor(try .channelsLast(shapes[step.output]))
        call(
            step.name, TokenSum(output: shapes[step.output]),
            [
                (DNNL_ARG_SRC_0, place(source)), (DNNL_ARG_SRC_1, token), (DNNL_ARG_SRC_2, positions),
                (DNNL_ARG_DST, place(target)),
            ])
        return target
    }

    mutating func attention(
        _ step: Program.Step, _ layer: Attention, _ positions: [Float]
    ) throws(EngineError) -> Tensor {
        try attention(step, layer, layer.hasPositions ? constant(positions, [positions.count]) : nil)
    }

    /// - Parameter positions: `heads×T×T`, where there are any.
    mutating func attention(
        _ step: Program.Step, _ layer: Attention, _ positions: Place?
    ) throws(EngineError) -> Tensor {
        let shape = shapes[step.output]
        let source = try tensor(step.inputs[0], as: .channelsLast(shapes[step.inputs[0]]))
        let rows = AttentionRows(layer, shape: shape, scoreCopies: 1)
        guard let loop = try AttentionLoop(rows, positions: positionTable(step, layer), kernels) else {
            throw missing(step)
        }
        let target = newTensor(try .channelsLast(shape))
        if loop.isReference { noteSlow(step.name) }
        let arguments = positions.map { [(DNNL_ARG_SRC_1, $0)] } ?? []
        call(step.name, loop, arguments + [(DNNL_ARG_SRC, place(source)), (DNNL_ARG_DST, place(target))])
        return target
    }

    /// What is added to the products of queries and keys, if anything.
    func positionTable(_ step: Program.Step, _ layer: Attention) -> PositionTable? {
        let parts = layer.parts(image: step.inputs.last.map { shapes[$0] })
        guard layer.hasPositions || !parts.isEmpty else { return nil }
        return PositionTable(layer, parts: parts, length: shapes[step.output][3])
    }

    /// In place where nothing else reads the input.
    mutating func headNorm(
        _ step: Program.Step, _ operation: HeadNorm, _ factors: Place
    ) throws(EngineError) -> Tensor {
        let (value, shape) = (step.inputs[0], shapes[step.output])
        let layout = try Layout.channelsLast(shape)
        let source = try tensor(value, as: layout)
        let isShared = program.steps.count { $0.inputs.contains(value) || $0.addend == value } > 1
        let isInPlace = !isShared && value != 0 && value != program.output && !step.isTrained
        let target = isInPlace ? source : newTensor(layout)
        call(
            step.name, HeadScaling(heads: operation.heads, shape),
            [(DNNL_ARG_SRC, place(source)), (DNNL_ARG_WEIGHTS, factors), (DNNL_ARG_DST, place(target))])
        return target
    }

    /// Numbers that are there before every run.
    mutating func constant(_ step: Program.Step, _ values: [Float]) throws(EngineError) -> Tensor {
        let target = newTensor(try .plain(shapes[step.output]))
        call(
            step.name, FloatCopy(count: values.count),
            [(DNNL_ARG_SRC, try constant(values, [values.count])), (DNNL_ARG_DST, place(target))])
        return target
    }
}
