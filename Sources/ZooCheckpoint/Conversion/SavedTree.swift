import ZooTensor

/// Makes of a checkpoint's values those that are written into PyTorch's formats.
///
/// What PyTorch's safe loader would not read again — instances of classes, functions — is left out, with a warning.
struct SavedTree {
    private let source: ConversionSource
    private let transform: TensorTransform
    private let prefixes: [String]
    /// The new names of the network's tensors, if there are rules for names; `nil` for those left out.
    private let names: [String?]?
    /// What zoo says of a network in a safetensors file.
    private let description: SavedDescription?
    private var shared: [TensorIdentity: Tensor] = [:]
    /// What the user should know.
    private(set) var warnings: [String] = []
    /// The tensors that are written, in order.
    private(set) var tensors: [Tensor] = []

    init(_ source: ConversionSource, _ transform: TensorTransform, prefixes: [String], names: [String?]?) {
        self.source = source
        self.transform = transform
        self.prefixes = prefixes
        self.names = names
        description = SavedDescription(source)
    }

    /// The value to write.
    mutating func root() throws(CheckpointError) -> SavedValue {
        if case .object(let object) = source.root {
            warnings.append("an instance of \(object.name) is not written, only the tensors in it")
            return try network(nil)
        }
        guard let value = try saved(source.root, source.rootName, isNetwork: source.networkName.isEmpty) else {
            throw CheckpointError(.unsupported, "there is nothing in it that PyTorch's safe loader would read")
        }
        return description?.beside(value) ?? value
    }

    /// The value called `name`, or `nil` if it is left out.
    private mutating func saved(
        _ value: CheckpointValue, _ name: String, isNetwork: Bool
    ) throws(CheckpointError) -> SavedValue? {
        let isNetwork = isNetwork || name == source.networkName
        switch value {
        case .none: return SavedValue.none
        case .bool(let truth): return .bool(truth)
        case .int(let number): return .int(number)
        case .double(let number): return .double(number)
        case .string(let text): return .string(text)
        case .bytes(let bytes): return .bytes(bytes)
        case .complex(let real, let imaginary): return .complex(real, imaginary)
        case .bigInt(let digits): return .bigInt(Self.bytes(hexadecimal: digits))
        case .list(let items): return .list(try elements(items, name, isNetwork))
        case .tuple(let items): return .tuple(try elements(items, name, isNetwork))
        case .set(let items): return .set(try elements(items, name, isNetwork))
        case .dictionary(let dictionary):
            if names != nil, name == source.networkName { return try network(dictionary) }
            return try saved(dictionary, name, isNetwork)
        case .tensor(let entry): return .tensor(try tensor(entry, isNetwork: isNetwork))
        case .global(let global):
            if global.hasPrefix("torch."), let dtype = DType(rawValue: String(global.dropFirst(6))) {
                return .dtype(dtype)
            }
            return leaveOut(name, global)
        case .object(let object): return try saved(object, name, isNetwork)
        case .recursive: return leaveOut(name, "a container inside itself")
        }
    }

    /// The tensors of a module, as its `state_dict()` has them; any other instance is left out.
    private mutating func saved(
        _ object: CheckpointObject, _ name: String, _ isNetwork: Bool
    ) throws(CheckpointError) -> SavedValue? {
        guard let entries = object.moduleTensors, !entries.isEmpty else {
            return leaveOut(name, "an instance of \(object.name)")
        }
        warnings.append("\(name): of an instance of \(object.name) only its state dict is written")
        var pairs: [(String, SavedValue)] = []
        for (name, entry) in entries {
            pairs.append((name, .tensor(try tensor(entry, isNetwork: isNetwork))))
        }
        return .orderedDictionary(pairs)
    }

    /// Whether a pair is the `__metadata__` of a safetensors file, which `load_state_dict` would take for a tensor.
    private mutating func leavesOutMetadata(
        _ pair: (key: CheckpointValue, value: CheckpointValue), of container: String
    ) -> Bool {
        guard source.checkpoint.format == .safetensors, container.isEmpty, pair.key.stringValue == "__metadata__" else {
            return false
        }
        let keys = pair.value.dictionaryValue?.pairs.map { DictionaryKey.name($0.key) } ?? []
        let lost = keys.filter { $0 != "format" && $0 != "_metadata" && source.root[$0] == nil }
            .filter { !(description?.holds($0) ?? false) }.sorted()
        if !lost.isEmpty {
            warnings.append("the metadata of safetensors is not written: " + lost.prefix(10).joined(separator: ", "))
        }
        return true
    }

    private mutating func leaveOut(_ name: String, _ what: String) -> SavedValue? {
        warnings.append("\(name): \(what) is not written; PyTorch's safe loader would refuse it")
        return nil
    }

    private mutating func elements(
        _ items: [CheckpointValue], _ name: String, _ isNetwork: Bool
    ) throws(CheckpointError) -> [SavedValue] {
        var result: [SavedValue] = []
        for (index, item) in items.enumerated() {
            result.append(try saved(item, Self.join(name, "\(index)"), isNetwork: isNetwork) ?? .none)
        }
        return result
    }

