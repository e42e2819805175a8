import ZooCore

/// What zoo says of a network, or of an ensemble, in the metadata of a safetensors file, where PyTorch's formats have it
/// beside the state dict.
///
/// Without it a fine-tuned network would lose its classes on the way, and an ensemble would be tensors without a meaning.
struct SavedDescription {
    /// The keys that zoo writes, in the order in which it writes them.
    private static let keys = [
        "arch", "ensemble", "codes", "classes", "tasks", "preprocessing", "quantization", "zoo",
    ]
    /// Those whose JSON is text in PyTorch's formats too.
    private static let textKeys = ["arch", "codes"]

    private let texts: [(key: String, text: String)]

    /// The description in a file that zoo wrote; `nil` in others.
    init?(_ source: ConversionSource) {
        guard source.checkpoint.format == .safetensors, source.rootName.isEmpty,
            let metadata = source.root["__metadata__"], metadata["zoo"]?.stringValue != nil
        else { return nil }
        texts = Self.keys.compactMap { key in metadata[key]?.stringValue.map { (key, $0) } }
    }

    /// Whether the key is part of it.
    func holds(_ key: String) -> Bool { texts.contains { $0.key == key } }

    /// The state dict with the description beside it, as `zoo finetune` writes both.
    func beside(_ states: SavedValue) -> SavedValue {
        .dictionary(
            [("state_dict", states)]
                + texts.map { key, text in
                    (key, Self.textKeys.contains(key) ? .string(text) : Self.value(text))
                })
    }

    /// What is no text was written as JSON.
    private static func value(_ text: String) -> SavedValue {
        guard text.hasPrefix("{") || text.hasPrefix("[") else { return .string(text) }
        let bytes = Array(text.utf8)
        guard let json = try? JSONParser.parse(bytes.rawSpan) else { return .string(text) }
        return SavedValue(json)
    }
}

extension SavedValue {
    /// A value of JSON as Python's.
    init(_ json: JSONText) {
        switch json {
        case .null: self = .none
        case .bool(let truth): self = .bool(truth)
        case .int(let number): self = .int(number)
        case .double(let number): self = .double(number)
        case .string(let text): self = .string(text)
        case .array(let items): self = .list(items.map { SavedValue($0) })
        case .object(let members): self = .dictionary(members.map { ($0.key, SavedValue($0.value)) })
        }
    }
}
