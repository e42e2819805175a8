public import SystemPackage
public import ZooPickle

/// What loading a file in Python could do: the scans of all pickles in it.
public struct FileScan: Sendable {
    /// The answer for a file.
    public enum Verdict: String, Sendable, Hashable, CaseIterable {
        /// Every pickle does only what torch's own safe loader allows, or there is none.
        case safe
        /// A pickle imports what is on neither list.
        case unknown
        /// A pickle runs code, or can.
        case dangerous
        /// A part could not be looked at, and the rest is safe. That is not the same as safe.
        case unjudged
    }

    /// One pickle.
    public struct Pickle: Sendable {
        /// Where it is: the members of archives that lead to it, from the outside in. Empty for the file itself.
        public let place: [String]
        /// What it does. Offsets count from the start of the member.
        public let scan: PickleScan
    }

    /// A part that could not be judged.
    public struct Gap: Sendable, Hashable {
        /// Where it is, as for ``Pickle``.
        public let place: [String]
        /// Why.
        public let reason: String
    }

    /// The file.
    public let path: FilePath
    /// What the file is, in words.
    public internal(set) var format: String
    /// Every pickle that was found.
    public internal(set) var pickles: [Pickle] = []
    /// What could not be judged.
    public internal(set) var gaps: [Gap] = []

    /// The worst of it.
    public var verdict: Verdict {
        switch pickles.map(\.scan.verdict).max() ?? .safe {
        case .dangerous: .dangerous
        case .unknown: .unknown
        case .safe: gaps.isEmpty ? .safe : .unjudged
        }
    }
}
