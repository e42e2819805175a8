import ZooCore
import ZooPickle

extension PickleInterpreter {
    /// A storage that a plain pickle holds as bytes: what `torch.save` in its legacy format wrote of it
    /// (torch/storage.py, `__reduce__`).
    mutating func embeddedStorage(_ id: PickleNodeID) throws(CheckpointError) -> StorageReference {
        if let known = embedded[id] {
            return StorageReference(storage: known, view: 0..<known.elementCount)
        }
        guard let stream = bytes(id) else {
            throw error(.malformed, "a storage from \(document[id].kindName)")
        }
        var position = 0
        var documents: [PickleDocument] = []
        for _ in 0..<5 {
            do {
                let next = try PickleMachine.read(stream.rawSpan.extracting(position..<stream.count))
                position += next.byteCount
                documents.append(next)
            } catch let problem {
                throw error(.malformed, "a storage inside the pickle cannot be read: \(problem)")
            }
        }
        guard LegacyMagic.matches(documents[0]), case .persistent(let content) = documents[3][documents[3].root] else {
            throw error(.unsupported, "a storage inside the pickle that is not in PyTorch's legacy format")
        }
        var inner = PickleInterpreter(documents[3])
        let declared = try inner.storage(content).storage
        var reader = ByteReader(stream.rawSpan.extracting(position..<stream.count))
        guard let count = try? reader.read(Int64.self), count == Int64(declared.elementCount),
            let values = try? reader.readArray(declared.byteCount)
        else { throw error(.malformed, "a storage inside the pickle has fewer than \(declared.byteCount) bytes") }
        let own = DeclaredStorage(
            key: "pickle/\(ownRecords.count)", type: declared.type, location: declared.location,
            elementCount: declared.elementCount, byteCount: declared.byteCount)
        embedded[id] = own
        ownRecords[own.key] = StorageRecord(
            key: own.key, source: .bytes(values), elementCount: own.elementCount, byteCount: own.byteCount,
            swappedWordSize: 1)
        return StorageReference(storage: own, view: 0..<own.elementCount)
    }
}
