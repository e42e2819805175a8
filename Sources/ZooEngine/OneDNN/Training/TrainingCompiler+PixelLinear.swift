import COneDNN
import ZooGraph
import ZooTensor

// Fully connected layers on the channels of every pixel: pixels are the rows of a matrix.
//
// oneDNN's 1×1 convolutions compute the gradient of such weights at half the speed of its products of matrices (one core
// of an AMD EPYC, 1,576 pixels of 3,072 and 768 channels: 60 and 109 GFLOP/s, in bfloat16 170 and 218); forward and for the
// gradient of the input both are equally fast. In float32 the products read the very memory that the optimiser changes, so
// all three are products; in bfloat16 there is a copy of the weights in any case, and the two others stay convolutions.
extension TrainingCompiler {
    mutating func pixelLinear(_ step: Program.Step, _ layer: PixelLinear) throws(EngineError) -> Tensor {
        let (kernel, bias) = try weights(step, layer)
        if let tensor = kernel.trained { try tensor.adopt(.plain(layer.matrix), kernelShape: layer.matrix) }
        guard plan.element == .float32 else { return try convolution(step, layer.convolution, (kernel, bias)) }
        let (input, output) = (plan.shapes[step.inputs[0]], plan.shapes[step.output])
        let description = try plan.kernels.linear(
            layer.linear, from: input.pixelRows, weights: .plain(layer.matrix), plan.element, to: plan.element,
            Attributes(activation: step.activation), dnnl_forward_training)
        guard let description else { throw plan.missing(step) }
        let source = try plan.tensor(step.inputs[0], as: .channelsLast(input, plan.element))
        let target = plan.newTensor(try .channelsLast(output, plan.element))
        var arguments = try [
            (DNNL_ARG_SRC, Place.buffer(source.buffer, description.source())),
            (DNNL_ARG_DST, Place.buffer(target.buffer, description.destination())),
            (DNNL_ARG_WEIGHTS, place(kernel, layer.matrix, as: description.weights())),
        ]
        if let bias {
            let shape: Shape = [layer.outputFeatures]
            arguments.append((DNNL_ARG_BIAS, try place(bias, shape, as: .plain(shape))))
        }
        try plan.call(step.name, description, arguments)
        return target
    }

    mutating func pixelLinearGradients(
        _ step: Program.Step, _ layer: PixelLinear, _ gradient: Tensor
    ) throws(EngineError) {
        let (kernel, bias) = try weights(step, layer)
        let (input, output) = (plan.shapes[step.inputs[0]], plan.shapes[step.output])
        let slope = try plan.reordered(gradient, as: .channelsLast(output, plan.element))
        let trainedBias = bias?.trained == nil ? nil : bias
        if kernel.trained != nil || trainedBias != nil {
            let description = try pixelDerivative(.weights, step, layer, hasBias: trainedBias != nil)
            let source = try plan.tensor(step.inputs[0], as: .channelsLast(input, plan.element))
            var results: [(Int32, Weights?, Layout)] = try [
                (DNNL_ARG_DIFF_WEIGHTS, kernel, description.required(dnnl_query_diff_weights_md, "gradient"))
            ]
            if let trainedBias {
                results.append((DNNL_ARG_DIFF_BIAS, trainedBias, try .plain([layer.outputFeatures])))
            }
            try callForGradients(
                step.name, description,
                [
                    (DNNL_ARG_SRC, .buffer(source.buffer, description.source())),
                    (
                        DNNL_ARG_DIFF_DST,
                        .buffer(slope.buffer, description.required(dnnl_query_diff_dst_md, "gradient"))
                    ),
                ], results: results)
        }
        guard hasGradient(step.inputs[0]) else { return }
        guard plan.element == .float32 else {
            return try convolutionInputGradient(step, layer.convolution, kernel, slope)
        }
        let description = try pixelDerivative(.input, step, layer, hasBias: false)
        let target = plan.newTensor(try .channelsLast(input, plan.element))
        try plan.call(
            step.name, description,
            [
                (
                    DNNL_ARG_DIFF_DST, .buffer(slope.buffer, description.required(dnnl_query_diff_dst_md, "gradient"))
                ),
                (
                    DNNL_ARG_DIFF_SRC, .buffer(target.buffer, description.required(dnnl_query_diff_src_md, "gradient"))
                ),
                (DNNL_ARG_WEIGHTS, place(kernel, layer.matrix, as: description.weights())),
            ])
        try add(target, to: step.inputs[0])
    }

    private func pixelDerivative(
        _ derivative: Kernels.Derivative, _ step: Program.Step, _ layer: PixelLinear, hasBias: Bool
    ) throws(EngineError) -> PrimitiveDescription {
        let element = derivative == .weights ? Element.float32 : plan.element
        let description = try plan.kernels.linear(
            derivative, layer.linear, from: plan.shapes[step.inputs[0]].pixelRows, weight: layer.matrix,
            weights: .plain(layer.matrix, element), hasBias: hasBias, plan.element)
        guard let description else { throw plan.missing(step) }
        return description
    }
}

extension PixelLinear {
    /// The same on the rows of a matrix.
    fileprivate var linear: Linear {
        Linear(inputFeatures: inputFeatures, outputFeatures: outputFeatures, hasBias: hasBias)
    }

    /// The shape of the weight, as a convolution has it.
    fileprivate var matrix: Shape { [outputFeatures, inputFeatures, 1, 1] }
}

extension Shape {
    /// Of images `N×C×H×W`, the pixels as rows, `N·H·W×C×1×1`, as they lie with the channels last.
    fileprivate var pixelRows: Shape { [self[0] * self[2] * self[3], self[1], 1, 1] }
}
