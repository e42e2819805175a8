/// What a conversion puts into `__metadata__`, which holds texts only: other names of shared tensors, what is in the
/// checkpoint beside its network (text as it is, other values as JSON), and the state dict's own `_metadata`.
struct SafetensorsMetadata {
    /// The texts.
    private(set) var values: [String: String]
    /// The keys of values that JSON cannot hold.
    private(set) var lost: [String] = []

    init(_ source: ConversionSource, aliases: [String: String]) {
        // transformers refuses files that do not say which framework they are for.
        values = ["format": "pt"]
        let key = source.relativeNetworkName
        let network = key.isEmpty ? source.root : source.root[key]
        collect(source.root)
        if !key.isEmpty, let network { collect(network) }
        let metadata = network?.dictionaryValue?.attributes.lazy.compactMap { $0["_metadata"] }.first
        if let metadata, let text = JSONOutput.value(metadata) { values["_metadata"] = text }
        for (name, first) in aliases { values[name] = first }
    }

    private mutating func collect(_ value: CheckpointValue) {
        for pair in value.dictionaryValue?.pairs ?? [] {
            let name = DictionaryKey.name(pair.key)
            if name == "__metadata__", let texts = pair.value.dictionaryValue {
                for text in texts.pairs where value[DictionaryKey.name(text.key)] == nil {
                    values[DictionaryKey.name(text.key)] = text.value.stringValue
                }
            } else if let text = pair.value.stringValue {
                values[name] = text
            } else if let json = JSONOutput.value(pair.value) {
                values[name] = json
            } else if !pair.value.hasTensors {
                lost.append(name)
            }
        }
    }
}

extension CheckpointValue {
    /// Whether it is a tensor or there is one in it.
    var hasTensors: Bool {
        switch self {
        case .tensor: true
        case .list(let items), .tuple(let items), .set(let items): items.contains(where: \.hasTensors)
        case .dictionary(let dictionary): dictionary.pairs.contains { $0.value.hasTensors }
        case .object(let object): object.moduleTensors.map { !$0.isEmpty } ?? false
        default: false
        }
    }
}
