/// A tensor that is in a checkpoint, but of a kind that zoo does not read.
public struct UnreadTensor: Sendable, Hashable {
    /// The keys and indices that lead to it, joined with `.`.
    public let name: String
    /// Why it is not read.
    public let reason: String
}

/// Something that the writer of a checkpoint left beside its values.
public struct ProducerFact: Sendable, Hashable {
    /// What it is, such as `version` or `storage alignment`.
    public let name: String
    /// The value, as text.
    public let value: String

    /// Creates the fact.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// A tensor that is stored as several others, such as a sparse one, and what they make together.
struct CompositeTensor: Sendable, Hashable {
    /// The keys and indices that lead to it, joined with `.`; those of its parts begin with it.
    let name: String
    /// What it is, for comparisons and for people: its layout or class, and its size.
    let description: String
}

/// What a reader found.
struct FoundTensors: Sendable {
    var tensors: [TensorEntry] = []
    var unread: [UnreadTensor] = []
    /// Where the tensors are that have no names: keys and indices, in instances of unknown classes their arguments' too.
    var hidden: [String] = []
    var composites: [CompositeTensor] = []

    /// Takes what another reader found in the same file.
    mutating func add(_ other: FoundTensors) {
        tensors += other.tensors
        unread += other.unread
        hidden += other.hidden
        composites += other.composites
    }
}
