import COneDNN
import ZooGraph
import ZooTensor

// The derivatives of operations. oneDNN wants the description of the operation itself for each.
extension Kernels {
    /// Which derivative of a layer with weights.
    enum Derivative {
        /// Of its input.
        case input
        /// Of its weights, and of its bias where there is one; always float32.
        case weights
    }

    /// A derivative of a convolution. `source` and `target` say how input and result, and their gradients, lie.
    func convolution(
        _ derivative: Derivative, _ layer: Convolution, weight: Shape, hasBias: Bool, from source: Layout,
        to target: Layout, winograd: Bool
    ) throws(EngineError) -> PrimitiveDescription? {
        let forward = try convolution(
            layer, weight: weight, hasBias: false, from: source, to: target, winograd: winograd, Attributes(),
            dnnl_forward_training)
        guard let forward else { return nil }
        let gradientElement = derivative == .weights ? .float32 : source.element
        var weights = try Layout.any(weight, gradientElement).description
        var bias = hasBias ? try Layout.plain([layer.outputChannels]).description : dnnl_memory_desc_t()
        var (source, target) = (source.description, target.description)
        let algorithm = winograd ? dnnl_convolution_winograd : dnnl_convolution_direct
        let padding = layer.padding.sizes
        var descriptor = dnnl_convolution_desc_t()
        switch derivative {
        case .input:
            try unsafe check(
                dnnl_dilated_convolution_backward_data_desc_init(
                    &descriptor, algorithm, &source, &weights, &target, layer.stride.sizes, layer.dilation.gaps,
                    padding, padding), "the gradient of a convolution's input")
        case .weights:
            try unsafe check(
                dnnl_dilated_convolution_backward_weights_desc_init(
                    &descriptor, algorithm, &source, &weights, &bias, &target, layer.stride.sizes,
                    layer.dilation.gaps, padding, padding), "the gradient of a convolution's weights")
        }
        return try unsafe .choose(&descriptor, Attributes(), library, "a gradient", after: forward.handle)
    }

    /// A derivative of a fully connected layer. `weights` is how they, or their gradient, lie; the forward pass may have
    /// them otherwise.
    func linear(
        _ derivative: Derivative, _ layer: Linear, from source: Shape, weight: Shape, weights: Layout, hasBias: Bool,
        _ element: Element
    ) throws(EngineError) -> PrimitiveDescription? {
        let unbiased = Linear(
            inputFeatures: layer.inputFeatures, outputFeatures: layer.outputFeatures, hasBias: false)
        let forward = try linear(
            unbiased, from: source, weights: .any(weight, element), element, to: element, Attributes(),
            dnnl_forward_training)
        guard let forward else { return nil }
        var target = try Layout.any([source[0], layer.outputFeatures], element).description
        var source = try Layout.any(source, element).description
        var weights = weights.description
        var bias = hasBias ? try Layout.plain([layer.outputFeatures]).description : dnnl_memory_desc_t()
        var descriptor = dnnl_inner_product_desc_t()
        switch derivative {
        case .input:
            try unsafe check(
                dnnl_inner_product_backward_data_desc_init(&descriptor, &source, &weights, &target),
                "the gradient of a linear layer's input")
        case .weights:
            try unsafe check(
                dnnl_inner_product_backward_weights_desc_init(&descriptor, &source, &weights, &bias, &target),
                "the gradient of a linear layer's weights")
        }
        return try unsafe .choose(&descriptor, Attributes(), library, "a gradient", after: forward.handle)
    }

    /// The derivative of a pooling; `source` says how its input and that input's gradient lie.
    func poolingGradient(
        _ pool: Pool, from source: Layout, output: Shape
    ) throws(EngineError) -> PrimitiveDescription? {
        guard let forward = try pooling(pool, from: source, output: output, dnnl_forward_training) else { return nil }
        var target = try forward.destination().description
        var source = source.description
        var descriptor = dnnl_pooling_v2_desc_t()
        try unsafe check(
            dnnl_pooling_v2_backward_desc_init(
                &descriptor, pool.algorithm, &source, &target, pool.stride.sizes, pool.kernel.sizes,
                Extent(1, 1).gaps, pool.padding.sizes, pool.endPadding.sizes), "the gradient of a pooling")
        return try unsafe .choose(&descriptor, Attributes(), library, "a gradient", after: forward.handle)
    }

