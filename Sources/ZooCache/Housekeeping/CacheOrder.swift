/// An order of the files of a cache, in the words of `zoo cache list --sort`: `size`, `age` or `name`, with `:asc` or
/// `:desc`.
public struct CacheOrder: Sendable, Hashable {
    /// What is compared.
    public enum Key: String, Sendable, Hashable, CaseIterable {
        /// The length.
        case size
        /// The time since the last use.
        case age
        /// The name.
        case name
    }

    /// What is compared.
    public let key: Key
    /// Whether the largest, the longest unused, or the last name of the alphabet comes first.
    public let isDescending: Bool

    /// An order in the usual direction: names ascend, sizes and ages descend.
    public init(_ key: Key) {
        self.key = key
        isDescending = key != .name
    }

    /// Reads an order; `nil` if `text` is none. Without a direction, names ascend, sizes and ages descend.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let key = Key(rawValue: first.lowercased()) else { return nil }
        self.key = key
        switch parts.dropFirst().first?.lowercased() {
        case nil: isDescending = key != .name
        case "asc": isDescending = false
        case "desc": isDescending = true
        default: return nil
        }
    }

    /// The files in this order; those that it does not tell apart are in the order of their names.
    ///
    /// - Complexity: O(*n* log *n*).
    public func sorted(_ items: [CacheItem]) -> [CacheItem] {
        items.sorted { one, other in
            let isBefore: Bool?
            switch key {
            case .size: isBefore = Self.isBefore(one.byteCount, other.byteCount)
            case .age: isBefore = Self.isBefore(-one.lastUsed, -other.lastUsed)
            case .name: isBefore = Self.isBefore(one.name, other.name)
            }
            guard let isBefore else { return one.name < other.name }
            return isBefore != isDescending
        }
    }

    /// `nil` if they are equal.
    private static func isBefore<Value: Comparable>(_ one: Value, _ other: Value) -> Bool? {
        one == other ? nil : one < other
    }
}
