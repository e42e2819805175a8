import ZooGraph
public import ZooTensor

/// A network made ready to be trained on batches of one size.
///
/// A step is ``forward(_:seed:)``, the loss and its gradient by the caller, ``backward(_:)``, and an optimiser's change by
/// ``TrainableParameters/update(_:)``. Nothing is computed for layers below the deepest trained parameter that inference
/// would not compute too.
///
/// ```swift
/// let parameters = try TrainableParameters(graph: graph, parameters: weights, scope: .everything(of: graph))
/// let plan = try TrainingPlan(parameters, batchSize: 32, height: 224, width: 224)
/// let logits = try plan.forward(images.span)
/// try plan.backward(lossGradient.span)
/// ```
///
/// Plans for other sizes may share the parameters. Not for two threads at a time.
public final class TrainingPlan {
    /// How many images a step takes, no more and no fewer: batch norms depend on the number.
    public let batchSize: Int
    /// The shape of one image: `C×H×W`.
    public let imageShape: Shape
    /// How many numbers the network gives for one image.
    public let outputCount: Int
    /// How it runs.
    public let options: EngineOptions
    private let executable: TrainingExecutable
    private let name: String

    /// Makes the plan. Blocks the calling thread meanwhile.
    ///
    /// - Parameters:
    ///   - addsGradients: Whether a backward pass adds to the gradients, as PyTorch's does, instead of replacing them.
    ///     Choose it for batches in several parts, with ``TrainableParameters/clearGradients()`` before each batch.
    ///   - options: With bfloat16 only trained parameters, their gradients and statistics are float32.
    /// - Throws: ``EngineError``, as ``InferencePlan``.
    public init(
        _ parameters: TrainableParameters, batchSize: Int, height: Int, width: Int, addsGradients: Bool = false,
        options: EngineOptions = EngineOptions()
    ) throws(EngineError) {
        let graph = parameters.graph
        let differentiation = Differentiation(graph, parameters.scope)
        let program = try Lowering.lower(
            graph, parameters: parameters.frozen.parameters, keeping: differentiation.kept)
        let shapes = try program.shapes(batch: batchSize, height: height, width: width)
        executable = try EngineThread.shared.perform { () throws(EngineError) in
            try TrainingExecutable(
                program, shapes: shapes, options, parameters, differentiation, addsGradients: addsGradients)
        }
        self.batchSize = batchSize
        self.options = options
        name = graph.name
        imageShape = Shape(Array(shapes[0].sizes.dropFirst()))
        outputCount = shapes[program.output].sizes.dropFirst().reduce(1, *)
    }

    /// How much memory results, gradients of results and the kernels' scratch space take, in bytes.
    public var arenaByteCount: Int { executable.arenaByteCount }

    /// The layers for which oneDNN has no fast kernel, by name; usually none. Worth a warning.
    public var slowLayers: [String] { executable.slowLayers }

    /// Runs the network, and records the statistics of batch norms in training mode.
    ///
    /// - Parameters:
    ///   - images: `batchSize×C×H×W`, row-major, normalised; copied.
    ///   - seed: What dropouts draw; the same number drops the same elements.
    /// - Returns: `batchSize×```outputCount``, row-major.
    /// - Throws: ``EngineError``: `wrongInput` for another number of values, `library`.
    public func forward(_ images: Span<Float>, seed: UInt64 = 0) throws(EngineError) -> [Float] {
        try require(images.count, batchSize * imageShape.elementCount, "images of \(imageShape)")
        return try EngineThread.shared.perform { () throws(EngineError) in
            try executable.forward(images, threads: options.threads, count: batchSize * outputCount, seed: seed)
        }
    }

    /// Computes the gradients of the trained parameters for the images of the last forward pass.
    ///
    /// - Parameter gradient: The derivative of the loss by each result of ``forward(_:seed:)``; copied.
    /// - Throws: ``EngineError``: `wrongInput` for another number of values, `library`.
    public func backward(_ gradient: Span<Float>) throws(EngineError) {
        try require(gradient.count, batchSize * outputCount, "gradients of \(outputCount) values")
        try EngineThread.shared.perform { () throws(EngineError) in
            try executable.backward(gradient, threads: options.threads)
        }
    }

    private func require(_ count: Int, _ expected: Int, _ what: String) throws(EngineError) {
        guard count == expected else {
            throw EngineError(
                .wrongInput, place: name,
                "\(batchSize) \(what) are \(expected) values, there are \(count)")
        }
    }
}
