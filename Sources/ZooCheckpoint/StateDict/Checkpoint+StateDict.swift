import ZooTensor

extension Checkpoint {
    /// The keys under which training checkpoints hold the network, in the order in which they are tried.
    ///
    /// The first whose value is a dictionary with a tensor in it counts; then the whole checkpoint, if it is one.
    /// Lightning, torchvision's references, timm and zoo write `state_dict` or `model`; averaged weights are taken only
    /// where there are no others.
    public static let stateDictKeys = [
        "state_dict", "model_state_dict", "model", "net", "network", "model_state", "weights", "params", "generator",
        "module", "state_dict_ema", "model_ema", "ema",
    ]

    /// The network's tensors: those of the whole file, or those found in a training checkpoint under
    /// ``stateDictKeys``, without the prefixes of wrappers (``StateDict/strippingWrappers()``).
    ///
    /// The tensors are mapped, and the checksums of their storages are checked.
    ///
    /// - Throws: ``CheckpointError``: `notFound` if the file holds no state dict; what ``tensor(_:)`` throws.
    /// - Complexity: O(length of the storages).
    public func stateDict() throws(CheckpointError) -> StateDict {
        if let (key, module) = findModule() {
            var entries: [StateDict.Entry] = []
            for (name, entry) in module { entries.append(StateDict.Entry(name: name, tensor: try tensor(entry))) }
            return StateDict(entries, extras: [], metadata: nil, key: key).strippingWrappers()
        }
        guard let (key, dictionary) = findStateDict() else {
            let hint =
                hiddenTensorCount > 0
                ? "its tensors are inside objects of classes that zoo does not know; save a state_dict() with PyTorch"
                : "expected a dictionary of tensors, or one under a key such as 'state_dict'"
            throw CheckpointError(.notFound, "there is no state dict in it: \(hint)", path: path)
        }
        var entries: [StateDict.Entry] = []
        var extras: [(name: String, value: CheckpointValue)] = []
        for (name, value) in dictionary.pairs {
            let name = DictionaryKey.name(name)
            if let entry = value.tensorValue {
                entries.append(StateDict.Entry(name: name, tensor: try tensor(entry)))
            } else {
                extras.append((name, value))
            }
        }
        let metadata = dictionary.attributes.lazy.compactMap { $0["_metadata"] }.first
        return StateDict(entries, extras: extras, metadata: metadata, key: key).strippingWrappers()
    }

    /// A whole pickled module, alone or in a training checkpoint without a state dict.
    private func findModule() -> (key: String, tensors: [(name: String, entry: TensorEntry)])? {
        if case .object(let object) = root {
            return object.moduleTensors.flatMap { $0.isEmpty ? nil : ("", $0) }
        }
        guard findStateDict() == nil, let root = root.dictionaryValue else { return nil }
        for key in Self.stateDictKeys {
            if case .object(let object)? = root[key], let tensors = object.moduleTensors, !tensors.isEmpty {
                return (key, tensors)
            }
        }
        return nil
    }

    private func findStateDict() -> (key: String, dictionary: CheckpointDictionary)? {
        guard let root = root.dictionaryValue else { return nil }
        for key in Self.stateDictKeys {
            if let found = root[key]?.dictionaryValue, found.holdsTensors { return (key, found) }
        }
        return root.holdsTensors ? ("", root) : nil
    }
}

extension CheckpointDictionary {
    /// Whether a value, not only something deeper, is a tensor.
    fileprivate var holdsTensors: Bool { pairs.contains { $0.value.tensorValue != nil } }
}
