import COneDNN
import ZooGraph
import ZooTensor

// Element-wise functions, products and pooling.
extension TrainingCompiler {
    mutating func activation(_ step: Program.Step, _ function: Activation) throws(EngineError) -> Tensor {
        var result = plan.tensors[step.inputs[0]][0]
        var sources: [Tensor] = []
        for algorithm in function.algorithms {
            guard let description = try plan.kernels.activation(algorithm, on: result.layout) else {
                throw plan.missing(step)
            }
            sources.append(result)
            let target = plan.newTensor(result.layout)
            try plan.call(
                step.name, description, [(DNNL_ARG_SRC, plan.place(result)), (DNNL_ARG_DST, plan.place(target))])
            result = target
        }
        saved[step.output] = .sources(sources)
        return result
    }

    mutating func activationGradient(
        _ step: Program.Step, _ function: Activation, _ gradient: Tensor
    ) throws(EngineError) {
        guard case .sources(let sources) = saved[step.output] else { return }
        var gradient = gradient
        for (algorithm, source) in zip(function.algorithms, sources).reversed() {
            gradient = try elementwiseGradient(step, algorithm, at: source, DNNL_ARG_SRC, gradient)
        }
        try add(gradient, to: step.inputs[0])
    }

    /// The gradient before an element-wise function, from that behind it and the function's source or result.
    mutating func elementwiseGradient(
        _ step: Program.Step, _ function: Kernels.Function, at point: Tensor, _ role: Int32, _ gradient: Tensor
    ) throws(EngineError) -> Tensor {
        let slope = try plan.reordered(gradient, as: point.layout)
        guard let description = try plan.kernels.activationGradient(function, on: point.layout) else {
            throw plan.missing(step)
        }
        let target = plan.newTensor(point.layout)
        try plan.call(
            step.name, description,
            [
                (role, plan.place(point)), (DNNL_ARG_DIFF_DST, plan.place(slope)),
                (DNNL_ARG_DIFF_SRC, plan.place(target)),
            ])
        return target
    }

    /// A factor and a summand for each channel that are not learnt, on what is.
    mutating func channelAffine(_ step: Program.Step, _ operation: ChannelAffine) throws(EngineError) -> Tensor {
        let source = plan.tensors[step.inputs[0]][0]
        return try plan.normalised(
            step, source, operation.scale.map { Float($0) }, operation.shift.map { Float($0) })
    }

    mutating func channelAffineGradient(
        _ step: Program.Step, _ operation: ChannelAffine, _ gradient: Tensor
    ) throws(EngineError) {
        let slope = try plan.reordered(gradient, as: plan.tensors[step.output][0].layout)
        let target = try plan.normalised(
            step, slope, operation.scale.map { Float($0) }, operation.shift.map { _ in 0 })
        try add(target, to: step.inputs[0])
    }

    // MARK: Products

    /// Images times factors: those that the network computed, or learnt ones, which are a 1×1 depthwise convolution.
    mutating func multiply(_ step: Program.Step) throws(EngineError) -> Tensor {
        if let (layer, weights) = try learntFactors(step) { return try convolution(step, layer, weights) }
        return try plan.binary(step, dnnl_binary_mul, with: plan.imageLayout(plan.shapes[step.inputs[1]]))
    }

    mutating func multiplyGradients(_ step: Program.Step, _ gradient: Tensor) throws(EngineError) {
        if let (layer, weights) = try learntFactors(step) {
            return try convolutionGradients(step, layer, weights, gradient)
        }
        let images = try plan.tensor(step.inputs[0], as: plan.imageLayout(plan.shapes[step.inputs[0]]))
        let factors = try plan.tensor(step.inputs[1], as: plan.imageLayout(plan.shapes[step.inputs[1]]))
        let slope = try plan.reordered(gradient, as: images.layout)
        if hasGradient(step.inputs[0]) {
            try add(product(step, slope, factors), to: step.inputs[0])
        }
        guard hasGradient(step.inputs[1]) else { return }
        // The sum over the pixels of a channel, as their mean times their number.
        let shape = plan.shapes[step.inputs[0]]
        let products = try product(step, slope, images)
        let pool = Pool(wholeOf: shape)
        let factorShape = plan.shapes[step.inputs[1]]
        guard let mean = try plan.kernels.pooling(pool, from: products.layout, output: factorShape) else {
            throw plan.missing(step)
        }
        let means = plan.newTensor(try mean.destination())
        try plan.call(
            step.name, mean, [(DNNL_ARG_SRC, plan.place(products)), (DNNL_ARG_DST, plan.place(means))])
        let scale: Kernels.Function = (dnnl_eltwise_linear, Float(shape[2] * shape[3]), 0)
        guard let scaling = try plan.kernels.activation(scale, on: means.layout) else { throw plan.missing(step) }
        let sums = plan.newTensor(means.layout)
        try plan.call(
            step.name, scaling, [(DNNL_ARG_SRC, plan.place(means)), (DNNL_ARG_DST, plan.place(sums))])
        try add(sums, to: step.inputs[1])
    }

