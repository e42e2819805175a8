public import ZooCore

/// A condition on the files of a cache, in the words of `zoo cache list --filter`.
///
/// | Condition | Is true of files that |
/// | --- | --- |
/// | `size>1GB` | have more bytes than that; also `>=`, `<`, `<=`, `=`, `!=` |
/// | `age>30d` | were not used for longer than that (`s`, `min`, `h`, `d`, `w`, `y`) |
/// | `name=*.pth`, `name!=*.pth` | have, or don't have, a name that the pattern fits (`*`, `?`, either case) |
/// | `model=resnet*` | are of such a model, by its name or as `resnet18:IMAGENET1K_V1`; `model!=*`: of no registered one |
/// | `status=ok` | have that status: `ok`, `unverified`, `unchecked`, `partial` |
///
/// Spaces around the parts are ignored.
public struct CacheFilter: Sendable, Hashable {
    /// The filter's text makes no sense.
    public struct Malformed: ZooError, Hashable {
        /// What is wrong, and what was expected.
        public let description: String
        /// The user's mistake.
        public var kind: FailureKind { .usage }
    }

    private enum Comparison: String, CaseIterable {
        // Longer spellings first, so that the shorter ones don't hide them.
        case notLess = ">=", notGreater = "<=", notEqual = "!=", greater = ">", less = "<", equal = "="

        func holds<Value: Comparable>(_ one: Value, _ other: Value) -> Bool {
            switch self {
            case .notLess: one >= other
            case .notGreater: one <= other
            case .notEqual: one != other
            case .greater: one > other
            case .less: one < other
            case .equal: one == other
            }
        }
    }

    private enum Condition: Hashable {
        case size(Comparison, Int)
        case age(Comparison, Double)
        case name(Wildcard, isWanted: Bool)
        case model(Wildcard, isWanted: Bool)
        case status(CacheItem.Status, isWanted: Bool)
    }

    private let condition: Condition
    private static let keys = ["age", "model", "name", "size", "status"]

    /// Reads one condition.
    ///
    /// - Throws: ``Malformed`` with what was expected.
    public init(_ text: String) throws(Malformed) {
        guard let (key, comparison, value) = Self.parts(text) else {
            throw Malformed(
                description:
                    "the filter '\(text)' has no comparison; filters look like size>1GB, age>30d, model=resnet*, "
                    + "status=ok")
        }
        switch key {
        case "size":
            guard let count = Quantity.byteCount(value) else {
                throw Malformed(
                    description: "the filter '\(text)' needs a size such as 500MB or 1.5GiB, not '\(value)'")
            }
            condition = .size(comparison, count)
        case "age":
            guard let seconds = Quantity.seconds(value) else {
                throw Malformed(
                    description: "the filter '\(text)' needs a duration such as 12h, 30d or 1y, not '\(value)'")
            }
            condition = .age(comparison, seconds)
        case "name": condition = .name(Wildcard(value), isWanted: try Self.isWanted(comparison, text))
        case "model": condition = .model(Wildcard(value), isWanted: try Self.isWanted(comparison, text))
        case "status":
            guard let status = CacheItem.Status(rawValue: value.lowercased()) else {
                let known = CacheItem.Status.allCases.map(\.rawValue).joined(separator: ", ")
                throw Malformed(description: "the filter '\(text)' needs a status: \(known)")
            }
            condition = .status(status, isWanted: try Self.isWanted(comparison, text))
        default:
            let near = Suggestion.question(Suggestion.nearest(to: key, among: Self.keys))
            throw Malformed(
                description: "the filter '\(text)' compares '\(key)'. "
                    + (near ?? "There are \(Self.keys.joined(separator: ", ")) to compare."))
        }
    }

    /// Whether the condition is true of `item`.
    ///
    /// - Parameter now: The time to reckon ages from, in seconds since 1970.
    public func matches(_ item: CacheItem, now: Double) -> Bool {
        switch condition {
        case .size(let comparison, let count): comparison.holds(item.byteCount, count)
        case .age(let comparison, let seconds): comparison.holds(now - item.lastUsed, seconds)
        case .name(let pattern, let isWanted): pattern.fits(item.name) == isWanted
        case .model(let pattern, let isWanted): Self.fits(pattern, item.model) == isWanted
        case .status(let status, let isWanted): (item.status == status) == isWanted
        }
    }

    private static func fits(_ pattern: Wildcard, _ model: String?) -> Bool {
        guard let model else { return false }
        return pattern.fits(model) || pattern.fits(String(model.prefix { $0 != ":" }))
    }

    private static func parts(_ text: String) -> (key: String, Comparison, value: String)? {
        guard let start = text.firstIndex(where: { "<>=!".contains($0) }) else { return nil }
        let rest = text[start...]
        guard let comparison = Comparison.allCases.first(where: { rest.hasPrefix($0.rawValue) }) else { return nil }
        let key = trimmed(text[..<start])
        return (key.lowercased(), comparison, trimmed(rest.dropFirst(comparison.rawValue.count)))
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    private static func isWanted(_ comparison: Comparison, _ text: String) throws(Malformed) -> Bool {
        switch comparison {
        case .equal: return true
        case .notEqual: return false
        default: throw Malformed(description: "the filter '\(text)' compares words; use = or !=")
        }
    }
}
