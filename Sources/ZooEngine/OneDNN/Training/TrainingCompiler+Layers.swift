import COneDNN
import ZooGraph
import ZooTensor

// Convolutions and fully connected layers.
extension TrainingCompiler {
    typealias LayerWeights = (kernel: Weights, bias: Weights?)

    mutating func convolution(
        _ step: Program.Step, _ layer: Convolution, _ weights: LayerWeights
    ) throws(EngineError) -> Tensor {
        let shape = layer.weightShape.splitting(groups: layer.groups)
        if let tensor = weights.kernel.trained {
            let layout =
                usesOwnDepthwise(layer, bias: weights.bias)
                ? try depthwiseLayout(layer)
                : try choose(.weights, step, layer, hasBias: false).required(dnnl_query_diff_weights_md, "gradient")
            try tensor.adopt(layout, kernelShape: shape)
        }
        if let own = try ownWinograd(step, layer, weights) { return own }
        let attributes = try Attributes(activation: step.activation)
        let batch = plan.shapes[step.output][0]
        let whole = try plan.chooseConvolution(
            step, layer, shape, hasBias: weights.bias != nil, attributes, dnnl_forward_training)
        let source = try plan.tensor(step.inputs[0], as: whole.source())
        let target = plan.newTensor(try whole.destination())
        let size = whole.pieceSize(of: batch)
        let description =
            size == batch
            ? whole
            : try plan.chooseConvolution(
                step, layer, shape, hasBias: weights.bias != nil, attributes, dnnl_forward_training, pieceSize: size)
        var arguments = try [
            (DNNL_ARG_SRC, plan.place(source)), (DNNL_ARG_DST, plan.place(target)),
            (DNNL_ARG_WEIGHTS, place(weights.kernel, shape, as: description.weights())),
        ]
        if let bias = weights.bias {
            let shape: Shape = [layer.outputChannels]
            arguments.append((DNNL_ARG_BIAS, try place(bias, shape, as: .plain(shape))))
        }
        try plan.call(
            step.name, description, arguments, pieces: batch / size,
            moving: [(DNNL_ARG_SRC, description.source()), (DNNL_ARG_DST, description.destination())])
        return target
    }

    mutating func convolutionGradients(
        _ step: Program.Step, _ layer: Convolution, _ weights: LayerWeights, _ gradient: Tensor
    ) throws(EngineError) {
        let bias = weights.bias?.trained == nil ? nil : weights.bias
        if weights.kernel.trained != nil, usesOwnDepthwise(layer, bias: weights.bias) {
            try depthwiseGradient(step, layer, weights.kernel, gradient)
        } else if weights.kernel.trained != nil || bias != nil {
            let description = try choose(.weights, step, layer, hasBias: bias != nil)
            let source = try plan.tensor(step.inputs[0], as: description.source())
            let slope = try plan.reordered(gradient, as: description.required(dnnl_query_diff_dst_md, "gradient"))
            var results: [(Int32, Weights?, Layout)] = [
                (
                    DNNL_ARG_DIFF_WEIGHTS, weights.kernel,
                    try description.required(dnnl_query_diff_weights_md, "gradient")
                )
            ]
            if let bias { results.append((DNNL_ARG_DIFF_BIAS, bias, try .plain([layer.outputChannels]))) }
            try callForGradients(
                step.name, description,
                [(DNNL_ARG_SRC, plan.place(source)), (DNNL_ARG_DIFF_DST, plan.place(slope))], results: results)
        }
        if hasGradient(step.inputs[0]) { try convolutionInputGradient(step, layer, weights.kernel, gradient) }
    }

    /// The gradient of the input, which is needed.
    mutating func convolutionInputGradient(
        _ step: Program.Step, _ layer: Convolution, _ kernel: Weights, _ gradient: Tensor
    ) throws(EngineError) {
        if let own = try ownWinogradDerivative(step, layer, kernel, gradient) {
            return try add(own, to: step.inputs[0])
        }
        let shape = layer.weightShape.splitting(groups: layer.groups)
        try add(inputGradient(step, layer, kernel, shape, gradient), to: step.inputs[0])
    }

    private mutating func inputGradient(
        _ step: Program.Step, _ layer: Convolution, _ kernel: Weights, _ shape: Shape, _ gradient: Tensor
    ) throws(EngineError) -> Tensor {
        let batch = plan.shapes[step.output][0]
        let whole = try choose(.input, step, layer, hasBias: false)
        let slope = try plan.reordered(gradient, as: whole.required(dnnl_query_diff_dst_md, "gradient"))
        let target = plan.newTensor(try whole.required(dnnl_query_diff_src_md, "gradient"))
        let size = whole.pieceSize(of: batch)
        let description = size == batch ? whole : try choose(.input, step, layer, hasBias: false, pieceSize: size)
        try plan.call(
            step.name, description,
            [
                (DNNL_ARG_DIFF_DST, plan.place(slope)), (DNNL_ARG_DIFF_SRC, plan.place(target)),
                (DNNL_ARG_WEIGHTS, place(kernel, shape, as: description.weights())),
            ], pieces: batch / size,
            moving: [
                (DNNL_ARG_DIFF_DST, description.required(dnnl_query_diff_dst_md, "gradient")),
                (DNNL_ARG_DIFF_SRC, description.required(dnnl_query_diff_src_md, "gradient")),
            ])
        return target
    }

