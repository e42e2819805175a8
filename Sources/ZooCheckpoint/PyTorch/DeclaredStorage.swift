import ZooCore
import ZooPickle

/// A storage as a persistent id of the pickle declares it.
struct DeclaredStorage: Sendable, Hashable {
    let key: String
    let type: PyTorchNames.StorageType
    let location: String
    let elementCount: Int
    let byteCount: Int
}

/// A persistent id that names a storage, or a part of one (torch/serialization.py, `persistent_load`).
struct StorageReference: Sendable {
    let storage: DeclaredStorage
    /// The elements of the storage that the tensor's own storage consists of.
    let view: Range<Int>
}
