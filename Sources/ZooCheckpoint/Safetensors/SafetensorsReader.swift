import ZooCore
import ZooTensor

/// Reads safetensors files: every tensor is a part of the mapped file.
enum SafetensorsReader {
    static func open(_ file: MappedFile) throws(CheckpointError) -> Checkpoint {
        let header = try SafetensorsHeader(reading: file.bytes)
        var found = FoundTensors()
        var records: [String: StorageRecord] = [:]
        var pairs: [(key: CheckpointValue, value: CheckpointValue)] = []
        for tensor in header.tensors {
            guard let layout = tensor.layout else {
                found.unread.append(
                    UnreadTensor(
                        name: tensor.name, reason: "tensors of the type \(tensor.type) are not read: PyTorch has none"))
                continue
            }
            // Each tensor has bytes of its own, so its name does for a key.
            let entry = TensorEntry(name: tensor.name, layout: layout, storage: tensor.name, location: "cpu")
            records[tensor.name] = StorageRecord(
                key: tensor.name, source: .range(tensor.range), elementCount: layout.shape.elementCount,
                byteCount: tensor.range.count, swappedWordSize: 1)
            found.tensors.append(entry)
            pairs.append((.string(tensor.name), .tensor(entry)))
        }
        // Other names of shared tensors, as `safetensors.torch.save_model` notes them.
        let byName = Dictionary(found.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for (name, first) in header.metadata where byName[name] == nil {
            guard let shared = byName[first] else { continue }
            let entry = TensorEntry(name: name, layout: shared.layout, storage: shared.storage, location: "cpu")
            found.tensors.append(entry)
            pairs.append((.string(name), .tensor(entry)))
        }
        let metadata = CheckpointDictionary(
            pairs: header.metadata.map { (.string($0.key), .string($0.value)) }, attributes: [])
        if !metadata.pairs.isEmpty { pairs.append((.string("__metadata__"), .dictionary(metadata))) }
        return Checkpoint(
            file, .safetensors, root: .dictionary(CheckpointDictionary(pairs: pairs, attributes: [])), found: found,
            records: records)
    }
}