    /// The derivative of an element-wise function at its input, or at its result for the algorithms that say so.
    func activationGradient(
        _ function: (algorithm: dnnl_alg_kind_t, alpha: Float, beta: Float), on layout: Layout
    ) throws(EngineError) -> PrimitiveDescription? {
        var data = layout.description
        var descriptor = dnnl_eltwise_desc_t()
        try unsafe check(
            dnnl_eltwise_forward_desc_init(
                &descriptor, dnnl_forward_training, function.algorithm, &data, function.alpha, function.beta),
            "an activation")
        let forward = try unsafe PrimitiveDescription.choose(&descriptor, Attributes(), library, "an activation")
        guard let forward else { return nil }
        var derivative = dnnl_eltwise_desc_t()
        var gradient = layout.description
        try unsafe check(
            dnnl_eltwise_backward_desc_init(
                &derivative, function.algorithm, &gradient, &data, function.alpha, function.beta),
            "the gradient of an activation")
        return try unsafe .choose(&derivative, Attributes(), library, "a gradient", after: forward.handle)
    }

    /// A batch norm while training, which gives mean and variance of the batch, or takes recorded ones.
    func batchNorm(
        on layout: Layout, epsilon: Double, usesRecorded: Bool, appliesReLU: Bool
    ) throws(EngineError) -> PrimitiveDescription? {
        var data = layout.description
        let flags = batchNormFlags(usesRecorded, appliesReLU)
        var descriptor = dnnl_batch_normalization_desc_t()
        try unsafe check(
            dnnl_batch_normalization_forward_desc_init(
                &descriptor, dnnl_forward_training, &data, Float(epsilon), flags), "a batch norm")
        return try unsafe .choose(&descriptor, Attributes(), library, "a batch norm")
    }

    /// The derivative of a batch norm: of its input and of its parameters; there is none of the input alone.
    func batchNormGradient(
        on layout: Layout, epsilon: Double, usesRecorded: Bool, appliesReLU: Bool
    ) throws(EngineError) -> PrimitiveDescription? {
        let forward = try batchNorm(
            on: layout, epsilon: epsilon, usesRecorded: usesRecorded, appliesReLU: appliesReLU)
        guard let forward else { return nil }
        var (data, gradient) = (layout.description, layout.description)
        var descriptor = dnnl_batch_normalization_desc_t()
        try unsafe check(
            dnnl_batch_normalization_backward_desc_init(
                &descriptor, dnnl_backward, &gradient, &data, Float(epsilon),
                batchNormFlags(usesRecorded, appliesReLU)), "the gradient of a batch norm")
        return try unsafe .choose(&descriptor, Attributes(), library, "a gradient", after: forward.handle)
    }

    private func batchNormFlags(_ usesRecorded: Bool, _ appliesReLU: Bool) -> UInt32 {
        var flags = dnnl_use_scale.rawValue | dnnl_use_shift.rawValue
        if usesRecorded { flags |= dnnl_use_global_stats.rawValue }
        if appliesReLU { flags |= dnnl_fuse_norm_relu.rawValue }
        return flags
    }

    /// The derivative of a layer norm over the last axis of `shape`, which is row-major.
    func layerNormGradient(
        _ shape: Shape, _ element: Element, epsilon: Double
    ) throws(EngineError) -> PrimitiveDescription? {
        guard let forward = try layerNorm(shape, element, epsilon: epsilon, dnnl_forward_training) else { return nil }
        var (data, gradient) = try (Layout.plain(shape, element).description, Layout.plain(shape, element).description)
        var descriptor = dnnl_layer_normalization_desc_t()
        try unsafe check(
            dnnl_layer_normalization_backward_desc_init(
                &descriptor, dnnl_backward, &gradient, &data, nil, Float(epsilon),
                dnnl_use_scale.rawValue | dnnl_use_shift.rawValue), "the gradient of a layer norm")
        return try unsafe .choose(&descriptor, Attributes(), library, "a gradient", after: forward.handle)
    }
}
