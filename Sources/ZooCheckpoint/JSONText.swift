import ZooCore

/// A value of JSON (RFC 8259), as headers of weight files hold it.
///
/// Foundation's decoders let a key come twice and take the one or the other, which is how a header can say different
/// things to different readers; this one refuses it.
enum JSONText: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([JSONText])
    case object([Member])

    /// A key and its value, in the order of the text.
    struct Member: Sendable, Hashable {
        let key: String
        let value: JSONText
    }

    subscript(key: String) -> JSONText? {
        members?.first { $0.key == key }?.value
    }

    var members: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }

    var items: [JSONText]? {
        if case .array(let items) = self { items } else { nil }
    }

    var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    var number: Int? {
        if case .int(let number) = self { number } else { nil }
    }
}

/// What is wrong with a JSON text, and where.
struct JSONFault: Error {
    let message: String
    /// In bytes from the start of the text.
    let offset: Int
}

/// Reads JSON strictly: no key twice, no depth without end, nothing behind the value but spaces.
struct JSONParser: ~Escapable {
    private var reader: ByteReader
    private var depth = 0
    private static let largestDepth = 128
    private static let longestNumber = 64

    @_lifetime(copy bytes)
    private init(_ bytes: RawSpan) {
        reader = ByteReader(bytes)
    }

    /// - Complexity: O(length of `bytes`).
    static func parse(_ bytes: RawSpan) throws(JSONFault) -> JSONText {
        var parser = JSONParser(bytes)
        let value = try parser.value()
        parser.skipSpaces()
        guard parser.reader.isAtEnd else { throw parser.fault("something stands behind the value") }
        return value
    }

    private var next: UInt8? { reader.isAtEnd ? nil : reader.bytes[byte: reader.offset] }

    private func fault(_ message: String) -> JSONFault { JSONFault(message: message, offset: reader.offset) }

    @_lifetime(self: copy self)
    private mutating func advance() { _ = try? reader.readByte() }

    @_lifetime(self: copy self)
    private mutating func skipSpaces() {
        while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { advance() }
    }

    @_lifetime(self: copy self)
    private mutating func expect(_ byte: UInt8) throws(JSONFault) {
        skipSpaces()
        guard next == byte else { throw fault("'\(Character(UnicodeScalar(byte)))' is missing") }
        advance()
    }

    @_lifetime(self: copy self)
    private mutating func value() throws(JSONFault) -> JSONText {
        skipSpaces()
        switch next {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    @_lifetime(self: copy self)
    private mutating func word(_ text: String, _ value: JSONText) throws(JSONFault) -> JSONText {
        for byte in text.utf8 {
            guard next == byte else { throw fault("'\(text)' is misspelt") }
            advance()
        }
        return value
    }

    @_lifetime(self: copy self)
    private mutating func enter() throws(JSONFault) {
        guard depth < Self.largestDepth else { throw fault("nested more than \(Self.largestDepth) deep") }
        depth += 1
        advance()
        skipSpaces()
    }

    @_lifetime(self: copy self)
    private mutating func object() throws(JSONFault) -> JSONText {
        try enter()
        var members: [JSONText.Member] = []
        var keys: Set<String> = []
        while next != UInt8(ascii: "}") {
            if !members.isEmpty { try expect(UInt8(ascii: ",")) }
            skipSpaces()
            let key = try string()
            guard keys.insert(key).inserted else { throw fault("the key '\(key.prefix(100))' comes twice") }
            try expect(UInt8(ascii: ":"))
            members.append(JSONText.Member(key: key, value: try value()))
            skipSpaces()
        }
        advance()
        depth -= 1
        return .object(members)
    }

    @_lifetime(self: copy self)
    private mutating func array() throws(JSONFault) -> JSONText {
        try enter()
        var items: [JSONText] = []
        while next != UInt8(ascii: "]") {
            if !items.isEmpty { try expect(UInt8(ascii: ",")) }
            items.append(try value())
            skipSpaces()
        }
        advance()
        depth -= 1
        return .array(items)
    }

    @_lifetime(self: copy self)
    private mutating func number() throws(JSONFault) -> JSONText {
        var text: [UInt8] = []
        while let byte = next, (0x30...0x39).contains(byte) || [0x2b, 0x2d, 0x2e, 0x45, 0x65].contains(byte) {
            text.append(byte)
            advance()
            guard text.count <= Self.longestNumber else { throw fault("a number of too many digits") }
        }
        let spelling = String(decoding: text, as: UTF8.self)
        let digits = text.first == 0x2d ? text.dropFirst() : text[...]
        guard let first = digits.first, (0x30...0x39).contains(first),
            digits.count == 1 || first != 0x30 || digits.dropFirst().first.map({ !(0x30...0x39).contains($0) }) == true
        else { throw fault("a value is missing") }
        if let integer = Int(spelling) { return .int(integer) }
        guard let value = Double(spelling), value.isFinite else {
            throw fault("'\(spelling)' is no number that can be read")
        }
        return .double(value)
    }

    @_lifetime(self: copy self)
    private mutating func string() throws(JSONFault) -> String {
        guard next == UInt8(ascii: "\"") else { throw fault("a string is missing") }
        advance()
        var bytes: [UInt8] = []
        while let byte = next {
            advance()
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: bytes, as: UTF8.self) else { throw fault("text that is not UTF-8") }
                return text
            case UInt8(ascii: "\\"): bytes += try escape()
            case 0..<0x20: throw fault("a control character in a string")
            default: bytes.append(byte)
            }
        }
        throw fault("a string without end")
    }

    @_lifetime(self: copy self)
    private mutating func escape() throws(JSONFault) -> [UInt8] {
        let kind = next
        advance()
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [kind ?? 0]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var units = [try unit()]
            if UTF16.isLeadSurrogate(units[0]) {
                try expect(UInt8(ascii: "\\"))
                try expect(UInt8(ascii: "u"))
                units.append(try unit())
            }
            guard let text = String(validating: units, as: UTF16.self) else { throw fault("half a surrogate pair") }
            return Array(text.utf8)
        default: throw fault("an unknown escape")
        }
    }

    @_lifetime(self: copy self)
    private mutating func unit() throws(JSONFault) -> UInt16 {
        guard let digits = try? reader.readArray(4), digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
            let value = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw fault("an escape without its four digits") }
        return value
    }
}
