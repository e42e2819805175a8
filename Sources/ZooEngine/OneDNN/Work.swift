import COneDNN

/// What a call of a plan runs: one of oneDNN's kernels, or a loop of the engine's own.
protocol Work: AnyObject {
    /// How much memory it needs while it runs, or `nil` for none.
    var scratchpad: Layout? { get }

    /// Does the work on the memory of `arguments` and waits for it.
    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t
}

/// The memory that a call works on, by the roles that oneDNN numbers.
@safe struct Arguments {
    /// As oneDNN takes them.
    let list: [dnnl_exec_arg_t]

    init(_ memories: [(role: Int32, memory: Memory)]) {
        unsafe list = memories.map { unsafe dnnl_exec_arg_t(arg: $0.role, memory: $0.memory.handle) }
    }

    /// Whether there is memory of that role.
    func has(_ role: Int32) -> Bool { unsafe list.contains { unsafe $0.arg == role } }

    /// Where the memory of that role begins.
    ///
    /// - Precondition: There is one.
    func start(_ role: Int32) -> UnsafeMutableRawPointer {
        var start: UnsafeMutableRawPointer?
        if let argument = unsafe list.first(where: { unsafe $0.arg == role }) {
            // The only failure is a handle that is none.
            unsafe dnnl_memory_get_data_handle(argument.memory, &start)
        }
        guard let start = unsafe start else { preconditionFailure("a call without memory of role \(role)") }
        return unsafe start
    }

    /// The same for memory of float32.
    func floats(_ role: Int32) -> UnsafeMutablePointer<Float> {
        unsafe start(role).assumingMemoryBound(to: Float.self)
    }
}
