import CKernels
import COneDNN
import ZooGraph
import ZooTensor

/// A 3×3 convolution in bfloat16 by Winograd's algorithm, on images in blocks of 16 channels.
///
/// The result does not depend on the number of threads: each tile is computed by itself.
@safe final class WinogradConvolution: Work {
    let scratchpad: Layout?
    private var layer: zoo_winograd_layer
    private let tileCount: Int
    private let threads: Int
    /// How many tiles a thread works on at a time: few enough that what they become stays in its cache.
    private let chunk: Int

    /// - Parameters:
    ///   - padding: The zeros around the image of `input`.
    ///   - addsToDestination: Whether the result is added to what the target holds, before the ReLU.
    /// - Precondition: Channels fill whole blocks, outputs whole pairs of blocks.
    init(
        from input: Shape, padding: Int, to output: Shape, addsToDestination: Bool, appliesReLU: Bool, threads: Int
    ) throws(EngineError) {
        precondition(Self.takes(channels: input[1], outputs: output[1]), "channels")
        unsafe layer = zoo_winograd_layer()
        unsafe layer.channels = Int32(input[1])
        unsafe (layer.height, layer.width) = (Int32(input[2]), Int32(input[3]))
        unsafe layer.padding = Int32(padding)
        unsafe layer.outputs = Int32(output[1])
        unsafe (layer.output_height, layer.output_width) = (Int32(output[2]), Int32(output[3]))
        unsafe layer.adds = addsToDestination ? 1 : 0
        unsafe layer.applies_relu = appliesReLU ? 1 : 0
        self.threads = threads
        tileCount = Self.tileCount(output)
        let most = 4 * Int(ZOO_WINOGRAD_ROWS)
        let rounds = (tileCount + most * threads - 1) / (most * threads)
        chunk = max(1, (tileCount + rounds * threads - 1) / (rounds * threads))
        let floats = zoo_winograd_scratch_size(Int32(input[1]), Int32(chunk)) / MemoryLayout<Float>.size
        scratchpad = try .plain([threads * floats])
    }

    /// Whether the numbers of channels are those that the loops are written for.
    static func takes(channels: Int, outputs: Int) -> Bool {
        channels % Int(ZOO_WINOGRAD_BLOCK) == 0 && outputs % Int(ZOO_WINOGRAD_OUTPUTS) == 0
    }

    /// The squares of 2×2 pixels that cover a result.
    static func tileCount(_ output: Shape) -> Int {
        output[0] * ((output[2] + 1) / 2) * ((output[3] + 1) / 2)
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        unsafe layer.source = UnsafePointer(
            arguments.start(DNNL_ARG_SRC).assumingMemoryBound(to: UInt16.self))
        unsafe layer.weights = UnsafePointer(
            arguments.start(DNNL_ARG_WEIGHTS).assumingMemoryBound(to: UInt16.self))
        unsafe layer.bias = arguments.has(DNNL_ARG_BIAS) ? UnsafePointer(arguments.floats(DNNL_ARG_BIAS)) : nil
        unsafe layer.target = arguments.start(DNNL_ARG_DST).assumingMemoryBound(to: UInt16.self)
        let scratch = unsafe arguments.start(DNNL_ARG_SCRATCHPAD)
        let each = (scratchpad?.byteCount ?? 0) / threads
        // Not more pieces than threads, so that each has scratch space of its own.
        let pieces = min(threads, (tileCount + chunk - 1) / chunk)
        Team.split(pieces) { range in
            for piece in range {
                for first in stride(from: piece * chunk, to: tileCount, by: pieces * chunk) {
                    unsafe zoo_winograd_run(
                        &layer, Int32(first), Int32(min(chunk, tileCount - first)), scratch + piece * each)
                }
            }
        }
        return dnnl_success
    }
}

/// Makes of a convolution's row-major weights what ``WinogradConvolution`` multiplies by.
@safe final class WinogradWeights: Work {
    let scratchpad: Layout? = nil
    private let channels: Int
    private let outputs: Int
    private let isDerivative: Bool

    /// - Parameter isDerivative: Whether they are for the derivative of the convolution by its input, itself a
    ///   convolution: from the gradients of the layer's outputs to those of its channels, with turned kernels.
    init(of layer: Convolution, isDerivative: Bool = false) {
        channels = isDerivative ? layer.outputChannels : layer.inputChannels
        outputs = isDerivative ? layer.inputChannels : layer.outputChannels
        self.isDerivative = isDerivative
    }

    /// How the result lies: 16 numbers for each kernel, in an order of their own.
    func layout() throws(EngineError) -> Layout { try .plain([16 * channels * outputs], .bfloat16) }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        let (source, target) = unsafe (
            arguments.floats(DNNL_ARG_SRC), arguments.start(DNNL_ARG_DST).assumingMemoryBound(to: UInt16.self)
        )
        let (outputStride, channelStride) = isDerivative ? (9, 9 * outputs) : (9 * channels, 9)
        let group = Int(ZOO_WINOGRAD_OUTPUTS)
        Team.split(outputs / group) { range in
            unsafe zoo_winograd_weights(
                source, Int32(channels), outputStride, channelStride, isDerivative ? 1 : 0,
                Int32(range.lowerBound * group), Int32(range.count * group), target)
        }
        return dnnl_success
    }
}
