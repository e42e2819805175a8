import ZooCore

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
    ///
    /// - Parameters:
    ///   - name: the network's name, for errors.
    ///   - batchSize: how many images the plan takes at a time.
    ///   - memoryLimit: how many bytes it may take; what there is if `nil`.
    /// - Throws: ``EngineError``: `outOfMemory`, before the memory is taken; `library`.
    init(
        _ compiler: borrowing PlanCompiler, _ name: String, batchSize: Int, memoryLimit: Int?
    ) throws(EngineError) {
        library = compiler.library
        let plan = ArenaPlanner(compiler.buffers)
        offsets = plan.offsets
        // After the results comes what kernels need while they run; they run one at a time.
        let scratchpads = compiler.calls.compactMap { $0.work.scratchpad?.byteCount }
        let needed = plan.byteCount + (scratchpads.max() ?? 0)
        try Self.require(needed, of: memoryLimit ?? AvailableMemory.byteCount, name, batchSize: batchSize)
        arena = Block(byteCount: needed)
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

    /// Refuses a plan for which there is not the memory; a killed process could not say why.
    private static func require(
        _ needed: Int, of available: Int?, _ name: String, batchSize: Int
    ) throws(EngineError) {
        guard let available, needed > available else { return }
        // A part of the memory is needed for any batch, so a smaller one needs more than its share; how much more, oneDNN
        // decides when it chooses kernels for it.
        let fitting = Int(Double(batchSize) * 0.75 * Double(available) / Double(needed))
        let advice =
            fitting > 0
            ? "try a batch of \(fitting) (--batch-size \(fitting))"
            : "not even one image at a time would fit; take a smaller network or smaller images"
        throw EngineError(
            .outOfMemory, place: name,
            "a batch of \(batchSize) needs \(needed / 1_000_000) MB of memory, and \(available / 1_000_000) MB are there; "
                + advice)
    }
}
