public import SystemPackage
import ZooArchive
import ZooCore
import ZooPickle
import ZooTensor

/// Writes the zip archive that `torch.save` writes, which `torch.load(weights_only=True)` reads.
///
/// The same value gives the same bytes, whatever the file is called. Storages go from where they are to the file without
/// a copy in memory, each once, however many tensors view it; as in PyTorch a storage is written whole even if its
/// tensors show only a part.
public enum PyTorchZipWriter {
    /// The folder in the archive.
    private static let root = "archive/"
    private static let alignment = 64

    /// Writes `value` to `path`, which appears when it is complete. The folder must exist.
    ///
    /// - Throws: ``CheckpointError``: `unsupported` for a quantised tensor; `file` if the disk refuses, for example
    ///   because it is full; what stood at `path` is then unchanged.
    /// - Complexity: O(bytes written).
    public static func write(_ value: SavedValue, to path: FilePath) throws(CheckpointError) {
        let file = try prepare(value, at: path)
        do {
            try file.publish()
        } catch {
            throw CheckpointError(.file, error.description, cause: error, path: path)
        }
    }

    /// The complete archive under its temporary name.
    static func prepare(_ value: SavedValue, at path: FilePath) throws(CheckpointError) -> AtomicFile {
        let plan = StoragePlan(value)
        var pickler = CheckpointPickler(plan)
        do throws(CheckpointError) {
            try pickler.append(value)
        } catch {
            throw error.at(path)
        }
        do {
            return try write(pickler.finish(), plan.storages, to: path)
        } catch {
            throw CheckpointError(.file, error.description, cause: error, path: path)
        }
    }

    private static func write(
        _ pickle: [UInt8], _ storages: [Storage], to path: FilePath
    ) throws(FileError) -> AtomicFile {
        var archive = try ZipWriter(at: path)
        var identity = SHA256()
        identity.update(pickle.rawSpan)
        try archive.append(root + "data.pkl", pickle, alignment: alignment)
        try archive.append(root + "byteorder", Array("little".utf8), alignment: alignment)
        for (key, storage) in storages.enumerated() {
            let checksum = try archive.append("\(root)data/\(key)", storage.bytes, alignment: alignment)
            identity.update(Array("\(key):\(storage.byteCount):\(checksum);".utf8).rawSpan)
        }
        try archive.append(root + "version", Array("3\n".utf8), alignment: alignment)
        try archive.append(
            root + ".data/serialization_id", serializationID(identity.finish()), alignment: alignment)
        return try archive.finish()
    }

    /// Forty decimal digits, as PyTorch writes; here they follow from the contents.
    private static func serializationID(_ digest: SHA256Digest) -> [UInt8] {
        digest.hex.utf8.prefix(40).map { 0x30 + $0 % 10 }
    }
}

/// Which storages a value needs, in the order in which they come, and how PyTorch calls them.
struct StoragePlan {
    /// How a storage is declared.
    struct Place {
        let key: Int
        /// PyTorch's class, or `nil` if the storage is declared as bytes.
        var className: String?
        var dtype: DType

        /// How many elements PyTorch says it has: bytes, if it has no type.
        func elementCount(byteCount: Int) -> Int {
            className == nil ? byteCount : byteCount / dtype.itemSize
        }
    }

    private(set) var storages: [Storage] = []
    private(set) var places: [ObjectIdentifier: Place] = [:]

    init(_ value: SavedValue) {
        visit(value)
    }

    private mutating func visit(_ value: SavedValue) {
        switch value {
        case .none, .bool, .int, .double, .string, .bigInt, .complex, .bytes, .dtype: break
        case .list(let items), .tuple(let items), .set(let items): for item in items { visit(item) }
        case .mapping(let pairs):
            for (key, item) in pairs {
                visit(key)
                visit(item)
            }
        case .attributed(let value, let attributes):
            visit(value)
            visit(attributes)
        case .dictionary(let pairs), .orderedDictionary(let pairs): for (_, item) in pairs { visit(item) }
        case .tensor(let tensor): add(tensor)
        }
    }

    private mutating func add(_ tensor: Tensor) {
        let identity = ObjectIdentifier(tensor.storage)
        if let place = places[identity] {
            // Views of several types need a storage that has none.
            if place.dtype != tensor.dtype { places[identity]?.className = nil }
            return
        }
        let isWhole = tensor.storage.byteCount.isMultiple(of: tensor.dtype.itemSize)
        places[identity] = Place(
            key: storages.count, className: isWhole ? PyTorchNames.storageClass(of: tensor.dtype) : nil,
            dtype: tensor.dtype)
        storages.append(tensor.storage)
    }
}
