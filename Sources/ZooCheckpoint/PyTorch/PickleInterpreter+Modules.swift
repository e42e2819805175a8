import ZooPickle

extension PickleInterpreter {
    /// A pickled module, or an object of a compiled program: its tensors have the names that its `state_dict()` gives
    /// them. `nil` if the object is neither.
    ///
    /// A module keeps its tensors in the dictionaries `_parameters` and `_buffers` and the modules inside it in
    /// `_modules` (torch/nn/modules/module.py); an object of a program keeps both in its attributes.
    mutating func module(_ name: String, _ object: PickleObject) throws(CheckpointError) -> CheckpointValue? {
        guard object.states.count == 1, let state = object.states.first else { return nil }
        if name.hasPrefix("__torch__.") {
            return .object(
                CheckpointObject(name: name, arguments: [], state: [try value(of: state)], items: [], pairs: []))
        }
        guard case .dictionary(let pairs) = document[state], isModule(pairs) else { return nil }
        var values: [(key: CheckpointValue, value: CheckpointValue)] = []
        for pair in pairs {
            let key = try hidden { interpreter throws(CheckpointError) in try interpreter.value(of: pair.key) }
            let isTransparent = key.stringValue.map(ModuleKeys.all.contains) ?? false
            let content =
                isTransparent
                ? try value(of: pair.value)
                : try hidden { interpreter throws(CheckpointError) in try interpreter.value(of: pair.value) }
            values.append((key, content))
        }
        let attributes = CheckpointValue.dictionary(CheckpointDictionary(pairs: values, attributes: []))
        return .object(CheckpointObject(name: name, arguments: [], state: [attributes], items: [], pairs: []))
    }

    private func isModule(_ pairs: [PicklePair]) -> Bool {
        let keys = pairs.compactMap { text($0.key) }
        return keys.contains(ModuleKeys.parameters) && keys.contains(ModuleKeys.modules)
    }
}

/// The attributes in which a module keeps its tensors.
enum ModuleKeys {
    static let parameters = "_parameters"
    static let buffers = "_buffers"
    static let modules = "_modules"
    static let unsavedBuffers = "_non_persistent_buffers_set"
    static let all: Set<String> = [parameters, buffers, modules]
}

extension CheckpointObject {
    /// The tensors of a pickled module, as its `state_dict()` gives them, or those of an object of a compiled program;
    /// `nil` if it is neither.
    ///
    /// - Complexity: O(size of the module).
    public var moduleTensors: [(name: String, entry: TensorEntry)]? {
        guard let state = state.first?.dictionaryValue else { return nil }
        var result: [(name: String, entry: TensorEntry)] = []
        if name.hasPrefix("__torch__.") {
            for (key, value) in state.pairs { Self.collect(value, DictionaryKey.name(key), &result) }
            return result
        }
        guard let parameters = state[ModuleKeys.parameters]?.dictionaryValue else { return nil }
        for (key, value) in parameters.pairs { Self.collect(value, DictionaryKey.name(key), &result) }
        var unsaved: Set<String> = []
        if case .set(let names)? = state[ModuleKeys.unsavedBuffers] { unsaved = Set(names.compactMap(\.stringValue)) }
        for (key, value) in state[ModuleKeys.buffers]?.dictionaryValue?.pairs ?? []
        where !unsaved.contains(DictionaryKey.name(key)) {
            Self.collect(value, DictionaryKey.name(key), &result)
        }
        for (key, value) in state[ModuleKeys.modules]?.dictionaryValue?.pairs ?? [] {
            Self.collect(value, DictionaryKey.name(key), &result)
        }
        return result
    }

    /// Takes a tensor, or those of a module.
    private static func collect(
        _ value: CheckpointValue, _ name: String, _ result: inout [(name: String, entry: TensorEntry)]
    ) {
        switch value {
        case .tensor(let entry): result.append((name, entry))
        case .object(let object):
            for inner in object.moduleTensors ?? [] { result.append((name + "." + inner.name, inner.entry)) }
        default: break
        }
    }
}
