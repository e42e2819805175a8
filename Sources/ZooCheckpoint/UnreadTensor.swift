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

/// What a reader found.
struct FoundTensors: Sendable {
    var tensors: [TensorEntry] = []
    var unread: [UnreadTensor] = []
    var hiddenCount = 0
}
