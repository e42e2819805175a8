import ZooPickle
import ZooTensor

/// Makes a tree of ``CheckpointValue`` of a pickle's values, and finds the tensors and storages among them.
///
/// The values of a pickle may refer to each other in any way, so the tree has limits: a container inside itself becomes
/// ``CheckpointValue/recursive``, and a pickle whose tree is out of proportion to its own size is refused.
struct PickleInterpreter {
    let document: PickleDocument
    /// What the persistent ids declare, by key.
    var storages: [String: DeclaredStorage] = [:]
    /// The element types of the classes of storages seen so far.
    var storageTypes: [PickleNodeID: PyTorchNames.StorageType] = [:]
    /// Tensors that the pickle refers to by a number.
    var known: [String: KnownTensor] = [:]
    /// The tensors that dictionaries, lists, tuples and modules lead to, in order; those inside instances of unknown
    /// classes have no name of their own and are counted.
    var found = FoundTensors()
    /// Where the values of numpy's arrays are, which stand in the pickle itself.
    var ownRecords: [String: StorageRecord] = [:]
    /// The storages of ``ownRecords`` by the value that holds the bytes.
    var ownKeys: [PickleNodeID: String] = [:]
    /// The storages that stand in the pickle itself, by the value that holds the bytes.
    var embedded: [PickleNodeID: DeclaredStorage] = [:]
    /// What stands before the keys of storages, where a file has several pickles.
    let storagePrefix: String

    private var path: [String]
    private var depth = 0
    private(set) var insideObjects = 0
    private var active: Set<PickleNodeID> = []
    private var remaining: Int
    private var remainingNameBytes: Int

    private static let largestDepth = 200
    /// A value may be referred to again and again, but each reference takes a byte or two of the pickle; only
    /// references to references multiply.
    private static let valuesPerByte = 4
    private static let freeValueCount = 100_000
    private static let nameBytesPerByte = 16
    private static let freeNameBytes = 1 << 24

    init(_ document: PickleDocument, storagePrefix: String = "", path: [String] = []) {
        self.document = document
        self.storagePrefix = storagePrefix
        self.path = path
        remaining = Self.freeValueCount + Self.valuesPerByte * document.byteCount
        remainingNameBytes = Self.freeNameBytes + Self.nameBytesPerByte * document.byteCount
    }

    /// The tree of the whole pickle.
    mutating func root() throws(CheckpointError) -> CheckpointValue {
        try value(of: document.root)
    }

    /// The tree of a pickle of a tuple, whose elements are called by their index behind `elementPrefix`.
    mutating func root(elementPrefix: String) throws(CheckpointError) -> CheckpointValue {
        guard case .tuple(let items) = document[document.root] else { return try root() }
        var result: [CheckpointValue] = []
        for (index, item) in items.enumerated() { result.append(try named("\(elementPrefix)\(index)", item)) }
        return .tuple(result)
    }

    /// The keys and indices that lead to the current value.
    var place: String { path.joined(separator: ".") }

    /// The tree under a value.
    mutating func value(of id: PickleNodeID) throws(CheckpointError) -> CheckpointValue {
        guard remaining > 0 else { throw error(.tooLarge, "the pickle repeats its values too often") }
        remaining -= 1
        switch document[id] {
        case .none: return .none
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(Int(value))
        case .bigInt(let digits): return .bigInt(Self.hexadecimal(digits))
        case .float(let value): return .double(value)
        case .text(let text): return .string(text)
        case .bytes(let bytes), .byteArray(let bytes): return .bytes(bytes)
        case .global(let global): return .global(PyTorchNames.fullName(global))
        case .persistent(let content): return try persistentValue(content)
        case .tuple, .list, .set, .frozenSet, .dictionary, .object: return try entering(id)
        }
    }

    /// The tree under a container, unless it is inside itself.
    private mutating func entering(_ id: PickleNodeID) throws(CheckpointError) -> CheckpointValue {
        guard active.insert(id).inserted else { return .recursive }
        defer { active.remove(id) }
        return try deeper { interpreter throws(CheckpointError) in
            switch interpreter.document[id] {
            case .tuple(let items): .tuple(try interpreter.values(of: items))
            case .list(let items): .list(try interpreter.values(of: items))
            case .set(let items), .frozenSet(let items): .set(try interpreter.values(of: items))
            case .dictionary(let pairs): .dictionary(try interpreter.dictionary(pairs))
            case .object(let object): try interpreter.value(of: object)
            default: .none
            }
        }
    }