    private mutating func product(
        _ step: Program.Step, _ left: Tensor, _ right: Tensor
    ) throws(EngineError) -> Tensor {
        let description = try plan.kernels.binary(dnnl_binary_mul, left.layout, right.layout, Attributes())
        guard let description else { throw plan.missing(step) }
        let target = plan.newTensor(left.layout)
        try plan.call(
            step.name, description,
            [
                (DNNL_ARG_SRC_0, plan.place(left)), (DNNL_ARG_SRC_1, plan.place(right)),
                (DNNL_ARG_DST, plan.place(target)),
            ])
        return target
    }

    private func learntFactors(_ step: Program.Step) throws(EngineError) -> (Convolution, LayerWeights)? {
        let graph = plan.program.graph
        let factors = graph.nodes[graph.nodes[step.node].inputs[1]]
        guard case .channelFactors(let operation) = factors.operation else { return nil }
        let channels = operation.channels
        let layer = Convolution(
            inputChannels: channels, outputChannels: channels, kernel: 1, groups: channels)
        return (layer, (try weights(factors.name, operation.parameter, [channels, 1, 1]), nil))
    }

    // MARK: Pooling

    mutating func maxPool(_ step: Program.Step, _ layer: MaxPool) throws(EngineError) -> Tensor {
        let pool = Pool(layer, input: plan.shapes[step.inputs[0]], output: plan.shapes[step.output])
        let source = try plan.poolingSource(step, pool)
        let description = try plan.kernels.pooling(
            pool, from: source.layout, output: plan.shapes[step.output], dnnl_forward_training)
        guard let description else { throw plan.missing(step) }
        let target = plan.newTensor(try description.destination())
        var arguments = [(DNNL_ARG_SRC, plan.place(source)), (DNNL_ARG_DST, plan.place(target))]
        if let layout = description.layout(dnnl_query_workspace_md) {
            let workspace = plan.newTensor(layout)
            arguments.append((DNNL_ARG_WORKSPACE, plan.place(workspace)))
            saved[step.output] = .workspace(workspace)
        }
        try plan.call(step.name, description, arguments)
        return target
    }

    mutating func poolGradient(_ step: Program.Step, _ pool: Pool, _ gradient: Tensor) throws(EngineError) {
        let source = try plan.poolingSource(step, pool).layout
        let description = try plan.kernels.poolingGradient(pool, from: source, output: plan.shapes[step.output])
        guard let description else { throw plan.missing(step) }
        let slope = try plan.reordered(gradient, as: description.required(dnnl_query_diff_dst_md, "gradient"))
        let target = plan.newTensor(try description.required(dnnl_query_diff_src_md, "gradient"))
        var arguments = [(DNNL_ARG_DIFF_DST, plan.place(slope)), (DNNL_ARG_DIFF_SRC, plan.place(target))]
        if case .workspace(let workspace) = saved[step.output] {
            arguments.append((DNNL_ARG_WORKSPACE, plan.place(workspace)))
        }
        try plan.call(step.name, description, arguments)
        try add(target, to: step.inputs[0])
    }

    mutating func adaptivePoolGradient(
        _ step: Program.Step, _ layer: AdaptiveAveragePool, _ gradient: Tensor
    ) throws(EngineError) {
        let (input, output, size) = (plan.shapes[step.inputs[0]], plan.shapes[step.output], layer.size)
        if input[2] % size.height == 0, input[3] % size.width == 0 {
            return try poolGradient(step, Pool(dividing: input, into: size), gradient)
        }
        // The forward pass is a product with the matrix of the windows, so this is one with its transpose.
        let rows: Shape = [output[0] * output[1], size.height * size.width]
        let pixels = input[2] * input[3]
        let description = try plan.kernels.product(rows, weight: [pixels, rows[1]], plan.element)
        guard let description else { throw plan.missing(step) }
        let slope = try plan.reordered(gradient, as: .plain(output, plan.element))
        let target = plan.newTensor(try .plain(input, plan.element))
        let matrix = PlanCompiler.windows(size, height: input[2], width: input[3])
        let transposed = (0..<pixels).flatMap { pixel in
            (0..<rows[1]).map { matrix[$0 * pixels + pixel] }
        }
        try plan.call(
            step.name, description,
            [
                (DNNL_ARG_SRC, .buffer(slope.buffer, .plain(rows, plan.element))),
                (DNNL_ARG_DST, .buffer(target.buffer, .plain([rows[0], pixels], plan.element))),
                (DNNL_ARG_WEIGHTS, plan.constant(transposed, [pixels, rows[1]], as: description.weights())),
            ])
        try add(target, to: step.inputs[0])
    }
}
