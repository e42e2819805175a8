import CKernels
import COneDNN
import ZooGraph
import ZooTensor

/// The gradient of the weights of a depthwise convolution with kernels of 5×5, on images in blocks of 16 channels.
///
/// The result does not depend on the number of threads: the sums of a block of channels are formed by one.
@safe final class DepthwiseGradient: Work {
    let scratchpad: Layout?
    private var layer: zoo_depthwise_layer
    private let blockCount: Int
    private let threads: Int

    /// - Precondition: ``takes(_:)``.
    init(
        _ convolution: Convolution, from input: Shape, to output: Shape, _ element: Element, threads: Int
    ) throws(EngineError) {
        precondition(Self.takes(convolution), "another convolution")
        blockCount = (input[1] + 15) / 16
        self.threads = threads
        unsafe layer = zoo_depthwise_layer()
        unsafe (layer.images, layer.channels) = (Int32(input[0]), Int32(blockCount * 16))
        unsafe (layer.height, layer.width) = (Int32(input[2]), Int32(input[3]))
        unsafe (layer.output_height, layer.output_width) = (Int32(output[2]), Int32(output[3]))
        unsafe (layer.padding, layer.stride) = (Int32(convolution.padding.height), Int32(convolution.stride.height))
        unsafe layer.is_bfloat16 = element == .bfloat16 ? 1 : 0
        scratchpad = try unsafe .plain([threads * zoo_depthwise_scratch_count(&layer)])
    }

    private static let kernel = Extent(Int(ZOO_DEPTHWISE_KERNEL), Int(ZOO_DEPTHWISE_KERNEL))

    /// Whether the loops are written for that convolution.
    static func takes(_ layer: Convolution) -> Bool {
        // Images of few channels do not lie in blocks.
        layer.isDepthwise && layer.inputChannels > 4 && layer.kernel == kernel
            && layer.dilation == 1 && layer.stride.height == layer.stride.width
            && layer.padding.height == layer.padding.width
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        unsafe layer.source = UnsafeRawPointer(arguments.start(DNNL_ARG_SRC))
        unsafe layer.gradient = UnsafeRawPointer(arguments.start(DNNL_ARG_DIFF_DST))
        unsafe layer.target = arguments.floats(DNNL_ARG_DIFF_WEIGHTS)
        let scratch = unsafe arguments.floats(DNNL_ARG_SCRATCHPAD)
        let each = (scratchpad?.byteCount ?? 0) / MemoryLayout<Float>.size / threads
        let pieces = min(threads, blockCount)
        Team.split(pieces) { range in
            for piece in range {
                let (first, end) = (blockCount * piece / pieces, blockCount * (piece + 1) / pieces)
                unsafe zoo_depthwise_weights_gradient(
                    &layer, Int32(first), Int32(end - first), scratch + piece * each)
            }
        }
        return dnnl_success
    }
}

extension TrainingCompiler {
    /// Whether the gradient of the kernels of `layer` is computed by ``DepthwiseGradient``.
    func usesOwnDepthwise(_ layer: Convolution, bias: Weights?) -> Bool {
        DepthwiseGradient.takes(layer) && bias == nil && !plan.prefersChannelsLast && plan.library.channelBlock == 16
            && zoo_depthwise_is_supported() != 0
    }

    /// How those gradients lie.
    func depthwiseLayout(_ layer: Convolution) throws(EngineError) -> Layout {
        try .blockedGroups(layer.weightShape.splitting(groups: layer.groups))
    }

    /// Computes the gradient of a depthwise convolution's kernels.
    mutating func depthwiseGradient(
        _ step: Program.Step, _ layer: Convolution, _ kernel: Weights, _ gradient: Tensor
    ) throws(EngineError) {
        let (input, output) = (plan.shapes[step.inputs[0]], plan.shapes[step.output])
        let source = try plan.tensor(step.inputs[0], as: plan.imageLayout(input))
        let slope = try plan.reordered(gradient, as: plan.imageLayout(output))
        let work = try DepthwiseGradient(
            layer, from: input, to: output, plan.element, threads: plan.options.threads)
        try callForGradients(
            step.name, work, [(DNNL_ARG_SRC, plan.place(source)), (DNNL_ARG_DIFF_DST, plan.place(slope))],
            results: [(DNNL_ARG_DIFF_WEIGHTS, kernel, depthwiseLayout(layer))])
    }
}
