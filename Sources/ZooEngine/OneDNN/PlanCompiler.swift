import COneDNN
import ZooGraph
import ZooTensor

/// Makes the calls of a plan: chooses kernels, inserts reorders where layouts differ, and gives every result a buffer.
struct PlanCompiler {
    /// A kernel whose results have no memory yet.
    struct PlannedCall {
        let name: String
        let work: any Work
        let arguments: [(role: Int32, place: Place)]
    }

    /// Where an argument of a call is.
    enum Place {
        case buffer(Int, Layout)
        case constant(Memory)
    }

    /// A result that exists: its memory and how it lies there.
    struct Tensor {
        let buffer: Int
        let layout: Layout
    }

    let library: Library
    let kernels: Kernels
    let program: Program
    let shapes: [Shape]
    let options: EngineOptions
    let prefersChannelsLast: Bool
    /// What is computed with integers, if anything is.
    let quantised: QuantisedProgram?

    var calls: [PlannedCall] = []
    /// The layers for which oneDNN has only a reference kernel.
    private(set) var slowLayers: [String] = []
    private(set) var buffers: [ArenaPlanner.Buffer] = []
    /// For every value of the program where it is, first as its kernel wrote it, then in other layouts.
    var tensors: [[Tensor]] = []

    init(_ program: Program, shapes: [Shape], _ options: EngineOptions, _ library: Library) throws(EngineError) {
        self.library = library
        self.program = program
        self.shapes = shapes
        self.options = options
        kernels = Kernels(library: library)
        // The kernels for matrix tiles (AMX) and for integers know no other layout.
        quantised = options.calibration.map { QuantisedProgram(program, $0) }
        let usesTiles = options.precision == .bfloat16 && library.hasTiles
        prefersChannelsLast =
            usesTiles || quantised != nil || Self.prefersChannelsLast(program, shapes, block: library.channelBlock)
    }

    /// Compiles all steps, each by `compile`; errors say which step it was.
    mutating func compileAll(
        _ compile: (inout PlanCompiler, Program.Step) throws(EngineError) -> Tensor
    ) throws(EngineError) {
        for step in program.steps {
            do throws(EngineError) {
                let result = try compile(&self, step)
                tensors.append([result])
            } catch {
                throw error.at("\(program.name): \(step.name)")
            }
        }
    }

    /// The type of everything between the input and the result.
    var element: Element { quantised == nil ? options.precision.element : .float32 }

    /// The input, row-major.
    var input: Tensor { tensors[0][0] }

    /// The result, made row-major, and kept until the end.
    mutating func output() throws(EngineError) -> Tensor {
        if let quantised { try makeFloat(program.output, quantised) }
        let tensor = try tensor(program.output, as: .plain(shapes[program.output]))
        touch(tensor.buffer, at: calls.count)
        return tensor
    }

    // MARK: Steps

    mutating func compile(_ step: Program.Step) throws(EngineError) -> Tensor {
        switch step.kernel {
        case .input: newTensor(try .plain(shapes[0]))
        case .convolution(let layer, let weight, let bias): try convolution(step, layer, weight, bias)
        case .linear(let layer, let weight, let bias): try linear(step, layer, weight, bias)
        case .normalisation(let scale, let shift): try normalisation(step, scale, shift)
        case .maxPool(let layer):
            try pooling(step, Pool(layer, input: shapes[step.inputs[0]], output: shapes[step.output]))
        case .averagePool(let layer): try pooling(step, Pool(layer))
        case .globalAveragePool: try pooling(step, Pool(wholeOf: shapes[step.inputs[0]]))
        case .adaptiveAveragePool(let layer): try adaptivePool(step, layer)
        case .activation(let function): try activation(step, function)
        case .add: try binary(step, dnnl_binary_add, with: tensors[step.inputs[0]][0].layout)
        case .multiply: try binary(step, dnnl_binary_mul, with: imageLayout(shapes[step.inputs[1]]))
        case .concat: try concat(step)
        case .channelShuffle(let operation): try shuffle(step, operation)
        case .channelSlice(let operation): try slice(step, operation)
        case .channelNorm(let layer, let weight, let bias): try channelNorm(step, layer, weight, bias)
        case .trained: throw missing(step)
        case .rearrangement(let operation): try rearrange(step, operation)
        case .tokenSequence(_, let token, let positions):
            try sequence(step, token: constant(token, [token.count]), positions: constant(positions, [positions.count]))
        case .attention(let layer, let positions): try attention(step, layer, positions)
        case .headNorm(let operation, let factors):
            try headNorm(step, operation, constant(factors, [factors.count]))
        case .constant(let values): try constant(step, values)
        }
    }

