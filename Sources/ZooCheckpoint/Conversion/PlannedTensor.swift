import ZooTensor

/// A tensor that will be written: described now, fetched when its turn comes.
struct PlannedTensor: Sendable {
    /// The name that it will have.
    let name: String
    /// The element type that it will have.
    let dtype: DType
    /// The sizes that it will have.
    let shape: Shape
    /// Gives the elements, row-major: mapped where they lie so in the source, otherwise in memory of their own.
    let fetch: @Sendable () throws(CheckpointError) -> Tensor

    /// The length of its elements.
    var byteCount: Int { shape.elementCount * dtype.itemSize }

    init(
        name: String, dtype: DType, shape: Shape, fetch: @escaping @Sendable () throws(CheckpointError) -> Tensor
    ) {
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.fetch = fetch
    }

    /// A tensor that is there already.
    init(name: String, _ tensor: Tensor) {
        self.init(name: name, dtype: tensor.dtype, shape: tensor.shape) { tensor.contiguous() }
    }
}
