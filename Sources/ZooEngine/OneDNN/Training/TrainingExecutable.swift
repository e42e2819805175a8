import ZooCore
import ZooGraph
import ZooTensor

/// The calls of a training step with their memory, ready to run. Made and run on ``EngineThread`` only.
final class TrainingExecutable {
    private let library: Library
    private let forwardCalls: [Call]
    private let backwardCalls: [Call]
    private let refreshes: [Call]
    private let input: Memory
    private let output: Memory
    private let outputGradient: Memory
    private let records: [TrainingCompiler.StatisticsRecord]
    private let masks: [TrainingCompiler.Mask]
    private let parameters: TrainableParameters
    private var version: Int?
    /// The size of the block that all results and gradients share, in bytes.
    let arenaByteCount: Int
    /// The layers for which oneDNN has only a reference kernel.
    let slowLayers: [String]

    init(
        _ program: Program, shapes: [Shape], _ options: EngineOptions, _ parameters: TrainableParameters,
        _ differentiation: Differentiation, addsGradients: Bool
    ) throws(EngineError) {
        library = try Library.shared()
        try library.require(options.precision)
        library.use(threads: options.threads)
        let compiler = try TrainingCompiler(
            program, shapes: shapes, options, parameters, differentiation, addsGradients: addsGradients, library)
        guard let output = compiler.output, let outputGradient = compiler.outputGradient else {
            throw EngineError(.library, place: program.name, "the network has no result")
        }
        let bound = try BoundCalls(
            compiler.plan, program.name, batchSize: shapes[0][0], memoryLimit: options.memoryLimit)
        forwardCalls = Array(bound.calls[..<compiler.forwardCallCount])
        backwardCalls = Array(bound.calls[compiler.forwardCallCount...])
        refreshes = compiler.refreshes
        input = bound.input
        self.output = try bound.memory(of: output)
        self.outputGradient = try bound.memory(of: outputGradient)
        records = compiler.records
        masks = compiler.masks
        arenaByteCount = bound.byteCount
        slowLayers = compiler.plan.slowLayers
        self.parameters = parameters
    }

    /// Runs the network on a full batch and records the statistics of its batch norms.
    ///
    /// - Returns: The first `count` values of the result.
    func forward(_ images: Span<Float>, threads: Int, count: Int, seed: UInt64) throws(EngineError) -> [Float] {
        library.use(threads: threads)
        if version != parameters.version {
            for call in refreshes { try call.execute(library) }
            version = parameters.version
        }
        for (index, mask) in masks.enumerated() {
            var generator = SeededGenerator(seed: seed, stream: UInt64(index))
            mask.draw(&generator)
        }
        input.write(images)
        for call in forwardCalls { try call.execute(library) }
        for record in records {
            parameters.statistics[record.layer]?.record(
                mean: record.mean.read(record.channelCount), variance: record.variance.read(record.channelCount),
                count: record.count)
        }
        return output.read(count)
    }

    /// Computes the gradients of the trained parameters from that of the last result.
    func backward(_ gradient: Span<Float>, threads: Int) throws(EngineError) {
        library.use(threads: threads)
        outputGradient.write(gradient)
        for call in backwardCalls { try call.execute(library) }
    }
}

extension TrainingCompiler.StatisticsRecord {
    fileprivate var channelCount: Int { mean.layout.byteCount / MemoryLayout<Float>.size }
}

extension TrainingCompiler.Mask {
    /// Ones where elements, or all of a sample, stay, zeros where they are dropped.
    fileprivate func draw(_ generator: inout SeededGenerator) {
        let threshold = Float(operation.probability)
        let runLength = operation.dropsSamples ? memory.elementCount / sampleCount : 1
        memory.fill(runLength: runLength) { generator.uniform() < threshold ? 0 : 1 }
    }
}
