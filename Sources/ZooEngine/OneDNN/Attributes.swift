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
        try self.init(addsToDestination: addsToDestination, functions: activation?.algorithms ?? [], scale: scale)
    }

    /// The same with `functions`, applied in turn.
    init(
        addsToDestination: Bool = false, functions: [Kernels.Function], scale: Float = 1
    ) throws(EngineError) {
        var handle: dnnl_primitive_attr_t?
        try unsafe check(dnnl_primitive_attr_create(&handle), "attributes")
        guard let handle = unsafe handle else { throw refusal(dnnl_out_of_memory, "attributes") }
        unsafe self.handle = handle
        // One scratchpad for all primitives of a plan instead of one each.
        try unsafe check(
            dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user), "the scratchpad mode")
        if scale != 1 {
            var scale = scale
            try unsafe check(dnnl_primitive_attr_set_output_scales(handle, 1, 0, &scale), "a scale")
        }
        guard addsToDestination || !functions.isEmpty else { return }

        var operations: dnnl_post_ops_t?
        try unsafe check(dnnl_post_ops_create(&operations), "post-operations")
        defer { unsafe dnnl_post_ops_destroy(operations) }
        if addsToDestination { try unsafe check(dnnl_post_ops_append_sum(operations, 1), "a fused sum") }
        for (algorithm, alpha, beta) in functions {
            try unsafe check(
                dnnl_post_ops_append_eltwise(operations, 1, algorithm, alpha, beta), "a fused activation")
        }
        try unsafe check(dnnl_primitive_attr_set_post_ops(handle, operations), "post-operations")
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