    private mutating func convolution(
        _ step: Program.Step, _ layer: Convolution, _ weight: [Float], _ bias: [Float]
    ) throws(EngineError) -> Tensor {
        let own = try ownWinograd(step, layer, bias: bias.isEmpty ? nil : constant(bias, [bias.count])) {
            plan throws(EngineError) in try plan.winogradConstant(weight, layer)
        }
        if let own { return own }
        let weightShape = layer.weightShape.splitting(groups: layer.groups)
        let attributes = try Attributes(addsToDestination: step.addend != nil, activation: step.activation)
        let batch = shapes[step.output][0]
        let whole = try chooseConvolution(step, layer, weightShape, hasBias: !bias.isEmpty, attributes)
        let source = try tensor(step.inputs[0], as: whole.source())
        let target = try result(whole.destination(), over: step.addend)
        let size = whole.pieceSize(of: batch)
        let description =
            size == batch
            ? whole
            : try chooseConvolution(step, layer, weightShape, hasBias: !bias.isEmpty, attributes, pieceSize: size)
        var arguments = try [
            (DNNL_ARG_SRC, place(source)), (DNNL_ARG_DST, place(target)),
            (DNNL_ARG_WEIGHTS, constant(weight, weightShape, as: description.weights())),
        ]
        if !bias.isEmpty { arguments.append((DNNL_ARG_BIAS, try constant(bias, [bias.count]))) }
        try call(
            step.name, description, arguments, pieces: batch / size,
            moving: [(DNNL_ARG_SRC, description.source()), (DNNL_ARG_DST, description.destination())])
        return target
    }

    private mutating func linear(
        _ step: Program.Step, _ layer: Linear, _ weight: ZooTensor.Tensor, _ bias: [Float]
    ) throws(EngineError) -> Tensor {
        let source = shapes[step.inputs[0]]
        // Images are flattened by treating the weights as kernels as large as the image.
        let weightShape = Shape([layer.outputFeatures] + source.sizes.dropFirst())
        let attributes = try Attributes(activation: step.activation)
        // The network's result is not rounded.
        let result = step.output == program.output ? .float32 : element
        guard
            let description = try kernels.linear(
                layer, from: source, weights: linearWeights(weightShape), element, to: result, attributes)
        else { throw missing(step) }
        let input = try tensor(step.inputs[0], as: description.source())
        let target = newTensor(try description.destination())
        var arguments = try [
            (DNNL_ARG_SRC, place(input)), (DNNL_ARG_DST, place(target)),
            (
                DNNL_ARG_WEIGHTS,
                .constant(.holding(weight, shape: weightShape, as: description.weights(), library))
            ),
        ]
        if !bias.isEmpty { arguments.append((DNNL_ARG_BIAS, try constant(bias, [bias.count]))) }
        try call(step.name, description, arguments)
        return target
    }

    /// The layout of a linear layer's weights: as oneDNN likes it, but row-major where they take much memory, which can
    /// then be that of the caller, and that of forward and backward pass. Such layers wait for their weights anyway.
    func linearWeights(_ shape: Shape, _ element: Element? = nil) throws(EngineError) -> Layout {
        let element = element ?? self.element
        let isLarge = shape.elementCount >= 1 << 22
        return isLarge && self.element == .float32 ? try .plain(shape, element) : try .any(shape, element)
    }

    private mutating func normalisation(
        _ step: Program.Step, _ scale: [Float], _ shift: [Float]
    ) throws(EngineError) -> Tensor {
        try normalised(step, tensors[step.inputs[0]][0], scale, shift, appliesReLU: step.activation != nil)
    }

    /// `source` times a factor and plus a summand for each channel.
    mutating func normalised(
        _ step: Program.Step, _ source: Tensor, _ scale: [Float], _ shift: [Float], appliesReLU: Bool = false
    ) throws(EngineError) -> Tensor {
        guard let description = try kernels.normalisation(on: source.layout, appliesReLU: appliesReLU) else {
            throw missing(step)
        }
        let target = newTensor(source.layout)
        let zeros = scale.map { _ in Float(0) }
        try call(
            step.name, description,
            [
                (DNNL_ARG_SRC, place(source)), (DNNL_ARG_DST, place(target)),
                (DNNL_ARG_MEAN, constant(zeros, [zeros.count])), (DNNL_ARG_VARIANCE, constant(zeros, [zeros.count])),
                (DNNL_ARG_SCALE, constant(scale, [scale.count])), (DNNL_ARG_SHIFT, constant(shift, [shift.count])),
            ])
        return target
    }

