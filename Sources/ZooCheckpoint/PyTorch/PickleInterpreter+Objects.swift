import ZooPickle

extension PickleInterpreter {
    /// What an object of the pickle stands for, where zoo knows its class; otherwise the object itself, inert.
    mutating func value(of object: PickleObject) throws(CheckpointError) -> CheckpointValue {
        let name = callableName(object.callable)
        guard case .tuple(let arguments) = document[object.arguments] else {
            throw error(.malformed, "the arguments of \(name) are not a tuple")
        }
        switch name {
        case "collections.OrderedDict", "collections.Counter", "builtins.dict":
            let given = try initialPairs(arguments.first)
            return .dictionary(try dictionary(given + object.pairs, attributes: object.states))
        case "collections.defaultdict":
            return .dictionary(try dictionary(object.pairs, attributes: object.states))
        case "builtins.set", "builtins.frozenset":
            return .set(try values(of: elements(arguments.first) + object.items))
        case "builtins.list":
            return .list(try values(of: elements(arguments.first) + object.items))
        case "torch.Size", "builtins.tuple":
            return .tuple(try values(of: elements(arguments.first)))
        case "builtins.bytes", "builtins.bytearray", "_codecs.encode":
            if let bytes = bytes(arguments) { return .bytes(bytes) }
        case "builtins.complex":
            if arguments.count == 2, let real = number(arguments[0]), let imaginary = number(arguments[1]) {
                return .complex(real, imaginary)
            }
        case "torch.jit._pickle.build_intlist", "torch.jit._pickle.build_doublelist",
            "torch.jit._pickle.build_boollist", "torch.jit._pickle.build_tensorlist":
            return .list(try values(of: elements(arguments.first)))
        case "torch.jit._pickle.restore_type_tag":
            if let first = arguments.first { return try value(of: first) }
        default:
            if let tensor = try tensor(name, object, arguments) { return tensor }
        }
        return try inert(name, object, arguments)
    }

    /// The tensor that an object stands for, `nil` if it is none, and a note where it is one that zoo does not read.
    private mutating func tensor(
        _ name: String, _ object: PickleObject, _ arguments: [PickleNodeID]
    ) throws(CheckpointError) -> CheckpointValue? {
        do throws(CheckpointError) {
            if let tensor = try rebuild(name, arguments) { return tensor }
            if let tensor = try oldTensor(name, object) { return tensor }
            return try array(name, object, arguments)
        } catch {
            guard error.code == .unsupported else { throw error }
            return try noteUnread(name, error)
        }
    }

    /// The full name of what an object calls.
    func callableName(_ id: PickleNodeID) -> String {
        switch document[id] {
        case .global(let global): PyTorchNames.fullName(global)
        case .persistent(let content):
            // ("module", class, source file, source), before that (class, source file, source): a class whose source
            // PyTorch kept.
            if let global = tuple(content)?.prefix(2).lazy.compactMap({ global($0) }).first {
                PyTorchNames.fullName(global)
            } else {
                "a persistent id"
            }
        default: "the result of another call"
        }
    }

    private func global(_ id: PickleNodeID) -> PickleGlobal? {
        if case .global(let global) = document[id] { global } else { nil }
    }

    private mutating func inert(
        _ name: String, _ object: PickleObject, _ arguments: [PickleNodeID]
    ) throws(CheckpointError) -> CheckpointValue {
        if let module = try module(name, object) { return module }
        return try hidden { interpreter throws(CheckpointError) in
            var arguments = arguments
            var name = name
            if name == "copyreg._reconstructor", let first = arguments.first,
                case .global(let global) = interpreter.document[first]
            {
                name = PyTorchNames.fullName(global)
                arguments.removeFirst()
            }
            let result = CheckpointObject(
                name: name, arguments: try interpreter.values(of: arguments),
                state: try interpreter.values(of: object.states), items: try interpreter.values(of: object.items),
                pairs: try interpreter.keyed(object.pairs))
            return NumpyScalar.value(of: result) ?? .object(result)
        }
    }

    /// The pairs with which a dictionary is made: another dictionary, or a list of pairs as Python 2 wrote it.
    private func initialPairs(_ id: PickleNodeID?) throws(CheckpointError) -> [PicklePair] {
        guard let id else { return [] }
        if case .dictionary(let pairs) = document[id] { return pairs }
        var pairs: [PicklePair] = []
        for element in elements(id) {
            let pair = elements(element)
            guard pair.count == 2 else { throw error(.malformed, "an element of a dictionary is not a pair") }
            pairs.append(PicklePair(key: pair[0], value: pair[1]))
        }
        return pairs
    }

    /// The elements of a list, tuple or set; nothing for anything else.
    func elements(_ id: PickleNodeID?) -> [PickleNodeID] {
        guard let id else { return [] }
        switch document[id] {
        case .list(let items), .tuple(let items), .set(let items), .frozenSet(let items): return items
        default: return []
        }
    }

    func tuple(_ id: PickleNodeID) -> [PickleNodeID]? {
        if case .tuple(let items) = document[id] { items } else { nil }
    }

    func text(_ id: PickleNodeID) -> String? {
        switch document[id] {
        case .text(let text): text
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    func integer(_ id: PickleNodeID) -> Int? {
        if case .int(let value) = document[id] { Int(value) } else { nil }
    }

    func number(_ id: PickleNodeID) -> Double? {
        switch document[id] {
        case .float(let value): value
        case .int(let value): Double(value)
        default: nil
        }
    }

    /// Bytes, however the protocol writes them.
    func bytes(_ id: PickleNodeID) -> [UInt8]? { bytes([id]) }

    /// Bytes as protocols 0 to 2 write them: `_codecs.encode(text, 'latin1')`, `bytes()`, `bytearray(b'…')`.
    private func bytes(_ arguments: [PickleNodeID]) -> [UInt8]? {
        guard let first = arguments.first else { return [] }
        switch document[first] {
        case .bytes(let bytes), .byteArray(let bytes): return bytes
        case .text(let text):
            let encoding = arguments.dropFirst().first.flatMap { self.text($0) } ?? "latin1"
            guard ["latin1", "latin-1", "iso-8859-1"].contains(encoding) else { return Array(text.utf8) }
            let units = text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
            return units.count == text.unicodeScalars.count ? units : nil
        case .object(let object) where callableName(object.callable) == "_codecs.encode":
            guard let inner = tuple(object.arguments), let text = inner.first,
                case .text = document[text]
            else { return nil }
            return bytes(inner)
        default: return nil
        }
    }
}
