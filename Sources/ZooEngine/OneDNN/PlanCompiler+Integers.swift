import COneDNN
import ZooGraph
import ZooTensor

// Layers that compute with 8-bit integers; see docs/decisions/0022.
extension PlanCompiler {
    /// Compiles a step with integers where the calibration says so and oneDNN has a kernel; otherwise as float32.
    mutating func compileMixed(
        _ step: Program.Step, _ quantised: QuantisedProgram
    ) throws(EngineError) -> Tensor {
        let result: Tensor? =
            switch step.kernel {
            case .convolution(let layer, let weight, let bias):
                try integerConvolution(step, layer, weight, bias, quantised)
            case .linear(let layer, let weight, let bias): try integerLinear(step, layer, weight, bias, quantised)
            case .maxPool(let layer):
                try integerPooling(
                    step, Pool(layer, input: shapes[step.inputs[0]], output: shapes[step.output]), quantised)
            case .concat: try integerConcat(step, quantised)
            default: nil
            }
        if let result { return result }
        for value in step.inputs + (step.addend.map { [$0] } ?? []) { try makeFloat(value, quantised) }
        return try compile(step)
    }

    /// Makes sure that the first place of a value is one where it is float32.
    mutating func makeFloat(_ value: Int, _ quantised: QuantisedProgram) throws(EngineError) {
        guard let first = tensors[value].first, first.layout.element.isInteger, let form = quantised.forms[value] else {
            return
        }
        if let index = tensors[value].firstIndex(where: { !$0.layout.element.isInteger }) {
            return tensors[value].swapAt(0, index)
        }
        let shape = shapes[value]
        let layout = shape.rank == 4 ? try imageLayout(shape) : try Layout.plain(shape)
        let target = try reordered(first, as: layout, Attributes(scale: form.scale))
        tensors[value].insert(target, at: 0)
    }

    // MARK: Layers

    private mutating func integerConvolution(
        _ step: Program.Step, _ layer: Convolution, _ weight: [Float], _ bias: [Float], _ quantised: QuantisedProgram
    ) throws(EngineError) -> Tensor? {
        guard quantised.steps.contains(step.output), let source = quantised.forms[step.inputs[0]] else { return nil }
        let work = try IntegerLayer(
            step, source, quantised, weight: weight.span, outputs: layer.outputChannels,
            addend: addendForm(step, quantised))
        let weightShape = layer.weightShape.splitting(groups: layer.groups)
        let layouts = try (
            Layout.channelsLast(shapes[step.inputs[0]], source.element),
            Layout.channelsLast(shapes[step.output], work.resultElement)
        )
        let description = try kernels.convolution(
            layer, weight: weightShape, .int8, hasBias: !bias.isEmpty, from: layouts.0, to: layouts.1, winograd: false,
            work.attributes(axis: 1))
        guard let description, !description.isReference else { return nil }
        let input = try integers(step.inputs[0], as: description.source(), quantised)
        let target = try integerResult(step, description.destination(), quantised)
        // With groups, output channels are two axes of the weights.
        let mask: Int32 = layer.groups == 1 ? 1 : 3
        let plain = try Memory.holding(weight, shape: weightShape, as: nil, library)
        try call(
            step, description, work, from: input, to: target, weights: plain, mask: mask, bias)
        return target
    }

    private mutating func integerLinear(
        _ step: Program.Step, _ layer: Linear, _ weight: ZooTensor.Tensor, _ bias: [Float],
        _ quantised: QuantisedProgram
    ) throws(EngineError) -> Tensor? {
        guard quantised.steps.contains(step.output), let source = quantised.forms[step.inputs[0]] else { return nil }
        let values: [Float]
        do { values = try weight.float32Values() } catch { throw missing(step) }
        let work = try IntegerLayer(
            step, source, quantised, weight: values.span, outputs: layer.outputFeatures, addend: nil)
        let input = shapes[step.inputs[0]]
        let weightShape = Shape([layer.outputFeatures] + input.sizes.dropFirst())
        let description = try kernels.linear(
            layer, from: input, weights: .any(weightShape, .int8), source.element, to: work.resultElement,
            work.attributes(axis: 1))
        guard let description, !description.isReference else { return nil }
        let images = try integers(step.inputs[0], as: description.source(), quantised)
        let target = newTensor(try description.destination())
        let plain = try Memory.holding(values, shape: weightShape, as: nil, library)
        try call(step, description, work, from: images, to: target, weights: plain, mask: 1, bias)
        return target
    }

    private mutating func call(
        _ step: Program.Step, _ description: borrowing PrimitiveDescription, _ work: IntegerLayer, from input: Tensor,
        to target: Tensor, weights: Memory, mask: Int32, _ bias: [Float]
    ) throws(EngineError) {
        let rounding = try Attributes(scales: work.weightScales.map { 1 / $0 }, mask: mask, sum: nil, functions: [])
        var arguments = try [
            (DNNL_ARG_SRC, place(input)), (DNNL_ARG_DST, place(target)),
            (DNNL_ARG_WEIGHTS, Place.constant(weights.copy(as: description.weights(), library, rounding))),
        ]
        if !bias.isEmpty { arguments.append((DNNL_ARG_BIAS, try constant(work.summed(bias), [bias.count]))) }
        try call(step.name, description, arguments)
    }

