import ZooCore

/// A regular expression and what replaces each of its matches in a name, as Python's `re.sub` does.
public struct RenameRule: Sendable, Hashable {
    /// The expression, in Swift's syntax, which is that of PCRE for what names need.
    public let pattern: String
    /// The replacement; `$1` to `$9` are the groups of the match, `$0` all of it, `$$` a dollar sign.
    public let template: String

    /// Creates the rule.
    ///
    /// - Throws: ``CheckpointError`` (`badRequest`) if the expression is none, or the replacement refers to a group that
    ///   it does not have.
    public init(pattern: String, template: String) throws(CheckpointError) {
        self.pattern = pattern
        self.template = template
        _ = try replace("")
    }

    /// Reads `PATTERN=>REPLACEMENT`; spaces belong to both.
    ///
    /// - Throws: ``CheckpointError`` (`badRequest`).
    public init(parsing text: String) throws(CheckpointError) {
        guard let arrow = text.firstRange(of: "=>"), arrow.lowerBound > text.startIndex else {
            throw CheckpointError(.badRequest, "'\(text)' is no rename rule; expected 'PATTERN=>REPLACEMENT'")
        }
        try self.init(pattern: String(text[..<arrow.lowerBound]), template: String(text[arrow.upperBound...]))
    }

    /// A function that replaces the matches in a name.
    ///
    /// Compiled expressions cannot be sent between threads, so this is made where it is used.
    func compiled() throws(CheckpointError) -> (String) throws(CheckpointError) -> String {
        let regex: Regex<AnyRegexOutput>
        do {
            regex = try Regex(pattern).matchingSemantics(.unicodeScalar)
        } catch {
            throw CheckpointError(.badRequest, "'\(pattern)' is no regular expression: \(error)")
        }
        return { [self] name throws(CheckpointError) in
            var result = ""
            var place = name.startIndex
            for match in name.matches(of: regex) {
                result += name[place..<match.range.lowerBound]
                result += try expand(match.output)
                place = match.range.upperBound
            }
            return result + name[place...]
        }
    }

    private func replace(_ name: String) throws(CheckpointError) -> String {
        try compiled()(name)
    }

    private func expand(_ match: AnyRegexOutput) throws(CheckpointError) -> String {
        var result = ""
        var rest = template[...]
        while let character = rest.popFirst() {
            guard character == "$", let next = rest.popFirst() else {
                result.append(character)
                continue
            }
            if next == "$" {
                result += "$"
            } else if let group = next.wholeNumberValue, next.isASCII {
                guard group < match.count else {
                    throw CheckpointError(
                        .badRequest, "'\(template)' refers to group \(group); '\(pattern)' has \(match.count - 1)")
                }
                // A group that took no part in the match is empty.
                result += match[group].substring ?? ""
            } else {
                result.append(character)
                result.append(next)
            }
        }
        return result
    }
}
