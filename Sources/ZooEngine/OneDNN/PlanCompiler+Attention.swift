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
        _ step: Program.Step, _ operation: TokenSequence, _ first: [Float]
    ) throws(EngineError) -> Tensor {
        let source = try tensor(step.inputs[0], as: .channelsLast(shapes[step.inputs[0]]))
        let target = newTensor(try .channelsLast(shapes[step.output]))
        call(
            step.name, TokenSum(first, output: shapes[step.output]),
            [(DNNL_ARG_SRC, place(source)), (DNNL_ARG_DST, place(target))])
        return target
    }

    mutating func attention(
        _ step: Program.Step, _ layer: Attention, _ positions: [Float]
    ) throws(EngineError) -> Tensor {
        let shape = shapes[step.output]
        let source = try tensor(step.inputs[0], as: .channelsLast(shapes[step.inputs[0]]))
        let parts = layer.parts(image: step.inputs.last.map { shapes[$0] })
        let table =
            positions.isEmpty && parts.isEmpty
            ? nil : PositionTable(positions, parts: parts, heads: layer.heads, length: shape[3])
        guard let loop = try AttentionLoop(layer, shape: shape, positions: table, kernels) else { throw missing(step) }
        let target = newTensor(try .channelsLast(shape))
        if loop.isReference { noteSlow(step.name) }
        call(step.name, loop, [(DNNL_ARG_SRC, place(source)), (DNNL_ARG_DST, place(target))])
        return target
    }

    /// In place where nothing else reads the input.
    mutating func headNorm(
        _ step: Program.Step, _ operation: HeadNorm, _ factors: [Float]
    ) throws(EngineError) -> Tensor {
        let (value, shape) = (step.inputs[0], shapes[step.output])
        let layout = try Layout.channelsLast(shape)
        var target = try tensor(value, as: layout)
        let isShared = program.steps.count { $0.inputs.contains(value) || $0.addend == value } > 1
        if isShared || value == 0 || value == program.output {
            let source = target
            target = newTensor(layout)
            let copy = PixelCopy(
                Array(0..<shape[2] * shape[3]), input: shape, output: shape, .float32, addsToDestination: false)
            call(step.name, copy, [(DNNL_ARG_SRC, place(source)), (DNNL_ARG_DST, place(target))])
        }
        call(step.name, HeadScaling(factors: factors, shape), [(DNNL_ARG_DST, place(target))])
        return target
    }
}
