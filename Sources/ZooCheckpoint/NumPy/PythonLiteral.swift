import ZooCore

/// A literal of Python, as the header of an npy file is one.
enum PythonLiteral: Sendable {
    case none
    case bool(Bool)
    case int(Int)
    case text(String)
    /// A tuple or a list.
    case sequence([PythonLiteral], isTuple: Bool)
    case dictionary([(key: String, value: PythonLiteral)])
}

/// Reads the literals that numpy writes: dictionaries with text keys, tuples, lists, integers, strings without escapes.
struct PythonLiteralParser {
    /// What is wrong with the literal.
    struct Fault: Error {
        let message: String
    }

    private var rest: ArraySlice<Unicode.Scalar>
    private var depth = 0
    private static let largestDepth = 32

    static func parse(_ text: String) throws(Fault) -> PythonLiteral {
        var parser = PythonLiteralParser(rest: Array(text.unicodeScalars)[...])
        let value = try parser.value()
        parser.skipSpaces()
        guard parser.rest.isEmpty else { throw Fault(message: "something stands behind it") }
        return value
    }

    private mutating func skipSpaces() {
        while let scalar = rest.first, scalar.properties.isWhitespace { rest.removeFirst() }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpaces()
        guard rest.first == scalar else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func value() throws(Fault) -> PythonLiteral {
        guard depth < Self.largestDepth else { throw Fault(message: "nested more than \(Self.largestDepth) deep") }
        depth += 1
        defer { depth -= 1 }
        skipSpaces()
        switch rest.first {
        case "{": return try dictionary()
        case "(": return try sequence("(", ")")
        case "[": return try sequence("[", "]")
        case "'", "\"": return .text(try string())
        default: return try word()
        }
    }

    private mutating func dictionary() throws(Fault) -> PythonLiteral {
        _ = take("{")
        var pairs: [(key: String, value: PythonLiteral)] = []
        while !take("}") {
            skipSpaces()
            let key = try string()
            guard take(":") else { throw Fault(message: "a key without ':'") }
            guard !pairs.contains(where: { $0.key == key }) else {
                throw Fault(message: "the key '\(key.prefix(40))' comes twice")
            }
            pairs.append((key, try value()))
            guard pairs.count < 100 else { throw Fault(message: "too many keys") }
            if take("}") { break }
            guard take(",") else { throw Fault(message: "a ',' is missing") }
        }
        return .dictionary(pairs)
    }

    private mutating func sequence(_ open: Unicode.Scalar, _ close: Unicode.Scalar) throws(Fault) -> PythonLiteral {
        _ = take(open)
        var items: [PythonLiteral] = []
        var hasComma = false
        while !take(close) {
            items.append(try value())
            if take(close) { break }
            guard take(",") else { throw Fault(message: "a ',' is missing") }
            hasComma = true
        }
        // Parentheses around one value are no tuple.
        if open == "(", items.count == 1, !hasComma { return items[0] }
        return .sequence(items, isTuple: open == "(")
    }

    private mutating func string() throws(Fault) -> String {
        guard let quote = rest.first, quote == "'" || quote == "\"" else { throw Fault(message: "a string is missing") }
        rest.removeFirst()
        guard let end = rest.firstIndex(of: quote) else { throw Fault(message: "a string without end") }
        let text = rest[..<end]
        guard !text.contains("\\") else { throw Fault(message: "a string with a backslash") }
        rest = rest[rest.index(after: end)...]
        return String(String.UnicodeScalarView(text))
    }

    private mutating func word() throws(Fault) -> PythonLiteral {
        let word = rest.prefix { $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "-" || $0 == "_" }
        rest.removeFirst(word.count)
        let text = String(String.UnicodeScalarView(word))
        switch text {
        case "True": return .bool(true)
        case "False": return .bool(false)
        case "None": return .none
        default:
            // Python 2 wrote long integers with an L.
            guard let number = Int(text.hasSuffix("L") ? String(text.dropLast()) : text) else {
                throw Fault(message: "'\(text.prefix(40))' is no value")
            }
            return .int(number)
        }
    }
}
