import COneDNN

/// A kernel that oneDNN chose for an operation, with the layouts it wants.
@safe struct PrimitiveDescription: ~Copyable {
    let handle: dnnl_primitive_desc_t

    /// Lets oneDNN choose a kernel.
    ///
    /// - Parameters:
    ///   - operation: One of oneDNN's operation descriptors; it is not kept.
    ///   - forward: For the derivative of an operation the description of the operation itself.
    /// - Returns: `nil` if there is none, which is no error: the caller tries another way.
    /// - Throws: ``EngineError`` (`library`) for any other refusal.
    static func choose(
        _ operation: UnsafeRawPointer, _ attributes: Attributes, _ library: Library, _ what: String,
        after forward: dnnl_primitive_desc_t? = nil
    ) throws(EngineError) -> PrimitiveDescription? {
        var handle: dnnl_primitive_desc_t?
        let status = unsafe dnnl_primitive_desc_create(
            &handle, operation, attributes.handle, library.engine, forward)
        if status == dnnl_unimplemented { return nil }
        try check(status, what)
        guard let handle = unsafe handle else { throw refusal(dnnl_out_of_memory, what) }
        return unsafe PrimitiveDescription(handle: handle)
    }

    /// A copy from one layout to another, of other numbers where the attributes say so.
    static func reorder(
        from source: Layout, to target: Layout, _ library: Library, _ attributes: Attributes? = nil
    ) throws(EngineError) -> PrimitiveDescription {
        var (source, target) = (source.description, target.description)
        let attributes = if let attributes { attributes } else { try Attributes() }
        var handle: dnnl_primitive_desc_t?
        try unsafe check(
            dnnl_reorder_primitive_desc_create(
                &handle, &source, library.engine, &target, library.engine, attributes.handle), "a reorder")
        guard let handle = unsafe handle else { throw refusal(dnnl_out_of_memory, "a reorder") }
        return unsafe PrimitiveDescription(handle: handle)
    }

    /// Tensors one after another along axis 1.
    static func concat(
        _ sources: [Layout], to target: Layout, _ library: Library
    ) throws(EngineError) -> PrimitiveDescription {
        let descriptions = sources.map(\.description)
        var target = target.description
        let attributes = try Attributes()
        var handle: dnnl_primitive_desc_t?
        try unsafe check(
            dnnl_concat_primitive_desc_create(
                &handle, &target, Int32(descriptions.count), 1, descriptions, attributes.handle, library.engine),
            "a concatenation")
        guard let handle = unsafe handle else { throw refusal(dnnl_out_of_memory, "a concatenation") }
        return unsafe PrimitiveDescription(handle: handle)
    }

    private init(handle: dnnl_primitive_desc_t) {
        unsafe self.handle = handle
    }

    deinit {
        unsafe dnnl_primitive_desc_destroy(handle)
    }

    /// Whether the kernel is one of oneDNN's plain loops, a thousand times slower than the others.
    var isReference: Bool {
        var name: UnsafePointer<CChar>?
        let status = unsafe dnnl_primitive_desc_query(handle, dnnl_query_impl_info_str, 0, &name)
        guard status == dnnl_success, let name = unsafe name else { return false }
        return unsafe String(cString: name).hasPrefix("ref")
    }

    /// The layout that the kernel wants for one of its tensors, or `nil` if it has no such tensor.
    func layout(_ what: dnnl_query_t) -> Layout? {
        guard let description = unsafe dnnl_primitive_desc_query_md(handle, what, 0),
            unsafe description.pointee.ndims > 0
        else { return nil }
        return unsafe Layout(description.pointee)
    }

    /// The layout of the source; every kernel has one.
    func source() throws(EngineError) -> Layout { try required(dnnl_query_src_md, "source") }

    /// The layout of the result; every kernel has one.
    func destination() throws(EngineError) -> Layout { try required(dnnl_query_dst_md, "destination") }

    /// The layout of the weights of a convolution or an inner product.
    func weights() throws(EngineError) -> Layout { try required(dnnl_query_weights_md, "weights") }

    /// The layout that the kernel wants for a tensor that it must have.
    func required(_ what: dnnl_query_t, _ name: String) throws(EngineError) -> Layout {
        guard let layout = layout(what) else {
            throw EngineError(.library, place: "", "oneDNN gave a kernel without a \(name)")
        }
        return layout
    }
}
