import COneDNN
import ZooGraph
import ZooTensor

/// Chooses oneDNN's kernels for the operations of a program. `nil` means that oneDNN has none for these layouts.
struct Kernels {
    let library: Library

    /// An element-wise function in oneDNN's terms.
    typealias Function = (algorithm: dnnl_alg_kind_t, alpha: Float, beta: Float)

    /// A convolution. `weight` is the shape with the groups as an axis of their own where there are any.
    ///
    /// - Parameter weightElement: the type of the weights; the source's if `nil`.
    func convolution(
        _ layer: Convolution, weight: Shape, _ weightElement: Element? = nil, hasBias: Bool, from source: Layout,
        to target: Layout, winograd: Bool,
        _ attributes: Attributes, _ purpose: dnnl_prop_kind_t = dnnl_forward_inference
    ) throws(EngineError) -> PrimitiveDescription? {
        var weights = try Layout.any(weight, weightElement ?? source.element).description
        var (source, target) = (source.description, target.description)
        var bias = hasBias ? try Layout.plain([layer.outputChannels]).description : dnnl_memory_desc_t()
        let padding = layer.padding.sizes
        var descriptor = dnnl_convolution_desc_t()
        try unsafe check(
            dnnl_dilated_convolution_forward_desc_init(
                &descriptor, purpose, winograd ? dnnl_convolution_winograd : dnnl_convolution_direct,
                &source, &weights, &bias, &target, layer.stride.sizes, layer.dilation.gaps, padding, padding),
            "a convolution")
        return try unsafe .choose(&descriptor, attributes, library, "a convolution")
    }

    /// A fully connected layer on features, or on images that are flattened on the way.
    func linear(
        _ layer: Linear, from source: Shape, weights: Layout, _ element: Element, to result: Element,
        _ attributes: Attributes, _ purpose: dnnl_prop_kind_t = dnnl_forward_inference
    ) throws(EngineError) -> PrimitiveDescription? {
        var target = try Layout.any([source[0], layer.outputFeatures], result).description
        var source = try Layout.any(source, element).description
        var weights = weights.description
        var bias = layer.hasBias ? try Layout.plain([layer.outputFeatures]).description : dnnl_memory_desc_t()
        var descriptor = dnnl_inner_product_desc_t()
        try unsafe check(
            dnnl_inner_product_forward_desc_init(
                &descriptor, purpose, &source, &weights, &bias, &target), "a linear layer")
        return try unsafe .choose(&descriptor, attributes, library, "a linear layer")
    }

    /// Max or average pooling.
    func pooling(
        _ pool: Pool, from source: Layout, output: Shape, _ purpose: dnnl_prop_kind_t = dnnl_forward_inference
    ) throws(EngineError) -> PrimitiveDescription? {
        var target = try Layout.any(output, source.element).description
        var source = source.description
        var descriptor = dnnl_pooling_v2_desc_t()
        try unsafe check(
            dnnl_pooling_v2_forward_desc_init(
                &descriptor, purpose, pool.algorithm, &source, &target, pool.stride.sizes,
                pool.kernel.sizes, Extent(1, 1).gaps, pool.padding.sizes, pool.endPadding.sizes), "a pooling")
        return try unsafe .choose(&descriptor, Attributes(), library, "a pooling")
    }

    /// An element-wise function of oneDNN's.
    func activation(
        _ function: Function, on layout: Layout
    ) throws(EngineError) -> PrimitiveDescription? {
        var data = layout.description
        var descriptor = dnnl_eltwise_desc_t()
        try unsafe check(
            dnnl_eltwise_forward_desc_init(
                &descriptor, dnnl_forward_inference, function.algorithm, &data, function.alpha, function.beta),
            "an activation")
        return try unsafe .choose(&descriptor, Attributes(), library, "an activation")
    }

    /// One multiplication and one addition per channel, as a batch norm of variance 0 and ε 1: what pads the channels to
    /// full blocks must stay zero, and with ε 0 it would be divided by the zeros that pad the variance.
    func normalisation(on layout: Layout, appliesReLU: Bool) throws(EngineError) -> PrimitiveDescription? {
        var data = layout.description
        var flags = dnnl_use_global_stats.rawValue | dnnl_use_scale.rawValue | dnnl_use_shift.rawValue
        if appliesReLU { flags |= dnnl_fuse_norm_relu.rawValue }
        var descriptor = dnnl_batch_normalization_desc_t()
        try unsafe check(
            dnnl_batch_normalization_forward_desc_init(&descriptor, dnnl_forward_inference, &data, 1, flags),
            "a batch norm")
        return try unsafe .choose(&descriptor, Attributes(), library, "a batch norm")
    }

