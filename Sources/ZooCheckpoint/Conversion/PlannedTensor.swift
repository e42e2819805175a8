import ZooArchive
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
    /// Gives the elements where they are a whole record of the source, mapped and not hashed yet; otherwise `nil`.
    let fetchUnchecked: @Sendable () throws(CheckpointError) -> UncheckedTensor?

    /// The length of its elements.
    var byteCount: Int { TensorLayout(contiguous: dtype, shape).byteCount }

    init(
        name: String, dtype: DType, shape: Shape,
        fetchUnchecked: @escaping @Sendable () throws(CheckpointError) -> UncheckedTensor? = { nil },
        fetch: @escaping @Sendable () throws(CheckpointError) -> Tensor
    ) {
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.fetch = fetch
        self.fetchUnchecked = fetchUnchecked
    }

    /// A tensor that is there already.
    init(name: String, _ tensor: Tensor) {
        self.init(name: name, dtype: tensor.dtype, shape: tensor.shape) { tensor.contiguous() }
    }
}

/// A contiguous tensor whose bytes were not compared with their checksum yet.
struct UncheckedTensor: Sendable {
    let tensor: Tensor
    /// Compares the checksum of all its bytes with the one that the archive has.
    let check: @Sendable (CRC32) throws(CheckpointError) -> Void
}
