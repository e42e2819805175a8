import COneDNN
import ZooGraph
import ZooTensor

// Batch norms, layer norms and dropout.
extension TrainingCompiler {
    mutating func batchNorm(_ step: Program.Step, _ layer: BatchNorm) throws(EngineError) -> Tensor {
        let shape = plan.shapes[step.inputs[0]]
        let usesRecorded = parameters.statistics[step.name] == nil
        let source = try plan.tensor(step.inputs[0], as: plan.imageLayout(shape))
        let description = try plan.kernels.batchNorm(
            on: source.layout, epsilon: layer.epsilon, usesRecorded: usesRecorded,
            appliesReLU: step.activation != nil)
        guard let description else { throw plan.missing(step) }
        let target = plan.newTensor(source.layout)
        let size: Shape = [layer.channels]
        let (mean, variance) = try statistics(step, layer, usesRecorded: usesRecorded, shape)
        var arguments = try [
            (DNNL_ARG_SRC, plan.place(source)), (DNNL_ARG_DST, plan.place(target)), (DNNL_ARG_MEAN, mean),
            (DNNL_ARG_VARIANCE, variance),
            (DNNL_ARG_SCALE, place(weights(step.name, "weight", size), size, as: .plain(size))),
            (DNNL_ARG_SHIFT, place(weights(step.name, "bias", size), size, as: .plain(size))),
        ]
        let workspace = description.layout(dnnl_query_workspace_md).map { plan.newTensor($0) }
        if let workspace { arguments.append((DNNL_ARG_WORKSPACE, plan.place(workspace))) }
        try plan.call(step.name, description, arguments)
        saved[step.output] = .statistics(mean: mean, variance: variance, workspace: workspace)
        return target
    }

    /// The recorded statistics, or memory for those of the batch.
    private mutating func statistics(
        _ step: Program.Step, _ layer: BatchNorm, usesRecorded: Bool, _ shape: Shape
    ) throws(EngineError) -> (mean: Place, variance: Place) {
        let size: Shape = [layer.channels]
        guard !usesRecorded else {
            return (
                try plan.constant(parameters.frozen.values(step.name, "running_mean", size), size),
                try plan.constant(parameters.frozen.values(step.name, "running_var", size), size)
            )
        }
        let (mean, variance) = try (Memory(.plain(size), plan.library), Memory(.plain(size), plan.library))
        let count = shape.elementCount / layer.channels
        records.append(StatisticsRecord(layer: step.name, mean: mean, variance: variance, count: count))
        return (.constant(mean), .constant(variance))
    }

    mutating func batchNormGradients(
        _ step: Program.Step, _ layer: BatchNorm, _ gradient: Tensor
    ) throws(EngineError) {
        guard case .statistics(let mean, let variance, let workspace) = saved[step.output] else { return }
        let source = try plan.tensor(step.inputs[0], as: plan.imageLayout(plan.shapes[step.inputs[0]]))
        let description = try plan.kernels.batchNormGradient(
            on: source.layout, epsilon: layer.epsilon, usesRecorded: parameters.statistics[step.name] == nil,
            appliesReLU: step.activation != nil)
        guard let description else { throw plan.missing(step) }
        let slope = try plan.reordered(gradient, as: source.layout)
        let target = plan.newTensor(source.layout)
        let size: Shape = [layer.channels]
        let (scale, shift) = try (weights(step.name, "weight", size), weights(step.name, "bias", size))
        var arguments = try [
            (DNNL_ARG_SRC, plan.place(source)), (DNNL_ARG_DIFF_DST, plan.place(slope)),
            (DNNL_ARG_DIFF_SRC, plan.place(target)), (DNNL_ARG_MEAN, mean), (DNNL_ARG_VARIANCE, variance),
            (DNNL_ARG_SCALE, place(scale, size, as: .plain(size))),
            (DNNL_ARG_SHIFT, place(shift, size, as: .plain(size))),
        ]
        if let workspace { arguments.append((DNNL_ARG_WORKSPACE, plan.place(workspace))) }
        try callForGradients(
            step.name, description, arguments,
            results: [(DNNL_ARG_DIFF_SCALE, scale, .plain(size)), (DNNL_ARG_DIFF_SHIFT, shift, .plain(size))])
        try add(target, to: step.inputs[0])
    }

    // MARK: Layer norms

