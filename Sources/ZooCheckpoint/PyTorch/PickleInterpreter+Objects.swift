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
        default:
            if let tensor = try rebuild(name, arguments) { return tensor }
            if let tensor = try oldTensor(name, object) { return tensor }
        }
        return try inert(name, object, arguments)
    }

    /// The full name of what an object calls.
    func callableName(_ id: PickleNodeID) -> String {
        switch document[id] {
        case .global(let global): PyTorchNames.fullName(global)
        case .persistent(let content):
            // ("module", class, source file, source): a class whose source PyTorch kept.
            if let parts = tuple(content), parts.count > 1, text(parts[0]) == "module",
                case .global(let global) = document[parts[1]]
            {
                PyTorchNames.fullName(global)
            } else {
                "a persistent id"
            }
        default: "the result of another call"
        }
    }

    private mutating func inert(
        _ name: String, _ object: PickleObject, _ arguments: [PickleNodeID]
    ) throws(CheckpointError) -> CheckpointValue {
        try hidden { interpreter throws(CheckpointError) in
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

    private func number(_ id: PickleNodeID) -> Double? {
        switch document[id] {
        case .float(let value): value
        case .int(let value): Double(value)
        default: nil
        }
    }

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

/// Numbers that numpy pickled one by one, as training scripts leave them in `best_acc` and the like.
enum NumpyScalar {
    /// The number, if `object` is `numpy.core.multiarray.scalar(dtype, bytes)` of a plain little-endian type.
    static func value(of object: CheckpointObject) -> CheckpointValue? {
        guard object.name == "numpy.core.multiarray.scalar", object.arguments.count == 2,
            case .object(let type) = object.arguments[0], type.name == "numpy.dtype",
            let code = type.arguments.first?.stringValue,
            let order = type.state.first?[1]?.stringValue, order == "<" || order == "|",
            let bytes = bytes(object.arguments[1])
        else { return nil }
        let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        switch (code, bytes.count) {
        case ("f8", 8): return .double(Double(bitPattern: bits))
        case ("f4", 4): return .double(Double(Float(bitPattern: UInt32(bits))))
        case ("f2", 2): return .double(Double(Float16(bitPattern: UInt16(bits))))
        case ("i8", 8): return .int(Int(Int64(bitPattern: bits)))
        case ("i4", 4): return .int(Int(Int32(truncatingIfNeeded: bits)))
        case ("i2", 2): return .int(Int(Int16(truncatingIfNeeded: bits)))
        case ("i1", 1): return .int(Int(Int8(truncatingIfNeeded: bits)))
        case ("u4", 4), ("u2", 2), ("u1", 1): return .int(Int(bits))
        case ("b1", 1): return .bool(bits != 0)
        default: return nil
        }
    }

    private static func bytes(_ value: CheckpointValue) -> [UInt8]? {
        switch value {
        case .bytes(let bytes): bytes.count <= 8 ? bytes : nil
        // A Python-2 string whose bytes happen to be UTF-8.
        case .string(let text): text.utf8.count <= 8 ? Array(text.utf8) : nil
        default: nil
        }
    }
}
