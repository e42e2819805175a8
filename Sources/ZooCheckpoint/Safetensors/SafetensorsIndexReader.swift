import SystemPackage
import ZooCore
import ZooTensor

/// Reads safetensors files that belong together through the index beside them, `model.safetensors.index.json`
/// (huggingface_hub, `split_torch_state_dict_into_shards`): `{"metadata": {…}, "weight_map": {tensor: file}}`.
///
/// The files must be in the folder of the index. Index and files must agree on every tensor; other names of shared tensors,
/// which the files note themselves, need not be in the index.
enum SafetensorsIndexReader {
    /// No index is larger than the largest header of the files it is for.
    private static let largest = 100_000_000

    static func open(_ file: MappedFile) throws(CheckpointError) -> Checkpoint {
        let places = try self.places(in: file)
        var found = FoundTensors()
        var parts: [String: StorageTable] = [:]
        var pairs: [(key: CheckpointValue, value: CheckpointValue)] = []
        var metadata: [(key: CheckpointValue, value: CheckpointValue)] = []
        for name in Set(places.values).sorted() {
            let shard = try self.shard(name, beside: file.path)
            try check(shard, name, against: places)
            parts[name] = shard.storages
            for entry in shard.tensors {
                let moved = TensorEntry(
                    name: entry.name, layout: entry.layout, storage: "\(name)/\(entry.storage)",
                    location: entry.location)
                found.tensors.append(moved)
                pairs.append((.string(entry.name), .tensor(moved)))
            }
            found.unread += shard.unread
            if metadata.isEmpty { metadata = shard.root["__metadata__"]?.dictionaryValue?.pairs ?? [] }
        }
        if !metadata.isEmpty {
            pairs.append((.string("__metadata__"), .dictionary(CheckpointDictionary(pairs: metadata, attributes: []))))
        }
        let facts = [ProducerFact(name: "number of files", value: "\(parts.count)")]
        return Checkpoint(
            file, .safetensors, root: .dictionary(CheckpointDictionary(pairs: pairs, attributes: [])), found: found,
            facts: facts, records: [:], parts: parts)
    }

    /// Which tensor is in which file.
    static func places(in file: MappedFile) throws(CheckpointError) -> [String: String] {
        guard file.byteCount <= largest else {
            throw CheckpointError(.tooLarge, "an index of \(file.byteCount) bytes")
        }
        let json: JSONText
        do { json = try JSONParser.parse(file.bytes) } catch {
            throw CheckpointError(.malformed, "byte \(error.offset): \(error.message)", place: "index")
        }
        guard let members = json["weight_map"]?.members, !members.isEmpty else {
            throw CheckpointError(.malformed, "the weight_map names no tensors", place: "index")
        }
        var places: [String: String] = [:]
        for member in members {
            guard let name = member.value.text, let component = FilePath.Component(name), component.kind == .regular,
                component.string == name
            else {
                throw CheckpointError(
                    .malformed, "the weight_map must name a file in the folder of the index", place: member.key)
            }
            places[member.key] = name
        }
        return places
    }

    private static func shard(_ name: String, beside index: FilePath) throws(CheckpointError) -> Checkpoint {
        do throws(CheckpointError) {
            let file: MappedFile
            do { file = try MappedFile(index.removingLastComponent().appending(name)) } catch {
                throw CheckpointError(
                    .notFound, "the index names it, and it cannot be opened (\(error)); fetch it too", cause: error)
            }
            guard case .safetensors = FileSignature(of: file.bytes) else {
                throw CheckpointError(.unsupported, "it is no safetensors file, and indices of others are not read")
            }
            return try SafetensorsReader.open(file)
        } catch {
            throw CheckpointError(
                error.code, error.message, place: [name, error.place].compactMap { $0 }.joined(separator: ": "),
                torchMessage: error.torchMessage, cause: error.cause)
        }
    }

    private static func check(
        _ shard: Checkpoint, _ file: String, against places: [String: String]
    ) throws(CheckpointError) {
        var present = Set(shard.unread.map(\.name))
        for entry in shard.tensors {
            present.insert(entry.name)
            // An alias has the storage of the tensor that it is another name of.
            guard places[entry.name] == file || (places[entry.name] == nil && entry.storage != entry.name) else {
                throw CheckpointError(
                    .malformed,
                    "it is in \(file), the index says "
                        + (places[entry.name].map { "it is in \($0)" } ?? "nothing of it"), place: entry.name)
            }
        }
        let missing = places.filter { $0.value == file && !present.contains($0.key) }.keys.min()
        if let missing {
            throw CheckpointError(
                .malformed, "the index says it is in \(file), which has no such tensor", place: missing)
        }
    }
}
