import COneDNN
import ZooTensor

extension Layout {
    /// A tensor that lies in memory with these distances between neighbours along each axis.
    static func strided(_ shape: Shape, _ strides: [Int]) throws(EngineError) -> Layout {
        var description = dnnl_memory_desc_t()
        try unsafe check(
            dnnl_memory_desc_init_by_strides(
                &description, Int32(shape.rank), shape.sizes.map { Int64($0) }, dnnl_f32, strides.map { Int64($0) }),
            "a tensor of shape \(shape)")
        return Layout(description)
    }
}

extension Kernels {
    /// The products of matrices, as many as the axes before the last two have.
    func product(
        _ left: Layout, _ right: Layout, to target: Layout, _ attributes: Attributes
    ) throws(EngineError) -> PrimitiveDescription? {
        var (left, right, target) = (left.description, right.description, target.description)
        var descriptor = dnnl_matmul_desc_t()
        try unsafe check(dnnl_matmul_desc_init(&descriptor, &left, &right, nil, &target), "matrix products")
        return try unsafe .choose(&descriptor, attributes, library, "matrix products")
    }

    /// Softmax over an axis.
    func softmax(
        _ layout: Layout, axis: Int, _ purpose: dnnl_prop_kind_t = dnnl_forward_inference
    ) throws(EngineError) -> PrimitiveDescription? {
        var data = layout.description
        var descriptor = dnnl_softmax_v2_desc_t()
        try unsafe check(
            dnnl_softmax_v2_forward_desc_init(
                &descriptor, purpose, dnnl_softmax_accurate, &data, &data, Int32(axis)), "a softmax")
        return try unsafe .choose(&descriptor, Attributes(), library, "a softmax")
    }

    /// The derivative of softmax, from its result.
    func softmaxGradient(_ layout: Layout, axis: Int) throws(EngineError) -> PrimitiveDescription? {
        guard let forward = try softmax(layout, axis: axis, dnnl_forward_training) else { return nil }
        var (data, gradient) = (layout.description, layout.description)
        var descriptor = dnnl_softmax_v2_desc_t()
        try unsafe check(
            dnnl_softmax_v2_backward_desc_init(
                &descriptor, dnnl_softmax_accurate, &gradient, &gradient, &data, Int32(axis)),
            "the gradient of a softmax")
        return try unsafe .choose(&descriptor, Attributes(), library, "a gradient", after: forward.handle)
    }
}