    mutating func pooling(_ step: Program.Step, _ pool: Pool) throws(EngineError) -> Tensor {
        let source = try poolingSource(step, pool)
        guard let description = try kernels.pooling(pool, from: source.layout, output: shapes[step.output]) else {
            throw missing(step)
        }
        let target = newTensor(try description.destination())
        try call(step.name, description, [(DNNL_ARG_SRC, place(source)), (DNNL_ARG_DST, place(target))])
        return target
    }

    /// The image as it lies, or in the usual layout if only that has a fast kernel.
    mutating func poolingSource(_ step: Program.Step, _ pool: Pool) throws(EngineError) -> Tensor {
        let source = tensors[step.inputs[0]][0]
        let description = try kernels.pooling(pool, from: source.layout, output: shapes[step.output])
        if let description, !description.isReference { return source }
        return try tensor(step.inputs[0], as: imageLayout(shapes[step.inputs[0]]))
    }

    private mutating func activation(_ step: Program.Step, _ function: Activation) throws(EngineError) -> Tensor {
        var result = tensors[step.inputs[0]][0]
        for algorithm in function.algorithms {
            guard let description = try kernels.activation(algorithm, on: result.layout) else { throw missing(step) }
            let target = newTensor(result.layout)
            try call(step.name, description, [(DNNL_ARG_SRC, place(result)), (DNNL_ARG_DST, place(target))])
            result = target
        }
        return result
    }

    /// A sum or product; the second operand is brought to `layout`, unless it has one element for each channel.
    mutating func binary(
        _ step: Program.Step, _ algorithm: dnnl_alg_kind_t, with layout: Layout
    ) throws(EngineError) -> Tensor {
        var left = tensors[step.inputs[0]][0]
        if algorithm == dnnl_binary_mul { left = try tensor(step.inputs[0], as: imageLayout(shapes[step.inputs[0]])) }
        let right = try tensor(step.inputs[1], as: layout)
        let attributes = try Attributes(activation: step.activation)
        guard let description = try kernels.binary(algorithm, left.layout, right.layout, attributes) else {
            throw missing(step)
        }
        let target = newTensor(left.layout)
        try call(
            step.name, description,
            [(DNNL_ARG_SRC_0, place(left)), (DNNL_ARG_SRC_1, place(right)), (DNNL_ARG_DST, place(target))])
        return target
    }

    /// All layers work in the same blocked layout, so that nothing is reordered between them; where that has no fast
    /// kernel, as oneDNN likes it.
    func chooseConvolution(
        _ step: Program.Step, _ layer: Convolution, _ weight: Shape, hasBias: Bool, _ attributes: Attributes,
        _ purpose: dnnl_prop_kind_t = dnnl_forward_inference, pieceSize: Int? = nil
    ) throws(EngineError) -> PrimitiveDescription {
        let (input, output) = (
            shapes[step.inputs[0]].withBatch(of: pieceSize), shapes[step.output].withBatch(of: pieceSize)
        )
        let blocked = try (imageLayout(input), imageLayout(output))
        for winograd in prefersWinograd(layer) ? [true, false] : [false] {
            let description = try kernels.convolution(
                layer, weight: weight, hasBias: hasBias, from: blocked.0, to: blocked.1, winograd: winograd, attributes,
                purpose)
            if let description, !description.isReference { return description }
        }
        let description = try kernels.convolution(
            layer, weight: weight, hasBias: hasBias, from: .any(input, element), to: .any(output, element),
            winograd: false,
            attributes, purpose)
        guard let description else { throw missing(step) }
        return description
    }

    /// Whether oneDNN's convolution by Winograd's algorithm may be used. It costs one multiplication where the direct one
    /// costs four (tiles of 4×4) and was faster on all layers of the ResNets. It gives NaN where it pads channels to full
    /// blocks.
    func prefersWinograd(_ layer: Convolution) -> Bool {
        !options.exact && element == .float32 && layer.allowsWinograd
            && layer.inputChannels % library.channelBlock == 0 && layer.outputChannels % library.channelBlock == 0
    }

    // MARK: Parts

