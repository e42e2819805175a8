import COneDNN
import ZooGraph
import ZooTensor

// Convolutions in bfloat16 by Winograd's algorithm, and their derivatives by the input, which are such convolutions too.
// The derivative by the weights is oneDNN's.
extension TrainingCompiler {
    /// The convolution of `step`; `nil` if another algorithm suits it better.
    mutating func ownWinograd(
        _ step: Program.Step, _ layer: Convolution, _ weights: LayerWeights
    ) throws(EngineError) -> Tensor? {
        let (input, output) = (plan.shapes[step.inputs[0]], plan.shapes[step.output])
        guard plan.usesOwnWinograd(layer, from: input, to: output, step.activation) else { return nil }
        let size: Shape = [layer.outputChannels]
        let bias = try weights.bias.map { bias throws(EngineError) in try place(bias, size, as: .plain(size)) }
        let kernel = try winogradPlace(weights.kernel, layer, isDerivative: false)
        return try plan.ownWinograd(step, layer, bias: bias) { _ throws(EngineError) in kernel }
    }

    /// The gradient of the input of `step`; `nil` if another algorithm suits it better.
    mutating func ownWinogradDerivative(
        _ step: Program.Step, _ layer: Convolution, _ kernel: Weights, _ gradient: Tensor
    ) throws(EngineError) -> Tensor? {
        let (input, output) = (plan.shapes[step.inputs[0]], plan.shapes[step.output])
        guard plan.usesOwnWinograd(layer, from: output, to: input) else { return nil }
        let slope = try plan.reordered(gradient, as: plan.imageLayout(output))
        let target = plan.newTensor(try plan.imageLayout(input))
        // What a pixel of the result took from outside the image is missing here, and the other way round.
        let work = try WinogradConvolution(
            from: output, padding: 2 - layer.padding.height, to: input, addsToDestination: false, appliesReLU: false,
            threads: plan.options.threads)
        try plan.call(
            step.name, work,
            [
                (DNNL_ARG_SRC, plan.place(slope)), (DNNL_ARG_DST, plan.place(target)),
                (DNNL_ARG_WEIGHTS, winogradPlace(kernel, layer, isDerivative: true)),
            ])
        return target
    }

    /// Where ``WinogradConvolution`` finds a kernel; trained ones are arranged anew after every change.
    private mutating func winogradPlace(
        _ weights: Weights, _ layer: Convolution, isDerivative: Bool
    ) throws(EngineError) -> Place {
        guard let tensor = weights.trained else {
            return try plan.winogradConstant(weights.constant, layer, isDerivative: isDerivative)
        }
        let rowMajor = try rowMajorCopy(of: tensor, layer.weightShape)
        let transform = WinogradWeights(of: layer, isDerivative: isDerivative)
        let target = try Memory(transform.layout(), plan.library)
        refreshes.append(
            Call(tensor.name, transform, [(DNNL_ARG_SRC, rowMajor), (DNNL_ARG_DST, target)], scratchpad: nil))
        return .constant(target)
    }

    private mutating func rowMajorCopy(of tensor: TrainedTensor, _ shape: Shape) throws(EngineError) -> Memory {
        if let copy = rowMajorCopies[tensor.name] { return copy }
        let layout = try Layout.plain(shape)
        if tensor.values.layout.matches(layout) { return tensor.values }
        let copy = try Memory(layout, plan.library)
        refreshes.append(try Call.copy(from: tensor.values, to: copy, plan.library))
        rowMajorCopies[tensor.name] = copy
        return copy
    }
}