    /// The derivative in the layouts that the forward pass prefers; where that has no fast kernel, as oneDNN likes it.
    private func choose(
        _ derivative: Kernels.Derivative, _ step: Program.Step, _ layer: Convolution, hasBias: Bool,
        pieceSize: Int? = nil
    ) throws(EngineError) -> PrimitiveDescription {
        let input = plan.shapes[step.inputs[0]].withBatch(of: pieceSize)
        let output = plan.shapes[step.output].withBatch(of: pieceSize)
        let weight = layer.weightShape.splitting(groups: layer.groups)
        let layouts = try (plan.imageLayout(input), plan.imageLayout(output))
        for winograd in plan.prefersWinograd(layer) ? [true, false] : [false] {
            let description = try plan.kernels.convolution(
                derivative, layer, weight: weight, hasBias: hasBias, from: layouts.0, to: layouts.1,
                winograd: winograd)
            if let description, !description.isReference { return description }
        }
        let element = plan.element
        let description = try plan.kernels.convolution(
            derivative, layer, weight: weight, hasBias: hasBias, from: .any(input, element),
            to: .any(output, element), winograd: false)
        guard let description else { throw plan.missing(step) }
        return description
    }

    // MARK: Fully connected layers

    mutating func linear(_ step: Program.Step, _ layer: Linear) throws(EngineError) -> Tensor {
        let (source, shape, result) = linearShapes(step, layer)
        let kernel = try weights(step.name, "weight", [layer.outputFeatures, layer.inputFeatures])
        if let tensor = kernel.trained {
            let gradient = try linearDerivative(.weights, step, layer, hasBias: false)
            try tensor.adopt(gradient.required(dnnl_query_diff_weights_md, "gradient"), kernelShape: shape)
        }
        let attributes = try Attributes(activation: step.activation)
        let description = try plan.kernels.linear(
            layer, from: source, weights: plan.linearWeights(shape), plan.element, to: result, attributes,
            dnnl_forward_training)
        guard let description else { throw plan.missing(step) }
        let input = try plan.tensor(step.inputs[0], as: description.source())
        let target = plan.newTensor(try description.destination())
        var arguments = try [
            (DNNL_ARG_SRC, plan.place(input)), (DNNL_ARG_DST, plan.place(target)),
            (DNNL_ARG_WEIGHTS, place(kernel, shape, as: description.weights())),
        ]
        if layer.hasBias {
            let shape: Shape = [layer.outputFeatures]
            arguments.append((DNNL_ARG_BIAS, try place(weights(step.name, "bias", shape), shape, as: .plain(shape))))
        }
        try plan.call(step.name, description, arguments)
        return target
    }

    mutating func linearGradients(
        _ step: Program.Step, _ layer: Linear, _ gradient: Tensor
    ) throws(EngineError) {
        let kernel = try weights(step.name, "weight", [layer.outputFeatures, layer.inputFeatures])
        var bias = layer.hasBias ? try weights(step.name, "bias", [layer.outputFeatures]) : nil
        if bias?.trained == nil { bias = nil }
        if kernel.trained != nil || bias != nil {
            let description = try linearDerivative(.weights, step, layer, hasBias: bias != nil)
            let source = try plan.tensor(step.inputs[0], as: description.source())
            let slope = try plan.reordered(gradient, as: description.required(dnnl_query_diff_dst_md, "gradient"))
            var results: [(Int32, Weights?, Layout)] = [
                (DNNL_ARG_DIFF_WEIGHTS, kernel, try description.required(dnnl_query_diff_weights_md, "gradient"))
            ]
            if let bias { results.append((DNNL_ARG_DIFF_BIAS, bias, try .plain([layer.outputFeatures]))) }
            try callForGradients(
                step.name, description,
                [(DNNL_ARG_SRC, plan.place(source)), (DNNL_ARG_DIFF_DST, plan.place(slope))], results: results)
        }
        guard hasGradient(step.inputs[0]) else { return }
        let description = try linearDerivative(.input, step, layer, hasBias: false)
        let slope = try plan.reordered(gradient, as: description.required(dnnl_query_diff_dst_md, "gradient"))
        let target = plan.newTensor(try description.required(dnnl_query_diff_src_md, "gradient"))
        try plan.call(
            step.name, description,
            [
                (DNNL_ARG_DIFF_DST, plan.place(slope)), (DNNL_ARG_DIFF_SRC, plan.place(target)),
                (DNNL_ARG_WEIGHTS, place(kernel, linearShapes(step, layer).weight, as: description.weights())),
            ])
        try add(target, to: step.inputs[0])
    }

    private func linearDerivative(
        _ derivative: Kernels.Derivative, _ step: Program.Step, _ layer: Linear, hasBias: Bool
    ) throws(EngineError) -> PrimitiveDescription {
        let (source, weight, _) = linearShapes(step, layer)
        let description = try plan.kernels.linear(
            derivative, layer, from: source, weight: weight,
            weights: plan.linearWeights(weight, derivative == .weights ? .float32 : nil), hasBias: hasBias, plan.element
        )
        guard let description else { throw plan.missing(step) }
        return description
    }

    /// Images are flattened by treating the weights as kernels as large as the image; the network's result is float32.
    private func linearShapes(
        _ step: Program.Step, _ layer: Linear
    ) -> (source: Shape, weight: Shape, result: Element) {
        let source = plan.shapes[step.inputs[0]]
        let weight = Shape([layer.outputFeatures] + source.sizes.dropFirst())
        return (source, weight, step.output == plan.program.output ? .float32 : plan.element)
    }
}
