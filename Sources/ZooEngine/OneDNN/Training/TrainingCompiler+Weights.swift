import COneDNN
import ZooGraph
import ZooTensor

// Parameters as kernels need them, and gradients as optimisers need them.
extension TrainingCompiler {
    /// The parameters of a layer, whether they are trained or not.
    struct Weights {
        /// The values if they are not trained.
        let constant: [Float]
        let trained: TrainedTensor?

        static func constant(_ values: [Float]) -> Weights { Weights(constant: values, trained: nil) }
    }

    /// A parameter of the layer that `step` is.
    func weights(_ layer: String, _ name: String, _ shape: Shape) throws(EngineError) -> Weights {
        if let trained = parameters.trained["\(layer).\(name)"] { return Weights(constant: [], trained: trained) }
        return .constant(try parameters.frozen.values(layer, name, shape))
    }

    /// Kernel and bias of a convolution.
    func weights(_ step: Program.Step, _ layer: Convolution) throws(EngineError) -> (kernel: Weights, bias: Weights?) {
        // A fully connected layer on pixels stores its kernel without the last two axes.
        let name = plan.program.graph.nodes[step.node].operation
        let shape: Shape =
            if case .pixelLinear = name { [layer.outputChannels, layer.inputChannels] } else { layer.weightShape }
        let bias = layer.hasBias ? try weights(step.name, "bias", [layer.outputChannels]) : nil
        return (try weights(step.name, "weight", shape), bias)
    }

    func weights(_ operation: PaddedShortcut) -> (kernel: Weights, bias: Weights?) {
        (.constant(operation.convolutionWeights), nil)
    }

    /// Where a kernel finds `weights` in `layout`. Copies of trained ones are renewed after every change.
    mutating func place(_ weights: Weights, _ shape: Shape, as layout: Layout) throws(EngineError) -> Place {
        guard let tensor = weights.trained else { return try plan.constant(weights.constant, shape, as: layout) }
        if tensor.values.layout.matches(layout) { return .constant(tensor.values) }
        let copy = try Memory(layout, plan.library)
        refreshes.append(try Call.copy(from: tensor.values, to: copy, plan.library))
        return .constant(copy)
    }

    /// Calls a kernel that computes gradients of parameters, which end up in ``TrainedTensor/gradient``.
    ///
    /// - Parameter results: for each its role, whose gradient it is (`nil` if nobody wants it), and how it lies.
    mutating func callForGradients(
        _ name: String, _ description: borrowing PrimitiveDescription, _ arguments: [(Int32, Place)],
        results: [(role: Int32, tensor: TrainedTensor?, layout: Layout)]
    ) throws(EngineError) {
        var arguments = arguments
        var temporaries: [(Tensor, TrainedTensor)] = []
        for (role, tensor, layout) in results {
            if let tensor, !addsGradients, tensor.gradient.layout.matches(layout) {
                arguments.append((role, .constant(tensor.gradient)))
                continue
            }
            let temporary = plan.newTensor(layout)
            arguments.append((role, plan.place(temporary)))
            if let tensor { temporaries.append((temporary, tensor)) }
        }
        try plan.call(name, description, arguments)
        for (temporary, tensor) in temporaries { try store(temporary, in: tensor) }
    }

    private mutating func store(_ temporary: Tensor, in tensor: TrainedTensor) throws(EngineError) {
        let layout = tensor.gradient.layout
        guard addsGradients else {
            let copy = try PrimitiveDescription.reorder(from: temporary.layout, to: layout, plan.library)
            return try plan.call(
                tensor.name, copy,
                [(DNNL_ARG_FROM, plan.place(temporary)), (DNNL_ARG_TO, .constant(tensor.gradient))])
        }
        let addend = try plan.reordered(temporary, as: layout)
        guard let sum = try plan.kernels.binary(dnnl_binary_add, layout, layout, Attributes()) else {
            throw refusal(dnnl_unimplemented, "a sum of gradients")
        }
        try plan.call(
            tensor.name, sum,
            [
                (DNNL_ARG_SRC_0, .constant(tensor.gradient)), (DNNL_ARG_SRC_1, plan.place(addend)),
                (DNNL_ARG_DST, .constant(tensor.gradient)),
            ])
    }
}
