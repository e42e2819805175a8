import COneDNN
import ZooTensor

/// One of oneDNN's kernels with memory that moves.
@safe final class AttentionStep {
    private let primitive: Primitive
    private let memories: [MovingMemory]
    private let scratchpad: MovingMemory?
    private let arguments: [dnnl_exec_arg_t]
    let scratchByteCount: Int
    /// Whether the kernel is a plain loop of oneDNN's.
    let isReference: Bool

    /// Products of matrices, as many as there are rows and heads.
    ///
    /// - Returns: `nil` if oneDNN has no kernel.
    convenience init?(
        product: (left: Layout, right: Layout), to target: Layout, _ attributes: Attributes, _ kernels: Kernels
    ) throws(EngineError) {
        guard let description = try kernels.product(product.left, product.right, to: target, attributes) else {
            return nil
        }
        try self.init(
            description, [(DNNL_ARG_SRC, product.left), (DNNL_ARG_WEIGHTS, product.right), (DNNL_ARG_DST, target)],
            kernels.library)
    }

    init(
        _ description: borrowing PrimitiveDescription, _ arguments: [(role: Int32, layout: Layout)],
        _ library: Library
    ) throws(EngineError) {
        primitive = try Primitive(description, "attention")
        isReference = description.isReference
        var memories: [MovingMemory] = []
        for argument in arguments { memories.append(try MovingMemory(argument.layout, library)) }
        self.memories = memories
        var scratchpad: MovingMemory?
        if let layout = primitive.scratchpad { scratchpad = try MovingMemory(layout, library) }
        self.scratchpad = scratchpad
        scratchByteCount = primitive.scratchpad?.byteCount ?? 0
        var list = unsafe zip(arguments, memories).map {
            unsafe dnnl_exec_arg_t(arg: $0.0.role, memory: $0.1.handle)
        }
        if let scratchpad {
            unsafe list.append(dnnl_exec_arg_t(arg: DNNL_ARG_SCRATCHPAD, memory: scratchpad.handle))
        }
        unsafe self.arguments = list
    }

    func execute(
        _ places: [UnsafeMutablePointer<Float>], scratch: UnsafeMutablePointer<Float>, _ library: Library
    ) -> dnnl_status_t {
        for index in memories.indices {
            let status = unsafe memories[index].move(to: places[index])
            guard status == dnnl_success else { return status }
        }
        if let scratchpad {
            let status = unsafe scratchpad.move(to: scratch)
            guard status == dnnl_success else { return status }
        }
        return unsafe dnnl_primitive_execute(
            primitive.handle, library.stream, Int32(arguments.count), arguments)
    }
}

/// A tensor whose place in memory changes from call to call.
@safe final class MovingMemory {
    let handle: dnnl_memory_t

    init(_ layout: Layout, _ library: Library) throws(EngineError) {
        var description = layout.description
        var handle: dnnl_memory_t?
        try unsafe check(
            dnnl_memory_create(&handle, &description, library.engine, nil), "a tensor in memory")
        guard let handle = unsafe handle else { throw refusal(dnnl_out_of_memory, "a tensor in memory") }
        unsafe self.handle = handle
    }

    deinit {
        unsafe dnnl_memory_destroy(handle)
    }

    func move(to place: UnsafeMutablePointer<Float>) -> dnnl_status_t {
        unsafe dnnl_memory_set_data_handle(handle, place)
    }
}
