import CKernels
import COneDNN
import ZooGraph
import ZooTensor

// 3×3 convolutions in bfloat16 where the processor has no matrix tiles: docs/decisions/0014.
extension PlanCompiler {
    /// Fewer tiles than this do not pay for reading the weights, which are 16/9 as many as those of the direct
    /// algorithm: a rule, not a measurement, so that a command gives the same bytes each time.
    private static let fewestTiles = 56

    /// Whether a convolution from images of `input` to such of `output` runs on ``WinogradConvolution``; `activation` is
    /// applied to its result.
    func usesOwnWinograd(
        _ layer: Convolution, from input: Shape, to output: Shape, _ activation: Activation? = nil
    ) -> Bool {
        element == .bfloat16 && library.bfloat16 == .native && !library.hasTiles && zoo_winograd_is_supported() != 0
            && !prefersChannelsLast && layer.allowsWinograd && !options.exact
            && layer.padding.height == layer.padding.width && layer.padding.height <= 1
            && (activation == nil || activation == .relu)
            && WinogradConvolution.takes(channels: input[1], outputs: output[1])
            && WinogradConvolution.tileCount(output) >= Self.fewestTiles
    }

    /// The convolution of `step`; `nil` if another algorithm suits it better.
    ///
    /// - Parameter weights: makes the place of the weights, as ``WinogradWeights`` arranges them.
    mutating func ownWinograd(
        _ step: Program.Step, _ layer: Convolution, bias: Place?,
        _ weights: (inout PlanCompiler) throws(EngineError) -> Place
    ) throws(EngineError) -> Tensor? {
        let (input, output) = (shapes[step.inputs[0]], shapes[step.output])
        guard usesOwnWinograd(layer, from: input, to: output, step.activation) else { return nil }
        let source = try tensor(step.inputs[0], as: imageLayout(input))
        let target = try result(imageLayout(output), over: step.addend)
        let work = try WinogradConvolution(
            from: input, padding: layer.padding.height, to: output, addsToDestination: step.addend != nil,
            appliesReLU: step.activation != nil, threads: options.threads)
        var arguments = try [
            (DNNL_ARG_SRC, place(source)), (DNNL_ARG_DST, place(target)), (DNNL_ARG_WEIGHTS, weights(&self)),
        ]
        if let bias { arguments.append((DNNL_ARG_BIAS, bias)) }
        call(step.name, work, arguments)
        return target
    }

    /// Weights that do not change, arranged for ``WinogradConvolution``.
    func winogradConstant(
        _ weight: [Float], _ layer: Convolution, isDerivative: Bool = false
    ) throws(EngineError) -> Place {
        let rowMajor = try Memory.holding(weight, shape: [weight.count], as: nil, library)
        let transform = WinogradWeights(of: layer, isDerivative: isDerivative)
        let target = try Memory(transform.layout(), library)
        let arguments = [(DNNL_ARG_SRC, rowMajor), (DNNL_ARG_DST, target)]
        try Call("Winograd's weights", transform, arguments, scratchpad: nil).execute(library)
        return .constant(target)
    }
}

extension Convolution {
    /// Whether Winograd's algorithm computes it, in tiles of the result.
    var allowsWinograd: Bool { kernel == 3 && stride == 1 && dilation == 1 && groups == 1 }
}