    /// How images lie between layers: in blocks, or channels last if the network has an operation that wants that.
    func imageLayout(_ shape: Shape) throws(EngineError) -> Layout {
        guard prefersChannelsLast, shape[1] > 4 else {
            return try .blocked(shape, by: library.channelBlock, element)
        }
        return try .channelsLast(shape, element)
    }

    /// Layer norm works on pixels; so do shuffled and joined channels that do not fill whole blocks.
    private static func prefersChannelsLast(_ program: Program, _ shapes: [Shape], block: Int) -> Bool {
        program.steps.contains { step in
            switch step.kernel {
            case .channelNorm, .channelShuffle, .channelSlice, .rearrangement, .tokenSequence, .attention, .headNorm:
                true
            case .trained(.channelNorm), .trained(.channelShuffle), .trained(.channelSlice), .trained(.rearrangement),
                .trained(.tokenSequence), .trained(.attention), .trained(.headNorm):
                true
            case .concat, .trained(.concat): step.inputs.contains { shapes[$0][1] % block != 0 }
            default: false
            }
        }
    }

    /// Where a result goes: memory of its own, or over the addend once that lies as the kernel needs it.
    mutating func result(_ layout: Layout, over addend: Int?) throws(EngineError) -> Tensor {
        guard let addend else { return newTensor(layout) }
        return try tensor(addend, as: layout)
    }

    /// A value in the layout that a kernel wants, reordered if it does not lie like that anywhere yet.
    mutating func tensor(_ value: Int, as layout: Layout) throws(EngineError) -> Tensor {
        if let existing = tensors[value].first(where: { $0.layout.matches(layout) }) { return existing }
        let target = try reordered(tensors[value][0], as: layout)
        tensors[value].append(target)
        return target
    }

    /// A copy in another layout, of other numbers where the attributes say so; the tensor itself if it lies like that.
    mutating func reordered(
        _ source: Tensor, as layout: Layout, _ attributes: Attributes? = nil
    ) throws(EngineError) -> Tensor {
        if source.layout.matches(layout) { return source }
        let target = newTensor(layout)
        let reorder = try PrimitiveDescription.reorder(from: source.layout, to: layout, library, attributes)
        try call("reorder", reorder, [(DNNL_ARG_FROM, place(source)), (DNNL_ARG_TO, place(target))])
        return target
    }

    mutating func newTensor(_ layout: Layout) -> Tensor {
        buffers.append(ArenaPlanner.Buffer(byteCount: layout.byteCount, lifetime: calls.count...calls.count))
        return Tensor(buffer: buffers.count - 1, layout: layout)
    }

    private mutating func touch(_ buffer: Int, at call: Int) {
        buffers[buffer].lifetime = buffers[buffer].lifetime.lowerBound...call
    }

    func place(_ tensor: Tensor) -> Place { .buffer(tensor.buffer, tensor.layout) }

    func constant(_ values: [Float], _ shape: Shape, as layout: Layout? = nil) throws(EngineError) -> Place {
        .constant(try Memory.holding(values, shape: shape, as: layout, library))
    }

    mutating func call(
        _ name: String, _ description: borrowing PrimitiveDescription, _ arguments: [(Int32, Place)],
        onlyCopies: Bool = false
    ) throws(EngineError) {
        if description.isReference && !onlyCopies { slowLayers.append(name) }
        call(name, try Primitive(description, name), arguments)
    }

    mutating func call(_ name: String, _ work: any Work, _ arguments: [(Int32, Place)]) {
        for case (_, .buffer(let buffer, _)) in arguments { touch(buffer, at: calls.count) }
        calls.append(PlannedCall(name: name, work: work, arguments: arguments))
    }

    /// Records a layer whose kernel is a plain loop of oneDNN's.
    mutating func noteSlow(_ name: String) { slowLayers.append(name) }

    func missing(_ step: Program.Step) -> EngineError {
        let inputs = step.inputs.map { "\(shapes[$0])" }.joined(separator: ", ")
        return EngineError(
            .unsupportedOperation, place: "",
            "oneDNN has no kernel for this layer (\(step.kernel.name), input \(inputs))")
    }
}

extension Shape {
    /// The same for another number of images, if one is given.
    func withBatch(of count: Int?) -> Shape { count.map { Shape([$0] + sizes.dropFirst()) } ?? self }

    /// The shape of grouped weights as oneDNN wants it: `G×O/G×I×Kh×Kw`.
    func splitting(groups: Int) -> Shape {
        groups == 1 ? self : Shape([groups, self[0] / groups] + sizes.dropFirst())
    }
}
