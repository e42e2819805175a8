/// The calls of a plan with their memory: one block that all results share, each at its place.
struct BoundCalls {
    let calls: [Call]
    /// The memory of the plan's input, which all calls share.
    let input: Memory
    /// The size of the block, in bytes.
    let byteCount: Int
    private let arena: Block
    private let offsets: [Int]
    private let library: Library

    /// Gives every result its place.
    init(_ compiler: borrowing PlanCompiler) throws(EngineError) {
        library = compiler.library
        let plan = ArenaPlanner(compiler.buffers)
        offsets = plan.offsets
        // After the results comes what kernels need while they run; they run one at a time.
        let scratchpads = compiler.calls.compactMap { $0.work.scratchpad?.byteCount }
        arena = Block(byteCount: plan.byteCount + (scratchpads.max() ?? 0))
        byteCount = arena.byteCount
        input = try Memory(
            compiler.input.layout, in: arena, at: plan.offsets[compiler.input.buffer], compiler.library)

        var calls: [Call] = []
        for call in compiler.calls {
            var arguments: [(Int32, Memory)] = []
            for (role, place) in call.arguments {
                switch place {
                case .constant(let memory): arguments.append((role, memory))
                case .buffer(compiler.input.buffer, _): arguments.append((role, input))
                case .buffer(let buffer, let layout):
                    let memory = try Memory(layout, in: arena, at: plan.offsets[buffer], library)
                    arguments.append((role, memory))
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

    /// The memory of a result.
    func memory(of tensor: PlanCompiler.Tensor) throws(EngineError) -> Memory {
        try Memory(tensor.layout, in: arena, at: offsets[tensor.buffer], library)
    }
}
