/// A value in a ``PickleDocument``, by its place.
public struct PickleNodeID: Sendable, Hashable {
    let index: Int32

    init(_ index: Int) {
        self.index = Int32(truncatingIfNeeded: index)
    }
}

/// One inert value of a pickle. Nothing it names was imported or called.
public enum PickleNode: Sendable {
    case none
    case bool(Bool)
    case int(Int64)
    /// An integer of more than 64 bits: its two's complement, least significant byte first.
    case bigInt([UInt8])
    case float(Double)
    /// Text; also a Python-2 `str` whose bytes are UTF-8.
    case text(String)
    /// Bytes; also a Python-2 `str` whose bytes are not UTF-8.
    case bytes([UInt8])
    /// A `bytearray` of protocol 5.
    case byteArray([UInt8])
    case tuple([PickleNodeID])
    case list([PickleNodeID])
    /// Pairs in the order they were set; a key may come twice, and the later value then counts.
    case dictionary([PicklePair])
    case set([PickleNodeID])
    case frozenSet([PickleNodeID])
    /// Something to import, by the names in the pickle.
    case global(PickleGlobal)
    /// A call, or an instance of a class, that Python would have made.
    indirect case object(PickleObject)
    /// A reference to something outside the pickle, such as a storage.
    case persistent(PickleNodeID)

    /// What it is, in words, for messages.
    public var kindName: String {
        switch self {
        case .none: "None"
        case .bool: "a bool"
        case .int, .bigInt: "an int"
        case .float: "a float"
        case .text: "a string"
        case .bytes, .byteArray: "bytes"
        case .tuple: "a tuple"
        case .list: "a list"
        case .dictionary: "a dict"
        case .set, .frozenSet: "a set"
        case .global: "a class or function"
        case .object: "an object"
        case .persistent: "a persistent id"
        }
    }
}

/// A key and its value.
public struct PicklePair: Sendable {
    /// The key.
    public let key: PickleNodeID
    /// The value.
    public let value: PickleNodeID

    /// Creates the pair.
    public init(key: PickleNodeID, value: PickleNodeID) {
        self.key = key
        self.value = value
    }
}

/// The module and name of something that a pickle imports, as the pickle spells them.
public struct PickleGlobal: Sendable, Hashable {
    /// The module, such as `torch._utils`.
    public let module: String
    /// The name in the module, such as `_rebuild_tensor_v2`; protocol 4 may have dots in it.
    public let name: String

    /// Creates the name.
    public init(_ module: String, _ name: String) {
        self.module = module
        self.name = name
    }
}

/// A call that Python would make, with everything that is done to its result afterwards.
public struct PickleObject: Sendable {
    /// How the object comes about.
    public enum Construction: Sendable, Hashable {
        /// `callable(*arguments)`: REDUCE, OBJ, INST.
        case call
        /// `class.__new__(class, *arguments, **keywords)`: NEWOBJ, NEWOBJ_EX.
        case new
    }

    /// How the object comes about.
    public let construction: Construction
    /// The class or function, usually a ``PickleNode/global(_:)``.
    public let callable: PickleNodeID
    /// The positional arguments: one node, which Python requires to be a tuple.
    public let arguments: PickleNodeID
    /// The keyword arguments of NEWOBJ_EX.
    public let keywords: PickleNodeID?
    /// The argument of BUILD: what `__setstate__` gets. A second BUILD adds to it.
    public internal(set) var states: [PickleNodeID] = []
    /// What APPEND, APPENDS and ADDITEMS added.
    public internal(set) var items: [PickleNodeID] = []
    /// What SETITEM and SETITEMS set.
    public internal(set) var pairs: [PicklePair] = []
}

/// A pickle, decoded: an arena of inert values that refer to each other by place.
///
/// A value may be referred to any number of times, even by itself, so whoever walks the values needs a limit of their
/// own.
public struct PickleDocument: Sendable {
    /// The value that the pickle is of.
    public let root: PickleNodeID
    /// The length of the pickle with its STOP, in bytes; more may follow it.
    public let byteCount: Int
    /// The highest protocol that the pickle names; 0 where it names none.
    public let protocolVersion: Int
    /// Everything the pickle imports, each once, in the order of first use.
    public let globals: [PickleGlobal]
    private let nodes: [PickleNode]

    init(
        root: PickleNodeID, byteCount: Int, protocolVersion: Int, globals: [PickleGlobal], nodes: [PickleNode]
    ) {
        self.root = root
        self.byteCount = byteCount
        self.protocolVersion = protocolVersion
        self.globals = globals
        self.nodes = nodes
    }

    /// How many values there are.
    public var nodeCount: Int { nodes.count }

    /// The value at `id`, which must come from this document.
    public subscript(id: PickleNodeID) -> PickleNode { nodes[Int(id.index)] }
}
