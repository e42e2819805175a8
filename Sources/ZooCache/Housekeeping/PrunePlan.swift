/// What is to be removed from a cache, and why; made from an inventory without touching a file.
public struct PrunePlan: Sendable, Equatable {
    /// What may go.
    public struct Rule: Sendable, Hashable {
        /// Files that were not used for so many seconds; `nil` for none.
        public var olderThan: Double?
        /// The number of bytes that the cache may have afterwards; files go in the order of their last use, the longest
        /// unused first, until it is reached. `nil` for any number.
        public var maximumByteCount: Int?
        /// Files of no registered model.
        public var unregistered = false
        /// Downloads that could be resumed, however young.
        public var partials = false

        /// Nothing may go but abandoned downloads.
        public init() {}
    }

    /// Why a file goes, named as `zoo cache prune --json` names it.
    public enum Reason: String, Sendable, Hashable {
        /// It is a download that nobody continues.
        case abandonedPartial = "abandoned-partial"
        /// It is a download that could be resumed, and those are unwanted.
        case partial
        /// It was not used for long.
        case old
        /// No registered model has it.
        case unregistered
        /// The cache is larger than it may be, and this was not used for longest.
        case size
    }

    /// A file that goes.
    public struct Removal: Sendable, Equatable {
        /// The file.
        public let item: CacheItem
        /// Why.
        public let reason: Reason
    }

    /// What goes, in the order of the last use.
    public private(set) var removals: [Removal] = []
    /// What would go, but is in use.
    public private(set) var inUse: [CacheItem] = []
    /// How many bytes are left, links and removed files not counted.
    public private(set) var remainingByteCount: Int

    /// Applies `rule` to an inventory.
    ///
    /// A download counts as abandoned after the graces of ``CacheVerifier``: a day for one that can be resumed, ten
    /// minutes for one of PyTorch's, which is never removed earlier, since PyTorch may be writing it.
    ///
    /// - Parameter now: The time to reckon ages from, in seconds since 1970.
    /// - Complexity: O(*n* log *n*) in the number of files.
    public init(_ inventory: CacheInventory, _ rule: Rule, now: Double) {
        remainingByteCount = inventory.byteCount
        let oldestFirst = CacheOrder(.age).sorted(inventory.items)
        for item in oldestFirst {
            if let reason = Self.reason(item, rule, age: now - item.lastUsed) { add(item, reason) }
        }
        guard let limit = rule.maximumByteCount else { return }
        let taken = Set((removals.map(\.item) + inUse).map(\.name))
        for item in oldestFirst where item.kind == .file && item.freedByteCount > 0 && !taken.contains(item.name) {
            if remainingByteCount <= limit { break }
            add(item, .size)
        }
    }

    /// How many bytes are freed.
    public var freedByteCount: Int { removals.reduce(0) { $0 + $1.item.freedByteCount } }

    private mutating func add(_ item: CacheItem, _ reason: Reason) {
        guard !item.isInUse else { return inUse.append(item) }
        removals.append(Removal(item: item, reason: reason))
        remainingByteCount -= item.freedByteCount
    }

    private static func reason(_ item: CacheItem, _ rule: Rule, age: Double) -> Reason? {
        switch item.kind {
        case .resumable where age > CacheVerifier.resumableGrace: return .abandonedPartial
        case .resumable: return rule.partials ? .partial : nil
        case .foreign: return age > CacheVerifier.foreignGrace ? .abandonedPartial : nil
        case .file:
            if let limit = rule.olderThan, age > limit { return .old }
            return rule.unregistered && item.model == nil ? .unregistered : nil
        }
    }
}
