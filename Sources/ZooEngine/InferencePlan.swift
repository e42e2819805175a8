public import ZooGraph
public import ZooTensor

/// A network made ready to run on batches of one size: kernels chosen, weights arranged, memory laid out.
///
/// Making a plan costs about as much as running it a few times and copies the weights; running it allocates nothing but
/// the result. Keep one for each batch size and image size in use, or use ``ModelRunner``.
///
/// Batch norms are folded into the convolutions before them, sums and activations are computed while a convolution writes
/// its result, and results stay in the blocked layouts that the kernels prefer.
///
/// ```swift
/// let plan = try InferencePlan(graph: graph, parameters: weights, batchSize: 32, height: 224, width: 224)
/// let logits = try plan.run(images.span, count: 32)
/// ```
public final class InferencePlan: @unchecked Sendable {
    // @unchecked: the executable is touched on the engine's thread only.

    /// How many images one run takes at most.
    public let batchSize: Int
    /// The shape of one image: `C×H×W`.
    public let imageShape: Shape
    /// The shape of the result for one image: `F` for features or logits.
    public let outputShape: Shape
    /// How it runs.
    public let options: EngineOptions
    private let executable: Executable
    private let name: String

    /// Makes the plan for batches of `batchSize` images of `height` by `width` pixels.
    ///
    /// Blocks the calling thread meanwhile.
    ///
    /// - Parameter parameters: Tensors of any real type by PyTorch's names, as `graph.parameterSpecs` lists them; others
    ///   are ignored. They are copied.
    /// - Throws: ``EngineError``: `missingParameter`, `mismatchedParameter`, `wrongInput` for images that do not fit the
    ///   network, `unsupportedOperation`, `unsupportedProcessor`, `library`.
    public convenience init(
        graph: Graph, parameters: [String: Tensor], batchSize: Int, height: Int, width: Int,
        options: EngineOptions = EngineOptions()
    ) throws(EngineError) {
        let program = try Lowering.lower(graph, parameters: parameters)
        try self.init(program, batchSize: batchSize, height: height, width: width, options: options)
    }

    /// - Parameter survey: looks at every result, if there is one.
    init(
        _ program: Program, batchSize: Int, height: Int, width: Int, options: EngineOptions, survey: ValueSurvey? = nil
    ) throws(EngineError) {
        let shapes = try program.shapes(batch: batchSize, height: height, width: width)
        executable = try EngineThread.shared.perform { () throws(EngineError) in
            try Executable(program, shapes: shapes, options, survey: survey)
        }
        self.batchSize = batchSize
        self.options = options
        name = program.name
        imageShape = Shape(Array(shapes[0].sizes.dropFirst()))
        // The output may be a flattened view of a value.
        let isFlat = if case .flatten = program.graph.nodes[program.graph.output].operation { true } else { false }
        let outputSizes = Array(shapes[program.output].sizes.dropFirst())
        outputShape = isFlat ? [outputSizes.reduce(1, *)] : Shape(outputSizes)
    }

    /// How much memory the results and the kernels' scratch space take, in bytes; weights come on top.
    public var arenaByteCount: Int { executable.arenaByteCount }

    /// The layers for which oneDNN has no fast kernel, by name; usually none. Worth a warning.
    public var slowLayers: [String] { executable.slowLayers }

    /// Runs the network on `count` images and waits for the result.
    ///
    /// A batch that is not full costs as much as a full one.
    ///
    /// - Parameter images: `count×C×H×W`, row-major, normalised; borrowed. At most ``batchSize`` images.
    /// - Returns: `count×```outputShape``, row-major.
    /// - Throws: ``EngineError``: `wrongInput` for another number of values, `library`.
    public func run(_ images: Span<Float>, count: Int) throws(EngineError) -> [Float] {
        guard 0...batchSize ~= count, images.count == count * imageShape.elementCount else {
            throw EngineError(
                .wrongInput, place: name,
                "\(count) images of \(imageShape) in a plan for at most \(batchSize) need "
                    + "\(imageShape.elementCount) values each, there are \(images.count)")
        }
        let (executable, threads, wanted) = (executable, options.threads, count * outputShape.elementCount)
        return try EngineThread.shared.perform { () throws(EngineError) in
            try executable.run(images, threads: threads, count: wanted)
        }
    }
}
