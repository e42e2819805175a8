/// A pattern as shells have it: `*` stands for any text, `?` for any one character, the rest for itself in either case.
public struct Wildcard: Sendable, Hashable {
    private let pattern: [Character]

    /// Reads the pattern; every text is one.
    public init(_ pattern: String) {
        self.pattern = Array(pattern.lowercased())
    }

    /// Whether the pattern has neither `*` nor `?`.
    public var isPlain: Bool {
        !pattern.contains("*") && !pattern.contains("?")
    }

    /// Whether the pattern, read as plain text, occurs in `text`; the empty pattern occurs everywhere.
    public func occurs(in text: String) -> Bool {
        let text = Array(text.lowercased())
        guard pattern.count <= text.count else { return false }
        return (0...text.count - pattern.count).contains { text[$0...].starts(with: pattern) }
    }

    /// Whether the pattern describes the whole of `text`.
    ///
    /// - Complexity: O(*n*·*m*): only the last star is ever tried again.
    public func fits(_ text: String) -> Bool {
        let text = Array(text.lowercased())
        var (at, inPattern) = (0, 0)
        var star: (inPattern: Int, at: Int)?
        while at < text.count {
            if inPattern < pattern.count, pattern[inPattern] == "*" {
                star = (inPattern, at)
                inPattern += 1
            } else if inPattern < pattern.count, pattern[inPattern] == "?" || pattern[inPattern] == text[at] {
                at += 1
                inPattern += 1
            } else if let last = star {
                star = (last.inPattern, last.at + 1)
                at = last.at + 1
                inPattern = last.inPattern + 1
            } else {
                return false
            }
        }
        return pattern[inPattern...].allSatisfy { $0 == "*" }
    }
}
