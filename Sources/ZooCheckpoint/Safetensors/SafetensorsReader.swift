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
            // Each tensor has bytes of its own, so its name does for a key.
            let entry = TensorEntry(name: tensor.name, layout: tensor.layout, storage: tensor.name, location: "cpu")
            records[tensor.name] = StorageRecord(
                key: tensor.name, source: .range(tensor.range), elementCount: tensor.layout.shape.elementCount,
                byteCount: tensor.range.count, swappedWordSize: 1)
            found.tensors.append(entry)
            pairs.append((.string(tensor.name), .tensor(entry)))
        }
        let metadata = CheckpointDictionary(
            pairs: header.metadata.map { (.string($0.key), .string($0.value)) }, attributes: [])
        if !metadata.pairs.isEmpty { pairs.append((.string("__metadata__"), .dictionary(metadata))) }
        return Checkpoint(
            file, .safetensors, root: .dictionary(CheckpointDictionary(pairs: pairs, attributes: [])), found: found,
            records: records)
    }
}
