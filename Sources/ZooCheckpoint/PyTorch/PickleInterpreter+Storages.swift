import ZooCore
import ZooPickle

extension PickleInterpreter {
    /// What a persistent id stands for where a value is expected.
    mutating func persistentValue(_ content: PickleNodeID) throws(CheckpointError) -> CheckpointValue {
        if let key = text(content) ?? integer(content).map(String.init), let tensor = known[key] {
            return try note(
                TensorEntry(
                    name: place, layout: tensor.layout, storage: tensor.storage.key,
                    location: tensor.storage.location))
        }
        // PyTorch 0.1 wrote a class as (class, source file, source).
        if let first = tuple(content)?.first, case .global(let global) = document[first] {
            return .global(PyTorchNames.fullName(global))
        }
        guard let parts = tuple(content), let kind = parts.first.flatMap({ text($0) }) else {
            throw error(
                .malformed, "a persistent id that is no storage", torch: "Only persistent_load of storage is allowed")
        }
        if kind == "module", parts.count > 1, case .global(let global) = document[parts[1]] {
            return .global(PyTorchNames.fullName(global))
        }
        _ = try storage(content)
        return .object(
            CheckpointObject(
                name: "torch.storage", arguments: [.string(text(parts[2]) ?? "?")], state: [], items: [], pairs: []))
    }

    /// Reads `("storage", class, key, location, element count)` with, in the legacy stream, a view
    /// `(key, offset, element count)` or `None` behind it, and notes the storage.
    ///
    /// - Throws: ``CheckpointError`` (`malformed`) if it is something else, or contradicts an earlier id of the storage.
    mutating func storage(_ content: PickleNodeID) throws(CheckpointError) -> StorageReference {
        guard let parts = tuple(content), (5...6).contains(parts.count), text(parts[0]) == "storage" else {
            throw error(
                .malformed, "a persistent id that is no storage", torch: "Only persistent_load of storage is allowed")
        }
        guard let given = text(parts[2]) ?? integer(parts[2]).map(String.init), let location = text(parts[3]),
            let elementCount = integer(parts[4]), elementCount >= 0
        else { throw error(.malformed, "key, location or size of a storage are malformed") }
        let key = storagePrefix + given
        let type = try storageType(parts[1])
        guard let byteCount = Checked.multiply(elementCount, type.itemSize) else {
            throw error(.malformed, "storage '\(key)' of \(elementCount) elements")
        }
        let declared = DeclaredStorage(
            key: key, type: type, location: location, elementCount: elementCount, byteCount: byteCount)
        if let earlier = storages[key], earlier.type != type || earlier.elementCount != elementCount {
            throw error(.malformed, "storage '\(key)' is declared twice, in different ways")
        }
        storages[key] = declared
        return StorageReference(
            storage: declared, view: try view(parts.count > 5 ? parts[5] : nil, of: declared))
    }

    /// The element type that a class of storages says. A pickle names few classes for many storages, so they are kept.
    private mutating func storageType(_ id: PickleNodeID) throws(CheckpointError) -> PyTorchNames.StorageType {
        if let known = storageTypes[id] { return known }
        let className = callableName(id)
        guard let type = PyTorchNames.storageType(className) else {
            throw error(.unsupported, "storages of the class \(className) are not read")
        }
        storageTypes[id] = type
        return type
    }

    private func view(_ id: PickleNodeID?, of storage: DeclaredStorage) throws(CheckpointError) -> Range<Int> {
        guard let id else { return 0..<storage.elementCount }
        if case .none = document[id] { return 0..<storage.elementCount }
        guard let parts = tuple(id), parts.count == 3, let offset = integer(parts[1]), let count = integer(parts[2]),
            let range = Checked.range(offset: offset, count: count, within: storage.elementCount)
        else {
            throw error(.malformed, "a view that is not inside storage '\(storage.key)'")
        }
        return range
    }
}
