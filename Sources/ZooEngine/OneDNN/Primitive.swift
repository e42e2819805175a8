import COneDNN

/// A compiled kernel.
@safe final class Primitive: Work {
    let handle: dnnl_primitive_t
    /// How much memory it needs while it runs, or `nil` for none.
    let scratchpad: Layout?

    init(_ description: borrowing PrimitiveDescription, _ what: String) throws(EngineError) {
        var handle: dnnl_primitive_t?
        try unsafe check(dnnl_primitive_create(&handle, description.handle), what)
        guard let handle = unsafe handle else { throw refusal(dnnl_out_of_memory, what) }
        unsafe self.handle = handle
        scratchpad = description.layout(dnnl_query_scratchpad_md)
    }

    deinit {
        unsafe dnnl_primitive_destroy(handle)
    }

    func execute(_ arguments: Arguments, _ library: Library) -> dnnl_status_t {
        unsafe dnnl_primitive_execute(handle, library.stream, Int32(arguments.list.count), arguments.list)
    }
}

/// A kernel with its arguments, which it keeps alive.
@safe struct Call {
    /// The layer, for messages.
    let name: String
    private let work: any Work
    private let memories: [Memory]
    private let arguments: Arguments

    /// Binds `arguments`, and `scratchpad` where the kernel needs it.
    init(_ name: String, _ work: any Work, _ arguments: [(role: Int32, memory: Memory)], scratchpad: Memory?) {
        let all = arguments + (scratchpad.map { [(DNNL_ARG_SCRATCHPAD, $0)] } ?? [])
        self.name = name
        self.work = work
        memories = all.map(\.1)
        self.arguments = Arguments(all)
    }

    /// A copy between memories that do not move, with scratch space of its own.
    static func copy(
        from source: Memory, to target: Memory, _ library: Library, _ attributes: Attributes? = nil
    ) throws(EngineError) -> Call {
        let name = "a reorder of weights"
        let reorder = try Primitive(.reorder(from: source.layout, to: target.layout, library, attributes), name)
        let scratchpad = try reorder.scratchpad.map { layout throws(EngineError) in try Memory(layout, library) }
        return Call(name, reorder, [(DNNL_ARG_FROM, source), (DNNL_ARG_TO, target)], scratchpad: scratchpad)
    }

    /// Runs the kernel and waits for it.
    func execute(_ library: Library) throws(EngineError) {
        try check(work.execute(arguments, library), name)
    }
}