    mutating func channelNorm(_ step: Program.Step, _ layer: ChannelNorm) throws(EngineError) -> Tensor {
        let shape = plan.shapes[step.output]
        let rows: Shape = [shape[0], shape[2], shape[3], shape[1]]
        let source = try plan.tensor(step.inputs[0], as: .channelsLast(shape, plan.element))
        let description = try plan.kernels.layerNorm(
            rows, plan.element, epsilon: layer.epsilon, dnnl_forward_training)
        guard let description else { throw plan.missing(step) }
        let target = plan.newTensor(source.layout)
        let flat = try Layout.plain(rows, plan.element)
        let mean = plan.newTensor(try .plain([rows[0], rows[1], rows[2]]))
        let variance = plan.newTensor(mean.layout)
        let size: Shape = [layer.channels]
        try plan.call(
            step.name, description,
            [
                (DNNL_ARG_SRC, .buffer(source.buffer, flat)), (DNNL_ARG_DST, .buffer(target.buffer, flat)),
                (DNNL_ARG_MEAN, plan.place(mean)), (DNNL_ARG_VARIANCE, plan.place(variance)),
                (DNNL_ARG_SCALE, place(weights(step.name, "weight", size), size, as: .plain(size))),
                (DNNL_ARG_SHIFT, place(weights(step.name, "bias", size), size, as: .plain(size))),
            ])
        saved[step.output] = .statistics(
            mean: plan.place(mean), variance: plan.place(variance), workspace: nil)
        return target
    }

    mutating func channelNormGradients(
        _ step: Program.Step, _ layer: ChannelNorm, _ gradient: Tensor
    ) throws(EngineError) {
        guard case .statistics(let mean, let variance, _) = saved[step.output] else { return }
        let shape = plan.shapes[step.output]
        let rows: Shape = [shape[0], shape[2], shape[3], shape[1]]
        let source = try plan.tensor(step.inputs[0], as: .channelsLast(shape, plan.element))
        guard let description = try plan.kernels.layerNormGradient(rows, plan.element, epsilon: layer.epsilon)
        else { throw plan.missing(step) }
        let slope = try plan.reordered(gradient, as: source.layout)
        let target = plan.newTensor(source.layout)
        let flat = try Layout.plain(rows, plan.element)
        let size: Shape = [layer.channels]
        let (scale, shift) = try (weights(step.name, "weight", size), weights(step.name, "bias", size))
        try callForGradients(
            step.name, description,
            [
                (DNNL_ARG_SRC, .buffer(source.buffer, flat)), (DNNL_ARG_DIFF_DST, .buffer(slope.buffer, flat)),
                (DNNL_ARG_DIFF_SRC, .buffer(target.buffer, flat)), (DNNL_ARG_MEAN, mean),
                (DNNL_ARG_VARIANCE, variance), (DNNL_ARG_SCALE, place(scale, size, as: .plain(size))),
                (DNNL_ARG_SHIFT, place(shift, size, as: .plain(size))),
            ],
            results: [(DNNL_ARG_DIFF_SCALE, scale, .plain(size)), (DNNL_ARG_DIFF_SHIFT, shift, .plain(size))])
        try add(target, to: step.inputs[0])
    }

    // MARK: Dropout

    mutating func dropout(_ step: Program.Step, _ operation: Dropout) throws(EngineError) -> Tensor {
        let source = plan.tensors[step.inputs[0]][0]
        let mask = try Memory(source.layout, plan.library)
        masks.append(
            Mask(memory: mask, operation: operation, sampleCount: plan.shapes[step.output][0]))
        saved[step.output] = .mask(mask)
        return try masked(step, operation, source, mask)
    }

    mutating func dropoutGradient(
        _ step: Program.Step, _ operation: Dropout, _ gradient: Tensor
    ) throws(EngineError) {
        guard case .mask(let mask) = saved[step.output] else { return }
        let slope = try plan.reordered(gradient, as: mask.layout)
        try add(masked(step, operation, slope, mask), to: step.inputs[0])
    }

    /// The elements that the mask leaves, enlarged by as much as the others are missed.
    private mutating func masked(
        _ step: Program.Step, _ operation: Dropout, _ source: Tensor, _ mask: Memory
    ) throws(EngineError) -> Tensor {
        let scale = Float(1 / (1 - operation.probability))
        let attributes = try Attributes(functions: [(dnnl_eltwise_linear, scale, 0)])
        let description = try plan.kernels.binary(dnnl_binary_mul, source.layout, mask.layout, attributes)
        guard let description else { throw plan.missing(step) }
        let target = plan.newTensor(source.layout)
        try plan.call(
            step.name, description,
            [
                (DNNL_ARG_SRC_0, plan.place(source)), (DNNL_ARG_SRC_1, .constant(mask)),
                (DNNL_ARG_DST, plan.place(target)),
            ])
        return target
    }
}