    /// Does `body` one level deeper, unless that is too deep.
    mutating func deeper<Result>(
        _ body: (inout PickleInterpreter) throws(CheckpointError) -> Result
    ) throws(CheckpointError) -> Result {
        guard depth < Self.largestDepth else { throw error(.tooLarge, "nested more than \(Self.largestDepth) deep") }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    mutating func values(of items: [PickleNodeID]) throws(CheckpointError) -> [CheckpointValue] {
        var result: [CheckpointValue] = []
        for (index, item) in items.enumerated() {
            result.append(try named(String(index), item))
        }
        return result
    }

    /// The tree under a value that is called `name` in its container.
    mutating func named(_ name: String, _ id: PickleNodeID) throws(CheckpointError) -> CheckpointValue {
        path.append(name)
        defer { path.removeLast() }
        return try value(of: id)
    }

    mutating func dictionary(
        _ pairs: [PicklePair], attributes: [PickleNodeID] = []
    ) throws(CheckpointError) -> CheckpointDictionary {
        CheckpointDictionary(
            pairs: try keyed(pairs),
            attributes: try hidden { interpreter throws(CheckpointError) in
                try interpreter.values(of: attributes)
            })
    }

    /// Keys and values; a key that comes again replaces the earlier value in its place, as in Python.
    mutating func keyed(
        _ pairs: [PicklePair]
    ) throws(CheckpointError) -> [(key: CheckpointValue, value: CheckpointValue)] {
        var last: [DictionaryKey: Int] = [:]
        var keys: [(key: CheckpointValue, value: PickleNodeID)] = []
        for pair in pairs {
            let key = try hidden { interpreter throws(CheckpointError) in try interpreter.value(of: pair.key) }
            if let simple = DictionaryKey(key) {
                if let earlier = last[simple] {
                    keys[earlier].value = pair.value
                    continue
                }
                last[simple] = keys.count
            }
            keys.append((key, pair.value))
        }
        var result: [(key: CheckpointValue, value: CheckpointValue)] = []
        result.reserveCapacity(keys.count)
        for (key, id) in keys {
            result.append((key, try named(DictionaryKey.name(key), id)))
        }
        return result
    }

    /// Does `body` where tensors have no names: in keys, attributes, and instances of unknown classes.
    mutating func hidden<Result>(
        _ body: (inout PickleInterpreter) throws(CheckpointError) -> Result
    ) throws(CheckpointError) -> Result {
        insideObjects += 1
        defer { insideObjects -= 1 }
        return try body(&self)
    }

    /// Notes a tensor at the current place.
    mutating func note(_ entry: TensorEntry) throws(CheckpointError) -> CheckpointValue {
        try spend(entry.name)
        if insideObjects > 0 {
            found.hidden.append(place)
        } else {
            found.tensors.append(entry)
        }
        return .tensor(entry)
    }

    /// Notes a tensor at the current place that is of a kind that zoo does not read.
    mutating func noteUnread(
        _ name: String, _ reason: CheckpointError
    ) throws(CheckpointError) -> CheckpointValue {
        try spend(place)
        if insideObjects > 0 {
            found.hidden.append(place)
        } else {
            found.unread.append(UnreadTensor(name: place, reason: reason.message))
        }
        return .object(CheckpointObject(name: name, arguments: [], state: [], items: [], pairs: []))
    }

    /// Notes that the tensors below the current place make one together.
    mutating func noteComposite(_ description: String) throws(CheckpointError) {
        guard insideObjects == 0 else { return }
        try spend(place)
        try spend(description)
        found.composites.append(CompositeTensor(name: place, description: description))
    }

    /// A long key that is referred to at every level makes long names of a short pickle.
    private mutating func spend(_ name: String) throws(CheckpointError) {
        remainingNameBytes -= name.utf8.count
        guard remainingNameBytes >= 0 else {
            throw CheckpointError(.tooLarge, "the names of its tensors are out of proportion to the pickle")
        }
    }

    func error(_ code: CheckpointError.Code, _ message: String, torch: String? = nil) -> CheckpointError {
        CheckpointError(code, message, place: place.isEmpty ? nil : place, torchMessage: torch)
    }

    /// Two's complement digits as a hexadecimal number.
    private static func hexadecimal(_ digits: [UInt8]) -> String {
        "0x"
            + digits.reversed().map { byte in
                let text = String(byte, radix: 16)
                return text.count < 2 ? "0" + text : text
            }.joined()
    }
}

/// A dictionary key that can be compared.
enum DictionaryKey: Hashable {
    case text(String)
    case number(Int)

    init?(_ value: CheckpointValue) {
        switch value {
        case .string(let text): self = .text(text)
        case .int(let number): self = .number(number)
        case .bool(let value): self = .number(value ? 1 : 0)
        default: return nil
        }
    }

    /// The key as a part of a tensor's name: what Python's `str()` makes of it, for the types that serve as keys.
    static func name(_ key: CheckpointValue) -> String {
        switch key {
        case .string(let text): text
        case .int(let number): String(number)
        case .bool(let value): value ? "True" : "False"
        case .none: "None"
        case .double(let number): "\(number)"
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .global(let name): name
        case .tuple(let items): "(" + items.map(name).joined(separator: ", ") + ")"
        case .object(let object): object.name
        default: "?"
        }
    }
}
