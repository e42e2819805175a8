import COneDNN

/// oneDNN's CPU engine and a stream on it. Made and used on ``EngineThread`` only.
@safe final class Library: @unchecked Sendable {
    // @unchecked: handles never change; every use is on the engine's thread.
    let engine: dnnl_engine_t
    let stream: dnnl_stream_t
    /// How many channels fill a vector register, and so a block of the blocked layouts: 16 with AVX-512, else 8.
    let channelBlock: Int

    /// What the processor does with bfloat16.
    let bfloat16: PrecisionSupport
    /// Whether the processor multiplies tiles of matrices (AMX) in bfloat16.
    let hasTiles: Bool
    /// Whether the processor has instructions for products of 8-bit integers (VNNI).
    let hasIntegerProducts: Bool

    private static nonisolated(unsafe) var existing: Library?

    /// The one instance, made with the first call.
    static func shared() throws(EngineError) -> Library {
        if let library = unsafe existing { return library }
        let library = try Library()
        unsafe existing = library
        return library
    }

    private init() throws(EngineError) {
        let features = dnnl_get_effective_cpu_isa().rawValue
        func has(_ feature: dnnl_cpu_isa_t) -> Bool { features & feature.rawValue == feature.rawValue }
        guard has(dnnl_cpu_isa_avx2) else {
            throw EngineError(
                .unsupportedProcessor, place: "",
                "this processor has no AVX2 (or ONEDNN_MAX_CPU_ISA forbids it), which zoo needs to run networks")
        }
        channelBlock = has(dnnl_cpu_isa_avx512_core) ? 16 : 8
        bfloat16 =
            has(dnnl_cpu_isa_avx512_core_bf16) ? .native : has(dnnl_cpu_isa_avx512_core) ? .emulated : .missing
        hasTiles = has(dnnl_cpu_isa_avx512_core_amx)
        hasIntegerProducts = has(dnnl_cpu_isa_avx512_core_vnni) || has(dnnl_cpu_isa_avx2_vnni)
        var engine: dnnl_engine_t?
        try unsafe check(dnnl_engine_create(&engine, dnnl_cpu, 0), "the CPU engine")
        var stream: dnnl_stream_t?
        try unsafe check(dnnl_stream_create(&stream, engine, UInt32(dnnl_stream_default_flags.rawValue)), "a stream")
        guard let engine = unsafe engine, let stream = unsafe stream else {
            throw refusal(dnnl_out_of_memory, "a stream")
        }
        unsafe self.engine = engine
        unsafe self.stream = stream
    }

    deinit {
        // Nothing can be done about a refusal here, and none is documented.
        unsafe dnnl_stream_destroy(stream)
        unsafe dnnl_engine_destroy(engine)
    }

    /// Throws unless there are kernels for `precision`.
    func require(_ precision: Precision) throws(EngineError) {
        guard precision == .bfloat16, bfloat16 == .missing else { return }
        throw EngineError(
            .unsupportedProcessor, place: "",
            "this processor has no AVX-512 (or ONEDNN_MAX_CPU_ISA forbids it), which bfloat16 needs; use fp32")
    }

    /// Sets how many threads the primitives that are made and executed next may use.
    func use(threads: Int) {
        omp_set_num_threads(Int32(clamping: threads))
    }
}

/// Throws unless oneDNN did what it was asked for.
func check(_ status: dnnl_status_t, _ what: @autoclosure () -> String) throws(EngineError) {
    if status != dnnl_success { throw refusal(status, what()) }
}

/// What a status means, as an error.
func refusal(_ status: dnnl_status_t, _ what: String) -> EngineError {
    switch status {
    case dnnl_unimplemented:
        EngineError(.unsupportedOperation, place: "", "oneDNN has no implementation of \(what)")
    case dnnl_out_of_memory:
        EngineError(.library, place: "", "not enough memory for \(what); use a smaller batch")
    case dnnl_invalid_arguments:
        EngineError(.library, place: "", "oneDNN refused the arguments of \(what)")
    default:
        EngineError(.library, place: "", "oneDNN failed with status \(status.rawValue) at \(what)")
    }
}