    /// The sum or product of two tensors; the second may have size 1 along some axes.
    func binary(
        _ algorithm: dnnl_alg_kind_t, _ left: Layout, _ right: Layout, _ attributes: Attributes
    ) throws(EngineError) -> PrimitiveDescription? {
        var (target, left, right) = (left.description, left.description, right.description)
        var descriptor = dnnl_binary_desc_t()
        try unsafe check(
            dnnl_binary_desc_init(&descriptor, algorithm, &left, &right, &target), "a sum or product")
        return try unsafe .choose(&descriptor, attributes, library, "a sum or product")
    }

    /// Layer normalisation over the last axis of `shape`, which is row-major.
    func layerNorm(
        _ shape: Shape, _ element: Element, epsilon: Double, _ purpose: dnnl_prop_kind_t = dnnl_forward_inference
    ) throws(EngineError) -> PrimitiveDescription? {
        var data = try Layout.plain(shape, element).description
        let flags = dnnl_use_scale.rawValue | dnnl_use_shift.rawValue
        var descriptor = dnnl_layer_normalization_desc_t()
        try unsafe check(
            dnnl_layer_normalization_forward_desc_init(
                &descriptor, purpose, &data, nil, Float(epsilon), flags), "a layer norm")
        return try unsafe .choose(&descriptor, Attributes(), library, "a layer norm")
    }

    /// The channels of all groups in turn; oneDNN counts the channels of a group.
    func shuffle(_ layout: Layout, groupSize: Int) throws(EngineError) -> PrimitiveDescription? {
        var data = layout.description
        var descriptor = dnnl_shuffle_desc_t()
        try unsafe check(
            dnnl_shuffle_forward_desc_init(&descriptor, dnnl_forward_inference, &data, 1, Int64(groupSize)),
            "a channel shuffle")
        return try unsafe .choose(&descriptor, Attributes(), library, "a channel shuffle")
    }

    /// Every row of `source` times `weightᵀ`, all row-major.
    func product(_ source: Shape, weight: Shape, _ element: Element) throws(EngineError) -> PrimitiveDescription? {
        var target = try Layout.plain([source[0], weight[0]], element).description
        var source = try Layout.plain(source, element).description
        var weights = try Layout.any(weight, element).description
        var bias = dnnl_memory_desc_t()
        var descriptor = dnnl_inner_product_desc_t()
        try unsafe check(
            dnnl_inner_product_forward_desc_init(
                &descriptor, dnnl_forward_inference, &source, &weights, &bias, &target), "a matrix product")
        return try unsafe .choose(&descriptor, Attributes(), library, "a matrix product")
    }
}

/// A pooling in oneDNN's terms.
struct Pool {
    let algorithm: dnnl_alg_kind_t
    let kernel: Extent
    let stride: Extent
    let padding: Extent
    /// What is added after the last row and column; it may differ where a last window hangs over the edge.
    let endPadding: Extent

    init(_ layer: MaxPool, input: Shape, output: Shape) {
        algorithm = dnnl_pooling_max
        (kernel, stride, padding) = (layer.kernel, layer.stride, layer.padding)
        func end(_ axis: Int, _ kernel: Int, _ stride: Int, _ padding: Int) -> Int {
            layer.countsPartial ? (output[axis] - 1) * stride + kernel - input[axis] - padding : padding
        }
        endPadding = Extent(
            end(2, kernel.height, stride.height, padding.height), end(3, kernel.width, stride.width, padding.width))
    }

    init(_ layer: AveragePool) {
        algorithm = layer.countsPadding ? dnnl_pooling_avg_include_padding : dnnl_pooling_avg_exclude_padding
        (kernel, stride, padding, endPadding) = (layer.kernel, layer.stride, layer.padding, layer.padding)
    }

    /// The means of windows that divide an image of `input` into `size` windows without rest.
    init(dividing input: Shape, into size: Extent) {
        algorithm = dnnl_pooling_avg_exclude_padding
        kernel = Extent(input[2] / size.height, input[3] / size.width)
        (stride, padding, endPadding) = (kernel, 0, 0)
    }

    /// The mean of all of `input`.
    init(wholeOf input: Shape) {
        algorithm = dnnl_pooling_avg_exclude_padding
        (kernel, stride, padding, endPadding) = (Extent(input[2], input[3]), 1, 0, 0)
    }
}

extension Extent {
    /// As oneDNN takes it.
    var sizes: [Int64] { [Int64(height), Int64(width)] }

    /// A dilation as oneDNN counts it: how many elements are left out.
    var gaps: [Int64] { [Int64(height - 1), Int64(width - 1)] }
}
