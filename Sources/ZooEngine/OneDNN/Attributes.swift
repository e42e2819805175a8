import COneDNN
import ZooGraph

/// What a primitive does besides its own work: the sum and the activation that follow it, and memory from outside.
@safe final class Attributes {
    let handle: dnnl_primitive_attr_t

    /// Attributes for a primitive whose result is multiplied by `scale`, then added to what the destination holds, then
    /// put through `activation`.
    convenience init(
        addsToDestination: Bool = false, activation: Activation? = nil, scale: Float = 1
    ) throws(EngineError) {
        try self.init(
            addsToDestination: addsToDestination, functions: activation?.algorithms ?? [], scale: scale)
    }

    /// The same with any functions, applied in turn.
    init(addsToDestination: Bool = false, functions: [Kernels.Function], scale: Float = 1) throws(EngineError) {
        unsafe handle = try Self.create()
        if scale != 1 {
            var scale = scale
            try unsafe check(dnnl_primitive_attr_set_output_scales(handle, 1, 0, &scale), "a scale")
        }
        guard addsToDestination || !functions.isEmpty else { return }

        var operations: dnnl_post_ops_t?
        try unsafe check(dnnl_post_ops_create(&operations), "post-operations")
        defer { unsafe dnnl_post_ops_destroy(operations) }
        if addsToDestination { try unsafe check(dnnl_post_ops_append_sum(operations, 1), "a fused sum") }
        try unsafe Self.append(functions, to: operations)
        try unsafe check(dnnl_primitive_attr_set_post_ops(handle, operations), "post-operations")
    }

    /// Attributes for a primitive with integers as sources: what its 32-bit sums are multiplied by, and what follows.
    ///
    /// - Parameters:
    ///   - scales: One factor for each output channel, or one for all.
    ///   - mask: The axes of the result along which there is a factor for each index, a bit for each.
    ///   - sum: What is in the destination is multiplied by this before it is added, and of which type it is.
    ///   - functions: Applied in turn, in the units of the scaled sums.
    init(
        scales: [Float], mask: Int32, sum: (scale: Float, element: Element)?, functions: [Kernels.Function]
    ) throws(EngineError) {
        unsafe handle = try Self.create()
        try unsafe check(
            dnnl_primitive_attr_set_output_scales(handle, Int64(scales.count), mask, scales), "the scales")
        guard sum != nil || !functions.isEmpty else { return }
        var operations: dnnl_post_ops_t?
        try unsafe check(dnnl_post_ops_create(&operations), "post-operations")
        defer { unsafe dnnl_post_ops_destroy(operations) }
        if let sum {
            try unsafe check(
                dnnl_post_ops_append_sum_v2(operations, sum.scale, sum.element.dataType), "a fused sum")
        }
        try unsafe Self.append(functions, to: operations)
        try unsafe check(dnnl_primitive_attr_set_post_ops(handle, operations), "post-operations")
    }

    /// Empty attributes, with one scratchpad for all primitives of a plan instead of one each.
    private static func create() throws(EngineError) -> dnnl_primitive_attr_t {
        var handle: dnnl_primitive_attr_t?
        try unsafe check(dnnl_primitive_attr_create(&handle), "attributes")
        guard let handle = unsafe handle else { throw refusal(dnnl_out_of_memory, "attributes") }
        try unsafe check(
            dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user), "the scratchpad mode")
        return unsafe handle
    }

    private static func append(
        _ functions: [Kernels.Function], to operations: dnnl_post_ops_t?
    ) throws(EngineError) {
        for (algorithm, alpha, beta) in functions {
            try unsafe check(
                dnnl_post_ops_append_eltwise(operations, 1, algorithm, alpha, beta), "a fused activation")
        }
    }

    deinit {
        unsafe dnnl_primitive_attr_destroy(handle)
    }
}

extension Activation {
    /// oneDNN's names and parameters of the functions that are applied in turn.
    var algorithms: [Kernels.Function] {
        switch self {
        case .relu: [(dnnl_eltwise_relu, 0, 0)]
        case .leakyRelu(let slope): [(dnnl_eltwise_relu, slope, 0)]
        case .relu6: [(dnnl_eltwise_clip, 0, 6)]
        case .sigmoid: [(dnnl_eltwise_logistic, 0, 0)]
        case .hardSigmoid: [(dnnl_eltwise_linear, 1 / 6, 0.5), (dnnl_eltwise_clip, 0, 1)]
        case .silu: [(dnnl_eltwise_swish, 1, 0)]
        case .hardSwish: [(dnnl_eltwise_hardswish, 0, 0)]
        case .gelu: [(dnnl_eltwise_gelu_erf, 0, 0)]
        case .tanh: [(dnnl_eltwise_tanh, 0, 0)]
        }
    }
}
