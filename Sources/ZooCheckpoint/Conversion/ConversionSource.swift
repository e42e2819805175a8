import ZooTensor

/// The part of a checkpoint that a conversion writes, and the network in it.
struct ConversionSource {
    let checkpoint: Checkpoint
    /// The selected value, without what was dropped.
    let root: CheckpointValue
    /// Where in the checkpoint the selected value is; empty for the checkpoint itself.
    let rootName: String
    /// Where in the checkpoint the network is: at or below the root.
    let networkName: String
    /// The network's tensors with their names in it.
    let tensors: [(name: String, entry: TensorEntry)]
    /// The tensors of the root that are not the network's.
    let otherTensors: [TensorEntry]
    /// What the user should know.
    private(set) var warnings: [String] = []

    init(
        _ checkpoint: Checkpoint, _ options: ConversionOptions, holdsTrees: Bool
    ) throws(CheckpointError) {
        self.checkpoint = checkpoint
        var (name, value) = try Self.select(options.select, in: checkpoint)
        if options.dropsOptimizer { value = Self.withoutOptimizer(value, &warnings) }
        if options.dequantises { value = value.without("quantization") }
        root = value
        rootName = name
        // An explicit choice is meant as a whole, except that PyTorch's files keep what is beside the network in it.
        let key = options.select == nil || holdsTrees ? Self.networkKey(in: value) : nil
        networkName = [name, key ?? ""].filter { !$0.isEmpty }.joined(separator: ".")
        let dropped = options.dropsOptimizer ? Self.optimizerKeys(checkpoint, name) : []
        var tensors: [(name: String, entry: TensorEntry)] = []
        var others: [TensorEntry] = []
        for entry in checkpoint.tensors {
            guard let inRoot = Self.name(entry.name, below: name) else { continue }
            if dropped.contains(where: { Self.name(inRoot, below: $0) != nil }) { continue }
            if let name = Self.name(entry.name, below: networkName) {
                tensors.append((name.isEmpty ? "tensor" : name, entry))
            } else {
                others.append(entry)
            }
        }
        self.tensors = tensors
        otherTensors = others
        let unread = checkpoint.unread.filter { Self.name($0.name, below: name) != nil }
        if let first = unread.first {
            warnings.append(
                "\(unread.count) tensor\(unread.count == 1 ? "" : "s") that zoo cannot read \(unread.count == 1 ? "is" : "are") "
                    + "not written (\(first.name): \(first.reason)\(unread.count > 1 ? "; …" : ""))")
        }
        let hidden = checkpoint.hidden.filter { Self.name($0, below: name) != nil }
        if let first = hidden.first {
            warnings.append(
                "\(hidden.count) tensor\(hidden.count == 1 ? "" : "s") inside instances of classes that zoo does not know "
                    + "\(hidden.count == 1 ? "is" : "are") not written (\(first)\(hidden.count > 1 ? ", …" : ""))")
        }
        guard !tensors.isEmpty || (holdsTrees && !others.isEmpty) else {
            let hint =
                checkpoint.hiddenTensorCount > 0 ? ": they are in instances of classes that zoo does not know" : ""
            throw CheckpointError(
                .notFound, "there are no tensors in it that zoo can read\(hint)", place: name.isEmpty ? nil : name,
                path: checkpoint.path)
        }
    }

    /// The key of the network in the root; empty if it is the root.
    var relativeNetworkName: String { Self.name(networkName, below: rootName) ?? "" }

    /// The state dict's key in a value, as ``Checkpoint/stateDictKeys`` find it; `nil` if it is the value itself.
    static func networkKey(in value: CheckpointValue) -> String? {
        guard let dictionary = value.dictionaryValue else { return nil }
        return Checkpoint.stateDictKeys.first { key in
            dictionary[key]?.dictionaryValue?.pairs.contains { $0.value.tensorValue != nil } ?? false
        }
    }

    /// What is left of `name` below the container `container`; `nil` if it is not in it.
    static func name(_ name: String, below container: String) -> String? {
        if container.isEmpty { return name }
        guard name.hasPrefix(container) else { return nil }
        let rest = name.dropFirst(container.count)
        if rest.isEmpty { return "" }
        return rest.first == "." ? String(rest.dropFirst()) : nil
    }

    /// Whether `keys` name a value of a checkpoint.
    static func has(_ keys: String, _ checkpoint: Checkpoint) -> Bool { (try? select(keys, in: checkpoint)) != nil }

    /// The value that `--select` names: a key, or keys joined with `.`.
    private static func select(
        _ keys: String?, in checkpoint: Checkpoint
    ) throws(CheckpointError) -> (String, CheckpointValue) {
        guard let keys, keys != "." else { return ("", checkpoint.root) }
        var value = checkpoint.root
        var rest = keys[...]
        while !rest.isEmpty {
            let pairs = value.dictionaryValue?.pairs ?? []
            // Keys may have dots themselves: the longest that fits counts.
            let fitting = pairs.map { (DictionaryKey.name($0.key), $0.value) }
                .filter { rest == $0.0 || rest.hasPrefix($0.0 + ".") }
                .max { $0.0.count < $1.0.count }
            guard let (key, next) = fitting else {
                let names = pairs.prefix(20).map { "'\(DictionaryKey.name($0.key))'" }.joined(separator: ", ")
                throw CheckpointError(
                    .badRequest,
                    "there is no '\(keys)' in it; " + (names.isEmpty ? "it is no dictionary" : "its keys are \(names)"),
                    path: checkpoint.path)
            }
            value = next
            rest = rest.dropFirst(key.count + 1)
        }
        return (keys, value)
    }

    /// Whether training scripts keep the state of optimizers, schedules or gradient scalers under this key.
    private static func isOptimizerKey(_ key: String) -> Bool {
        let key = key.lowercased()
        return key.contains("optim") || key.contains("scheduler") || key == "scaler" || key == "grad_scaler"
            || key == "amp"
    }

    private static func optimizerKeys(_ checkpoint: Checkpoint, _ name: String) -> [String] {
        var value = checkpoint.root
        if !name.isEmpty, let selected = try? select(name, in: checkpoint) { value = selected.1 }
        return value.dictionaryValue?.pairs.map { DictionaryKey.name($0.key) }.filter(isOptimizerKey) ?? []
    }

    private static func withoutOptimizer(_ value: CheckpointValue, _ warnings: inout [String]) -> CheckpointValue {
        guard let dictionary = value.dictionaryValue else { return value }
        let kept = dictionary.pairs.filter { !isOptimizerKey(DictionaryKey.name($0.key)) }
        if kept.count == dictionary.pairs.count {
            warnings.append("--drop-optimizer: there is no state of an optimizer")
        }
        return .dictionary(CheckpointDictionary(pairs: kept, attributes: dictionary.attributes))
    }
}
