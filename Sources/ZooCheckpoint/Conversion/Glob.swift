/// A pattern for whole names: `*` is any run of characters, dots among them, `?` any one character, `[abc]`, `[a-z]` and
/// `[!a]` one of a set. Python's `fnmatch`.
public struct Glob: Sendable, Hashable {
    /// The pattern as it was given.
    public let pattern: String
    private let parts: [Part]

    private enum Part: Sendable, Hashable {
        case any
        case one
        case literal(Unicode.Scalar)
        case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)
    }

    /// Reads a pattern; a bracket that is not closed stands for itself.
    public init(_ pattern: String) {
        self.pattern = pattern
        var parts: [Part] = []
        var rest = pattern.unicodeScalars[...]
        while let first = rest.popFirst() {
            switch first {
            case "*": parts.append(.any)
            case "?": parts.append(.one)
            case "[": parts.append(Self.set(&rest) ?? .literal(first))
            default: parts.append(.literal(first))
            }
        }
        self.parts = parts
    }

    private static func set(_ rest: inout Substring.UnicodeScalarView) -> Part? {
        var body = rest
        let isNegated = body.first == "!"
        if isNegated { body.removeFirst() }
        var scalars: [Unicode.Scalar] = []
        while let next = body.popFirst() {
            if next == "]", !scalars.isEmpty {
                rest = body
                return .set(ranges(scalars), isNegated: isNegated)
            }
            scalars.append(next)
        }
        return nil
    }

    private static func ranges(_ scalars: [Unicode.Scalar]) -> [ClosedRange<Unicode.Scalar>] {
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        var index = 0
        while index < scalars.count {
            if index + 2 < scalars.count, scalars[index + 1] == "-" {
                if scalars[index] <= scalars[index + 2] { ranges.append(scalars[index]...scalars[index + 2]) }
                index += 3
            } else {
                ranges.append(scalars[index]...scalars[index])
                index += 1
            }
        }
        return ranges
    }

    /// Whether the whole of `name` fits the pattern.
    ///
    /// - Complexity: O(length of the name · length of the pattern).
    public func matches(_ name: String) -> Bool {
        let scalars = Array(name.unicodeScalars)
        var (place, part) = (0, 0)
        // Where to go on when the last star takes one character more.
        var retry: (place: Int, part: Int)?
        while place < scalars.count {
            if part < parts.count, case .any = parts[part] {
                retry = (place, part + 1)
                part += 1
            } else if part < parts.count, Self.fits(scalars[place], parts[part]) {
                place += 1
                part += 1
            } else if let (start, after) = retry {
                retry = (start + 1, after)
                (place, part) = (start + 1, after)
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { $0 == .any }
    }

    private static func fits(_ scalar: Unicode.Scalar, _ part: Part) -> Bool {
        switch part {
        case .any: false
        case .one: true
        case .literal(let expected): scalar == expected
        case .set(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
        }
    }
}
