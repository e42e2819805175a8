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
        /// Elements that count as zero.
        var zeros = 0..<0

        static func constant(_ values: [Float]) -> Weights { Weights(constant: values, trained: nil) }
    }

    /// A parameter of the layer that `step` is.
    func weights(_ layer: String, _ name: String, _ shape: Shape) throws(EngineError) -> Weights {
        if let trained = parameters.trained[Graph.name(of: name, in: layer)] {
            return Weights(constant: [], trained: trained)
        }
        return .constant(try parameters.frozen.values(layer, name, shape))
    }

    /// Kernel and bias of a convolution.
    func weights(_ step: Program.Step, _ layer: Convolution) throws(EngineError) -> (kernel: Weights, bias: Weights?) {
        let bias = layer.hasBias ? try weights(step.name, "bias", [layer.outputChannels]) : nil
        return (try weights(step.name, "weight", layer.weightShape), bias)
    }

    /// The same of a fully connected layer on pixels, which stores its kernel without the last two axes.
    func weights(
        _ step: Program.Step, _ layer: PixelLinear
    ) throws(EngineError) -> (kernel: Weights, bias: Weights?) {
        var bias = layer.hasBias ? try weights(step.name, layer.biasName, [layer.outputFeatures]) : nil
        bias?.zeros = layer.unbiased
        return (try weights(step.name, layer.weightName, [layer.outputFeatures, layer.inputFeatures]), bias)
    }

    func weights(_ operation: PaddedShortcut) -> (kernel: Weights, bias: Weights?) {
        (.constant(operation.convolutionWeights), nil)
    }

    /// Where a kernel finds `weights` in `layout`. Copies of trained ones are renewed after every change.
    mutating func place(_ weights: Weights, _ shape: Shape, as layout: Layout) throws(EngineError) -> Place {
        guard let tensor = weights.trained else {
            var values = weights.constant
            for index in weights.zeros { values[index] = 0 }
            return try plan.constant(values, shape, as: layout)
        }
        if !weights.zeros.isEmpty {
            // Of biases only, which lie row by row.
            let copy = try Memory(layout, plan.library)
            refreshes.append(
                Call(
                    tensor.name, FloatCopy(count: shape.elementCount, zeros: weights.zeros),
                    [(DNNL_ARG_SRC, tensor.values), (DNNL_ARG_DST, copy)], scratchpad: nil))
            return .constant(copy)
        }
        if tensor.values.layout.matches(layout) { return .constant(tensor.values) }
        let copy = try Memory(layout, plan.library)
        refreshes.append(try Call.copy(from: tensor.values, to: copy, plan.library))
        return .constant(copy)
    }

    /// Calls a kernel that computes gradients of parameters, which end up in ``TrainedTensor/gradient``.
    ///
    /// - Parameter results: for each its role, whose gradient it is (not kept where that is not trained), how it lies.
    mutating func callForGradients(
        _ name: String, _ description: borrowing PrimitiveDescription, _ arguments: [(Int32, Place)],
        results: [(role: Int32, weights: Weights?, layout: Layout)]
    ) throws(EngineError) {
        if description.isReference { plan.noteSlow(name) }
        try callForGradients(name, try Primitive(description, name), arguments, results: results)
    }

    mutating func callForGradients(
        _ name: String, _ work: any Work, _ arguments: [(Int32, Place)],
        results: [(role: Int32, weights: Weights?, layout: Layout)]
    ) throws(EngineError) {
        var arguments = arguments
        var temporaries: [(Tensor, TrainedTensor, zeros: Range<Int>)] = []
        for (role, weights, layout) in results {
            let zeros = weights?.zeros ?? 0..<0
            let tensor = weights?.trained
            if let tensor, !addsGradients, zeros.isEmpty, tensor.gradient.layout.matches(layout) {
                arguments.append((role, .constant(tensor.gradient)))
                continue
            }
            let temporary = plan.newTensor(layout)
            arguments.append((role, plan.place(temporary)))
            if let tensor { temporaries.append((temporary, tensor, zeros)) }
        }
        plan.call(name, work, arguments)
        for (temporary, tensor, zeros) in temporaries {
            if !zeros.isEmpty {
                let place = plan.place(temporary)
                plan.call(
                    name, FloatCopy(count: tensor.shape.elementCount, zeros: zeros),
                    [(DNNL_ARG_SRC, place), (DNNL_ARG_DST, place)])
            }
            try store(temporary, in: tensor)
        }
    }

    private mutating func store(_ temporary: Tensor, in tensor: TrainedTensor) throws(EngineError) {
        let layout = tensor.gradient.layout
        let place = Place.constant(tensor.gradient)
        if addsGradients { return try callSum(tensor.name, place, temporary, to: place, layout) }
        let copy = try PrimitiveDescription.reorder(from: temporary.layout, to: layout, plan.library)
        try plan.call(tensor.name, copy, [(DNNL_ARG_FROM, plan.place(temporary)), (DNNL_ARG_TO, place)])
    }
}
