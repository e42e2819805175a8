import ZooCore
import ZooTensor

/// Reads the state dicts and single tensors of TorchSharp, .NET's face of PyTorch (dotnet/TorchSharp, `Module.save`,
/// `Tensor.Save` and src/Python/exportsd.py).
///
/// A state dict is a count, then for each tensor its name behind its length, and the tensor: element type, number of
/// axes, sizes, and the elements, row-major and little-endian. All numbers before the elements are LEB128. Nothing marks
/// the format, so it is recognised by the whole first tensor.
enum TorchSharpReader {
    /// What a file is recognised as.
    enum Kind: Sendable, Hashable {
        case stateDict, tensor
    }

    static func open(_ file: MappedFile, _ kind: Kind) throws(CheckpointError) -> Checkpoint {
        var reader = TorchSharpStream(file.bytes)
        var contents = Contents()
        let root: CheckpointValue
        switch kind {
        case .tensor:
            root = .tensor(contents.add("", try reader.tensor(place: nil)))
        case .stateDict:
            root = try stateDict(&reader, &contents)
        }
        var facts: [ProducerFact] = []
        if reader.remaining > 0 {
            facts.append(ProducerFact(name: "bytes behind the end", value: "\(reader.remaining)"))
        }
        return Checkpoint(
            file, .torchSharp, root: root, found: contents.found, facts: facts, records: contents.records)
    }

    private static func stateDict(
        _ reader: inout TorchSharpStream, _ contents: inout Contents
    ) throws(CheckpointError) -> CheckpointValue {
        let count = try reader.number("the count of tensors", place: nil)
        var pairs: [(key: CheckpointValue, value: CheckpointValue)] = []
        var names: Set<String> = []
        for index in 0..<count {
            let name = try reader.name(place: "tensor \(index + 1) of \(count)")
            guard names.insert(name).inserted else {
                throw CheckpointError(.malformed, "it comes twice", place: name)
            }
            pairs.append((.string(name), .tensor(contents.add(name, try reader.tensor(place: name)))))
        }
        return .dictionary(CheckpointDictionary(pairs: pairs, attributes: []))
    }

    /// What the bytes are, if they begin with a whole tensor in one of the two forms.
    ///
    /// - Complexity: O(length of the first name).
    static func kind(of bytes: RawSpan) -> Kind? {
        var reader = TorchSharpStream(bytes)
        if let count = try? reader.number("", place: nil), count > 0, let name = try? reader.name(place: ""),
            isOrdinary(name), (try? reader.tensor(place: "")) != nil
        {
            return .stateDict
        }
        // A tensor alone has no name to know it by: it must fill the file, and not be a handful of any bytes.
        reader = TorchSharpStream(bytes)
        guard let (layout, range) = try? reader.tensor(place: ""), layout.shape.rank > 0, range.count >= 16,
            reader.remaining == 0
        else { return nil }
        return .tensor
    }

    /// Whether a name is one that a module may have: so are not the beginnings of other files.
    private static func isOrdinary(_ name: String) -> Bool {
        !name.isEmpty && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
    }

    /// The tensors found so far, and where their elements are.
    private struct Contents {
        var found = FoundTensors()
        var records: [String: StorageRecord] = [:]

        mutating func add(_ name: String, _ tensor: (layout: TensorLayout, range: Range<Int>)) -> TensorEntry {
            let key = String(found.tensors.count)
            records[key] = StorageRecord(
                key: key, source: .range(tensor.range), elementCount: tensor.layout.shape.elementCount,
                byteCount: tensor.range.count, swappedWordSize: 1)
            let entry = TensorEntry(name: name, layout: tensor.layout, storage: key, location: "cpu")
            found.tensors.append(entry)
            return entry
        }
    }
}
