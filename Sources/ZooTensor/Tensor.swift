public import ZooCore

/// An immutable n-dimensional array: a layout over a shared storage.
///
/// Copying a tensor copies no elements. Two tensors that share a storage in PyTorch share it here too.
public struct Tensor: Sendable {
    /// Element type, sizes, strides and offset.
    public let layout: TensorLayout
    /// Where the elements are.
    public let storage: Storage

    /// A view of `storage`.
    ///
    /// - Throws: ``TensorError`` (`outsideStorage`) if the layout needs more bytes than the storage has.
    public init(layout: TensorLayout, storage: Storage) throws(TensorError) {
        guard layout.requiredByteCount <= storage.byteCount else {
            throw TensorError(
                .outsideStorage,
                "the storage has \(storage.byteCount) bytes, \(layout.dtype.name) \(layout.shape) with strides "
                    + "\(layout.strides) and offset \(layout.offset) needs \(layout.requiredByteCount)")
        }
        self.layout = layout
        self.storage = storage
    }

    /// A row-major float32 tensor with a copy of `values`.
    ///
    /// - Precondition: there are as many values as the shape has elements.
    /// - Complexity: O(*n*) in the number of values.
    public init(_ values: [Float], shape: Shape) {
        precondition(values.count == shape.elementCount, "\(values.count) values for shape \(shape)")
        self.init(trusted: TensorLayout(contiguous: .float32, shape), Storage(copying: values.rawSpan))
    }

    /// A row-major int64 tensor with a copy of `values`.
    ///
    /// - Precondition: there are as many values as the shape has elements.
    /// - Complexity: O(*n*) in the number of values.
    public init(_ values: [Int64], shape: Shape) {
        precondition(values.count == shape.elementCount, "\(values.count) values for shape \(shape)")
        self.init(trusted: TensorLayout(contiguous: .int64, shape), Storage(copying: values.rawSpan))
    }

    private init(trusted layout: TensorLayout, _ storage: Storage) {
        self.layout = layout
        self.storage = storage
    }

    /// The element type.
    public var dtype: DType { layout.dtype }
    /// The sizes of the axes.
    public var shape: Shape { layout.shape }

    /// The same values, row-major and without gaps; `self` where they already are.
    ///
    /// - Complexity: O(*n*) in the number of elements where they must be moved.
    public func contiguous() -> Tensor {
        if layout.isContiguous { return self }
        let storage = Storage(byteCount: layout.byteCount) { target in gather(into: &target) }
        return Tensor(trusted: TensorLayout(contiguous: dtype, shape), storage)
    }

    /// The elements in row-major order, borrowed from the storage.
    ///
    /// - Precondition: the layout is contiguous; see ``contiguous()``.
    public var contiguousBytes: RawSpan {
        @_lifetime(borrow self)
        get {
            precondition(layout.isContiguous, "the tensor is not contiguous")
            // An empty tensor may point anywhere.
            let start = layout.byteCount == 0 ? 0 : layout.offset * dtype.itemSize
            let span = storage.bytes.extracting(start..<start + layout.byteCount)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The SHA-256 of the elements in row-major order, little-endian.
    ///
    /// - Complexity: O(*n*) in the number of elements.
    public func digest() -> SHA256Digest {
        let dense = contiguous()
        return SHA256.digest(of: dense.contiguousBytes)
    }

    /// Copies the elements in row-major order, one odometer step per innermost row.
    private func gather(into target: inout MutableRawSpan) {
        let item = dtype.itemSize
        let rowLength = shape.sizes.last ?? 1
        let rowStride = (layout.strides.last ?? 1) * item
        var index = [Int](repeating: 0, count: max(shape.rank - 1, 0))
        var source = layout.offset * item
        var written = 0
        let total = layout.byteCount
        unsafe storage.bytes.withUnsafeBytes { from in
            unsafe target.withUnsafeMutableBytes { to in
                while written < total {
                    for element in 0..<rowLength {
                        let start = source + element * rowStride
                        let value = unsafe UnsafeRawBufferPointer(rebasing: from[start..<start + item])
                        let place = unsafe UnsafeMutableRawBufferPointer(rebasing: to[written..<written + item])
                        unsafe place.copyMemory(from: value)
                        written += item
                    }
                    for axis in index.indices.reversed() {
                        index[axis] += 1
                        source += layout.strides[axis] * item
                        if index[axis] < shape[axis] { break }
                        source -= layout.strides[axis] * item * shape[axis]
                        index[axis] = 0
                    }
                }
            }
        }
    }
}
