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

    init(_ program: Program, shapes: [Shape], _ options: EngineOptions) throws(EngineError) {
        library = try Library.shared()
        try library.require(options.precision)
        library.use(threads: options.threads)
        var compiler = try PlanCompiler(program, shapes: shapes, options, library)
        let output = try compiler.output()
        slowLayers = compiler.slowLayers
        let plan = ArenaPlanner(compiler.buffers)
        // After the results comes what kernels need while they run; they run one at a time.
        let scratchpads = compiler.calls.compactMap { $0.work.scratchpad?.byteCount }
        let arena = Block(byteCount: plan.byteCount + (scratchpads.max() ?? 0))
        arenaByteCount = arena.byteCount

        let input = try Memory(compiler.input.layout, in: arena, at: plan.offsets[compiler.input.buffer], library)
        self.input = input
        self.output = try Memory(output.layout, in: arena, at: plan.offsets[output.buffer], library)
        canBorrowInput = output.buffer != compiler.input.buffer

        var calls: [Call] = []
        for call in compiler.calls {
            var arguments: [(Int32, Memory)] = []
            for (role, place) in call.arguments {
                switch place {
                case .constant(let memory): arguments.append((role, memory))
                case .buffer(compiler.input.buffer, _): arguments.append((role, input))
                case .buffer(let buffer, let layout):
                    arguments.append((role, try Memory(layout, in: arena, at: plan.offsets[buffer], library)))
                }
            }
            var scratchpad: Memory?
            if let layout = call.work.scratchpad {
                scratchpad = try Memory(layout, in: arena, at: plan.byteCount, library)
            }
            calls.append(Call(call.name, call.work, arguments, scratchpad: scratchpad))
        }
        self.calls = calls
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