    private mutating func saved(
        _ dictionary: CheckpointDictionary, _ name: String, _ isNetwork: Bool
    ) throws(CheckpointError) -> SavedValue? {
        var texts: [(String, SavedValue)] = []
        var pairs: [(key: SavedValue, value: SavedValue)] = []
        for pair in dictionary.pairs where !leavesOutMetadata(pair, of: name) {
            let path = Self.join(name, DictionaryKey.name(pair.key))
            guard let value = try saved(pair.value, path, isNetwork: isNetwork),
                let key = try saved(pair.key, path, isNetwork: false)
            else { continue }
            if case .string(let text) = key { texts.append((text, value)) }
            pairs.append((key, value))
        }
        guard texts.count == pairs.count else { return .mapping(pairs) }
        let isStateDict = name == source.networkName || !dictionary.attributes.isEmpty
        guard isStateDict else { return .dictionary(texts) }
        return try attributed(.orderedDictionary(texts), dictionary, name)
    }

    /// The network with new names: its tensors, then what else is in its dictionary.
    private mutating func network(_ dictionary: CheckpointDictionary?) throws(CheckpointError) -> SavedValue {
        var pairs: [(String, SavedValue)] = []
        for (index, (name, entry)) in source.tensors.enumerated() {
            guard let new = names.map({ $0[index] }) ?? name else { continue }
            pairs.append((new, .tensor(try tensor(entry, isNetwork: true))))
        }
        guard let dictionary else { return .orderedDictionary(pairs) }
        for pair in dictionary.pairs
        where !pair.value.hasTensors && !leavesOutMetadata(pair, of: source.networkName) {
            let name = DictionaryKey.name(pair.key)
            if let value = try saved(pair.value, Self.join(source.networkName, name), isNetwork: true) {
                pairs.append((stripped(name), value))
            }
        }
        return try attributed(.orderedDictionary(pairs), dictionary, source.networkName)
    }

    /// `value` with the attributes of a dictionary, such as `_metadata`, whose keys are prefixes of the tensors' names.
    private mutating func attributed(
        _ value: SavedValue, _ dictionary: CheckpointDictionary, _ name: String
    ) throws(CheckpointError) -> SavedValue {
        var result = value
        for attributes in dictionary.attributes {
            let attributes = name == source.networkName ? withStrippedMetadata(attributes) : attributes
            let place = Self.join(name, "__dict__")
            guard let saved = try saved(attributes, place, isNetwork: false) else { continue }
            result = .attributed(result, attributes: saved)
        }
        return result
    }

    private func withStrippedMetadata(_ attributes: CheckpointValue) -> CheckpointValue {
        guard !prefixes.isEmpty, let metadata = attributes["_metadata"]?.dictionaryValue,
            let pairs = attributes.dictionaryValue?.pairs
        else { return attributes }
        let hasWrappedModule = metadata.pairs.contains { pair in
            pair.key.stringValue.map { !$0.isEmpty && self.stripped($0).isEmpty } ?? false
        }
        var stripped: [(key: CheckpointValue, value: CheckpointValue)] = []
        for pair in metadata.pairs {
            let name = DictionaryKey.name(pair.key)
            // The wrapper's own entry goes; the module inside takes its place.
            let isWrapper = name.isEmpty && hasWrappedModule
            if !isWrapper { stripped.append((.string(self.stripped(name)), pair.value)) }
        }
        let metadataValue = CheckpointValue.dictionary(
            CheckpointDictionary(pairs: stripped, attributes: metadata.attributes))
        return .dictionary(
            CheckpointDictionary(
                pairs: pairs.map { $0.key.stringValue == "_metadata" ? ($0.key, metadataValue) : $0 }, attributes: []))
    }

    private func stripped(_ name: String) -> String {
        var name = name
        for prefix in prefixes {
            if name + "." == prefix {
                name = ""
            } else if name.hasPrefix(prefix), name != prefix {
                name = String(name.dropFirst(prefix.count))
            }
        }
        return name
    }

    private mutating func tensor(_ entry: TensorEntry, isNetwork: Bool) throws(CheckpointError) -> Tensor {
        let result: Tensor
        if isNetwork, transform.changes(entry) {
            let identity = TensorIdentity(entry)
            if let identity, let known = shared[identity] {
                result = known
            } else {
                result = try transform.tensor(entry)
                if let identity { shared[identity] = result }
            }
        } else {
            result = try transform.untouched(entry)
        }
        tensors.append(result)
        return result
    }

    private static func join(_ name: String, _ part: String) -> String {
        name.isEmpty ? part : "\(name).\(part)"
    }

    /// The two's complement, least significant byte first, of digits with the most significant first.
    private static func bytes(hexadecimal text: String) -> [UInt8] {
        let digits = text.dropFirst(2).compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }.reversed()
    }
}
