import ZooArchive
import ZooCore
import ZooTensor

/// Reads the programs of PyTorch 1.0 to 1.2: a `model.json` that describes modules and tensors, and a record a tensor
/// (caffe2/proto/torch.proto as JSON).
enum ModelJSONReader {
    private static let largestModel = 1 << 26
    private static let largestDepth = 64

    static func open(_ archive: PyTorchArchive) throws(CheckpointError) -> Checkpoint {
        guard let entry = archive["model.json"] else {
            throw CheckpointError(.notACheckpoint, "there is no model.json in it")
        }
        try archive.checkVersion()
        let model: JSONText
        do {
            let bytes = try entry.contents(in: archive.file.bytes, largest: largestModel)
            model = try JSONParser.parse(bytes.rawSpan)
        } catch let fault as JSONFault {
            throw CheckpointError(.malformed, "byte \(fault.offset): \(fault.message)", place: entry.name)
        } catch {
            throw CheckpointError(.malformed, "\(error)", place: entry.name)
        }
        var reading = Reading(archive: archive, tensors: model["tensors"]?.items ?? [])
        try reading.walk(model["mainModule"] ?? .object([]), "", depth: 0)
        try reading.takeRest()
        let facts = ["producerName", "producerVersion", "protoVersion"].compactMap { name in
            model[name]?.text.map { ProducerFact(name: name, value: $0) }
        }
        return Checkpoint(
            archive.file, .torchScript,
            root: .dictionary(CheckpointDictionary(pairs: reading.pairs, attributes: [])), found: reading.found,
            facts: facts + (try archive.facts(used: reading.records)), records: reading.records)
    }

    /// A number, which JSON made of protocol buffers spells as text where it has 64 bits.
    static func number(_ json: JSONText?) -> Int? {
        json?.number ?? json?.text.flatMap { Int($0) }
    }

    private struct Reading {
        let archive: PyTorchArchive
        let tensors: [JSONText]
        var found = FoundTensors()
        var pairs: [(key: CheckpointValue, value: CheckpointValue)] = []
        var records: [String: StorageRecord] = [:]
        private var named: Set<Int> = []

        init(archive: PyTorchArchive, tensors: [JSONText]) {
            self.archive = archive
            self.tensors = tensors
        }

        /// Names the tensors of a module and of the modules in it.
        mutating func walk(_ module: JSONText, _ prefix: String, depth: Int) throws(CheckpointError) {
            guard depth < largestDepth else {
                throw CheckpointError(.tooLarge, "modules nested more than \(largestDepth) deep", place: prefix)
            }
            for parameter in module["parameters"]?.items ?? [] {
                // Protocol buffers leave a 0 out.
                let index = ModelJSONReader.number(parameter["tensorId"]) ?? 0
                try take(index, prefix + (parameter["name"]?.text ?? "\(index)"))
            }
            for child in module["submodules"]?.items ?? [] {
                try walk(child, prefix + (child["name"]?.text ?? "?") + ".", depth: depth + 1)
            }
        }

        /// Tensors that no module names are constants of the code.
        mutating func takeRest() throws(CheckpointError) {
            for index in tensors.indices where !named.contains(index) {
                try take(index, "CONSTANTS.c\(index)")
            }
        }

        private mutating func take(_ index: Int, _ name: String) throws(CheckpointError) {
            guard tensors.indices.contains(index) else {
                throw CheckpointError(.malformed, "there is no tensor \(index)", place: name)
            }
            named.insert(index)
            let json = tensors[index]
            guard let type = json["dataType"]?.text, let key = json["data"]?["key"]?.text,
                let record = archive[key]
            else { throw CheckpointError(.malformed, "a tensor without type or record", place: name) }
            guard let dtype = types[type] else {
                found.unread.append(UnreadTensor(name: name, reason: "tensors of the type \(type) are not read"))
                return
            }
            guard record.byteCount.isMultiple(of: dtype.itemSize) else {
                throw CheckpointError(.malformed, "\(record.byteCount) bytes of \(dtype.name)", place: name)
            }
            let layout = try layout(json, dtype, record.byteCount, name)
            let entry = TensorEntry(
                name: name, layout: layout, storage: key, location: json["device"]?.text ?? "cpu")
            records[key] = StorageRecord(
                key: key, source: .entry(record, skip: 0), elementCount: record.byteCount / dtype.itemSize,
                byteCount: record.byteCount, swappedWordSize: 1)
            found.tensors.append(entry)
            pairs.append((.string(name), .tensor(entry)))
        }

        private func layout(
            _ json: JSONText, _ dtype: DType, _ available: Int, _ name: String
        ) throws(CheckpointError) -> TensorLayout {
            let sizes = (json["dims"]?.items ?? []).map { ModelJSONReader.number($0) ?? -1 }
            let strides = (json["strides"]?.items ?? []).map { ModelJSONReader.number($0) ?? -1 }
            guard let shape = Shape(checking: sizes) else {
                throw CheckpointError(.malformed, "the shape \(sizes) is impossible", place: name)
            }
            let layout: TensorLayout
            do {
                layout = try TensorLayout(
                    dtype: dtype, shape: shape, strides: strides, offset: ModelJSONReader.number(json["offset"]) ?? 0)
            } catch {
                throw CheckpointError(.malformed, error.message, place: name, cause: error)
            }
            guard layout.requiredByteCount <= available else {
                throw CheckpointError(
                    .malformed, "the record has \(available) bytes, the tensor needs \(layout.requiredByteCount)",
                    place: name)
            }
            return layout
        }
    }

    /// The names of caffe2's `TensorProto.DataType`.
    private static let types: [String: DType] = [
        "FLOAT": .float32, "INT32": .int32, "BYTE": .uint8, "BOOL": .bool, "UINT8": .uint8, "INT8": .int8,
        "INT16": .int16, "INT64": .int64, "FLOAT16": .float16, "DOUBLE": .float64,
    ]
}
