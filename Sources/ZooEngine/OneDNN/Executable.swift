import ZooTensor

/// The calls of a plan with their memory, ready to run. Made and run on ``EngineThread`` only.
final class Executable {
    private let library: Library
    private let calls: [Call]
    private let input: Memory
    private let output: Memory
    private let canBorrowInput: Bool
    /// The size of the block that all results share, in bytes.
    let arenaByteCount: Int

    /// The layers for which oneDNN has only a reference kernel.
    let slowLayers: [String]

    /// - Parameter survey: looks at every result, if there is one.
    init(
        _ program: Program, shapes: [Shape], _ options: EngineOptions, survey: ValueSurvey? = nil
    ) throws(EngineError) {
        library = try Library.shared()
        try library.require(options.precision)
        library.use(threads: options.threads)
        var compiler = try PlanCompiler(program, shapes: shapes, options, library)
        try compiler.compileAll { compiler, step throws(EngineError) in
            let result =
                if let quantised = compiler.quantised { try compiler.compileMixed(step, quantised) } else {
                    try compiler.compile(step)
                }
            if let survey { try compiler.observe(result, of: step, for: survey) }
            return result
        }
        let output = try compiler.output()
        slowLayers = compiler.slowLayers
        let bound = try BoundCalls(compiler, program.name, batchSize: shapes[0][0], memoryLimit: options.memoryLimit)
        calls = bound.calls
        arenaByteCount = bound.byteCount
        input = bound.input
        self.output = try bound.memory(of: output)
        canBorrowInput = output.buffer != compiler.input.buffer
    }

    /// Runs all calls on `images`; where they are fewer than the batch, the rest is zeros.
    ///
    /// - Returns: The first `count` values of the result.
    func run(_ images: Span<Float>, threads: Int, count: Int) throws(EngineError) -> [Float] {
        library.use(threads: threads)
        guard canBorrowInput && images.count * MemoryLayout<Float>.size == input.layout.byteCount else {
            input.write(images)
            try execute()
            return output.read(count)
        }
        try input.borrow(images)
        do throws(EngineError) { try execute() } catch {
            try input.giveBack()
            throw error
        }
        try input.giveBack()
        return output.read(count)
    }

    private func execute() throws(EngineError) {
        for call in calls { try call.execute(library) }
    }
}