    private mutating func integerPooling(
        _ step: Program.Step, _ pool: Pool, _ quantised: QuantisedProgram
    ) throws(EngineError) -> Tensor? {
        guard quantised.written.contains(step.output), let form = quantised.forms[step.inputs[0]] else { return nil }
        let layout = try Layout.channelsLast(shapes[step.inputs[0]], form.element)
        guard let description = try kernels.pooling(pool, from: layout, output: shapes[step.output]),
            !description.isReference
        else { return nil }
        let source = try integers(step.inputs[0], as: layout, quantised)
        let target = newTensor(try description.destination())
        try call(step.name, description, [(DNNL_ARG_SRC, place(source)), (DNNL_ARG_DST, place(target))])
        return target
    }

    private mutating func integerConcat(
        _ step: Program.Step, _ quantised: QuantisedProgram
    ) throws(EngineError) -> Tensor? {
        guard quantised.written.contains(step.output), let form = quantised.forms[step.output] else { return nil }
        var sources: [Tensor] = []
        for input in step.inputs {
            sources.append(try integers(input, as: .channelsLast(shapes[input], form.element), quantised))
        }
        return try concat(step, sources, to: .channelsLast(shapes[step.output], form.element))
    }

    // MARK: Values

    /// A value as integers in the layout that a kernel wants, rounded if it is float32 so far.
    private mutating func integers(
        _ value: Int, as layout: Layout, _ quantised: QuantisedProgram
    ) throws(EngineError) -> Tensor {
        if let existing = tensors[value].first(where: { $0.layout.matches(layout) }) { return existing }
        let target: Tensor
        if let known = tensors[value].first(where: { $0.layout.element.isInteger }) {
            target = try reordered(known, as: layout)
        } else if let form = quantised.forms[value] {
            target = try reordered(tensors[value][0], as: layout, Attributes(scale: 1 / form.scale))
        } else {
            throw EngineError(.library, place: "", "a value without a limit cannot be rounded")
        }
        tensors[value].append(target)
        return target
    }

    /// The form of what is added to the result of a step that is written as integers; `nil` if nothing is.
    private func addendForm(_ step: Program.Step, _ quantised: QuantisedProgram) -> IntegerForm? {
        quantised.written.contains(step.output) ? step.addend.flatMap { quantised.forms[$0] } : nil
    }

    /// Where a convolution's result goes: memory of its own, or over what is added to it.
    private mutating func integerResult(
        _ step: Program.Step, _ layout: Layout, _ quantised: QuantisedProgram
    ) throws(EngineError) -> Tensor {
        guard let addend = step.addend else { return newTensor(layout) }
        guard layout.element.isInteger, let form = quantised.forms[addend] else {
            try makeFloat(addend, quantised)
            return try tensor(addend, as: layout)
        }
        // The bytes are as many, of whichever sign.
        let known = try integers(addend, as: .channelsLast(shapes[addend], form.element), quantised)
        return Tensor(buffer: known.buffer, layout: layout)
    }
}

/// The scales of a layer that multiplies integers.
struct IntegerLayer {
    /// For each output channel.
    let weightScales: [Float]
    let resultElement: Element
    private let source: IntegerForm
    private let result: IntegerForm?
    private let addend: IntegerForm?
    private let addsToDestination: Bool
    private let activation: Activation?

    /// - Parameter addend: The form of what is added, where that is integers.
    init(
        _ step: Program.Step, _ source: IntegerForm, _ quantised: QuantisedProgram, weight: Span<Float>, outputs: Int,
        addend: IntegerForm?
    ) throws(EngineError) {
        weightScales = IntegerForm.scales(ofRows: weight, rowCount: outputs)
        self.source = source
        // A sum is formed in the type of the result, which the other summand must have too.
        let isWritten = quantised.written.contains(step.output) && (step.addend == nil || addend != nil)
        result = isWritten ? quantised.forms[step.output] : nil
        self.addend = addend
        addsToDestination = step.addend != nil
        activation = step.activation
        resultElement = result?.element ?? .float32
    }

    /// The bias in the units of the 32-bit sums.
    func summed(_ bias: [Float]) -> [Float] {
        zip(bias, weightScales).map { $0 / ($1 * source.scale) }
    }

    /// What happens to the sums: scaled to real numbers, the summand added, the activation applied, and scaled to the
    /// result's integers; in one go where the activation lets a factor through.
    ///
    /// - Parameter axis: The axis of the result along which the channels are.
    func attributes(axis: Int32) throws(EngineError) -> Attributes {
        let factor = 1 / (result?.scale ?? 1)
        let scaled = ScaledFunctions(activation, factor)
        let sum: (Float, Element)? =
            addsToDestination ? ((addend?.scale ?? 1) * scaled.early, addend?.element ?? .float32) : nil
        return try Attributes(
            scales: weightScales.map { $0 * source.scale * scaled.early }, mask: 1 << axis, sum: sum,
            functions: scaled.functions)
    }
}

/// The functions whose results are a factor times those of an activation.
private struct ScaledFunctions {
    /// By what the argument is to be multiplied first.
    let early: Float
    let functions: [Kernels.Function]

    init(_ activation: Activation?, _ factor: Float) {
        var functions = activation?.algorithms ?? []
        switch activation {
        // What they get may be multiplied as well as what they give.
        case nil, .relu, .leakyRelu: early = factor
        case .relu6:
            early = factor
            functions = [(dnnl_eltwise_clip, 0, 6 * factor)]
        case .hardSigmoid:
            early = 1
            functions = [(dnnl_eltwise_linear, factor / 6, factor / 2), (dnnl_eltwise_clip, 0, factor)]
        case .sigmoid, .silu, .hardSwish, .gelu, .tanh:
            early = 1
            if factor != 1 { functions.append((dnnl_eltwise_linear, factor, 0)) }
        }
        self.functions = functions
    }
}
