/// What loading a pickle in Python could do.
public enum PickleVerdict: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Nothing but what torch's own safe loader allows.
    case safe
    /// It imports what is on neither list; whether that is harmless depends on the program that loads it.
    case unknown
    /// It runs code, or can.
    case dangerous

    /// From safe to dangerous.
    public static func < (left: PickleVerdict, right: PickleVerdict) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .safe: 0
        case .unknown: 1
        case .dangerous: 2
        }
    }
}

/// What a Python unpickler would import and call for one pickle, found without importing or calling anything.
public struct PickleScan: Sendable, Hashable {
    /// One thing that the pickle does.
    public struct Finding: Sendable, Hashable {
        /// The kinds of things.
        public enum Kind: String, Sendable, Hashable {
            /// A class or function is imported.
            case `import`
            /// It is called.
            case call
            /// Something else that needs a look: an import by a computed name, a change of what was imported.
            case trick
        }

        /// Which kind.
        public let kind: Kind
        /// The full name, `module.name`, as the pickle spells it; for a trick, what it does.
        public let subject: String
        /// How bad it is.
        public let verdict: PickleVerdict
        /// Why, in words; empty if safe.
        public let reason: String
        /// Where the instructions stand, in bytes from the start of what was read; the first
        /// ``PickleScan/Finding/largestOffsetCount`` of them.
        public internal(set) var offsets: [Int]
        /// How many instructions do this.
        public internal(set) var count: Int
        /// The first call in Python's words, such as `os.system('ls')`; `nil` for others.
        public let example: String?

        /// How many offsets are kept.
        public static let largestOffsetCount = 1000
    }

    /// Where the pickle begins, in bytes from the start of what was read.
    public let offset: Int
    /// Its length in bytes, as far as it could be followed.
    public let byteCount: Int
    /// The protocol that it declares, or 0.
    public let protocolVersion: Int
    /// What it imports and calls, in the order of the first time.
    public let findings: [Finding]
    /// Why it could not be followed, or Python could not load it; `nil` for a whole pickle. What comes before runs
    /// nevertheless.
    public let fault: PickleError?
    /// Whether STOP was reached.
    public let isComplete: Bool

    /// The worst of the findings.
    public var verdict: PickleVerdict {
        findings.map(\.verdict).max() ?? .safe
    }
}
