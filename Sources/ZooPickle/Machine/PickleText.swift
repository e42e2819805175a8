/// Integers of any size, as pickles spell them.
enum PickleInteger {
    /// The node of an integer in two's complement, least significant byte first; no bytes mean 0.
    static func node(twosComplement bytes: [UInt8]) -> PickleNode {
        let isNegative = (bytes.last ?? 0) & 0x80 != 0
        let filler: UInt8 = isNegative ? 0xff : 0
        // Bytes that only repeat the sign say nothing.
        var digits = bytes
        while let last = digits.last, last == filler, digits.count > 1,
            (digits[digits.count - 2] & 0x80 != 0) == isNegative
        {
            digits.removeLast()
        }
        guard digits.count <= 8 else { return .bigInt(digits) }
        var value: UInt64 = isNegative ? .max : 0
        for (place, digit) in digits.enumerated() {
            value &= ~(UInt64(0xff) << UInt64(8 * place))
            value |= UInt64(digit) << UInt64(8 * place)
        }
        return .int(Int64(bitPattern: value))
    }

    /// The node of a decimal integer.
    static func node(decimal text: String, _ limits: PickleLimits) throws(PickleFault) -> PickleNode {
        if let value = Int64(text) { return .int(value) }
        let isNegative = text.hasPrefix("-")
        let digits = text.utf8.dropFirst(isNegative || text.hasPrefix("+") ? 1 : 0)
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw PickleFault(.malformedArgument, "'\(text.prefix(40))' is no integer")
        }
        guard digits.count <= limits.integerLength else {
            throw PickleFault(.tooLarge, "an integer of \(digits.count) digits, at most \(limits.integerLength)")
        }
        return node(twosComplement: twosComplement(magnitude(digits), isNegative: isNegative))
    }

    /// 32-bit words of the number, least significant first.
    private static func magnitude(_ digits: some Sequence<UInt8>) -> [UInt32] {
        var words: [UInt32] = []
        for digit in digits {
            var carry = UInt64(digit - 0x30)
            for place in words.indices {
                carry += UInt64(words[place]) * 10
                words[place] = UInt32(truncatingIfNeeded: carry)
                carry >>= 32
            }
            if carry > 0 { words.append(UInt32(carry)) }
        }
        return words
    }

    private static func twosComplement(_ words: [UInt32], isNegative: Bool) -> [UInt8] {
        var bytes = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) } }
        bytes.append(0)
        guard isNegative else { return bytes }
        var carry: UInt16 = 1
        for place in bytes.indices {
            carry += UInt16(~bytes[place])
            bytes[place] = UInt8(truncatingIfNeeded: carry)
            carry >>= 8
        }
        return bytes
    }
}

/// The escapes of the textual strings of protocol 0.
enum PickleEscapes {
    /// The bytes of a Python-2 string literal, with its quotes.
    static func quoted(_ line: [UInt8]) throws(PickleFault) -> [UInt8] {
        var text = line[...]
        while let last = text.last, last == 0x20 || last == 0x0d { text.removeLast() }
        guard text.count >= 2, let quote = text.first, quote == 0x27 || quote == 0x22, text.last == quote else {
            throw PickleFault(.malformedArgument, "a string without quotes")
        }
        text = text.dropFirst().dropLast()
        var result: [UInt8] = []
        while let byte = text.popFirst() {
            guard byte == 0x5c else {
                result.append(byte)
                continue
            }
            guard let kind = text.popFirst() else {
                throw PickleFault(.malformedArgument, "a backslash at the end of a string")
            }
            result += try unescaped(kind, &text)
        }
        return result
    }

    private static func unescaped(_ kind: UInt8, _ text: inout ArraySlice<UInt8>) throws(PickleFault) -> [UInt8] {
        switch kind {
        case 0x5c, 0x27, 0x22: return [kind]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "a"): return [0x07]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "v"): return [0x0b]
        case UInt8(ascii: "x"): return [UInt8(truncatingIfNeeded: try number(&text, digits: 2, radix: 16))]
        case 0x30...0x37:
            let more = text.prefix(2).prefix { (0x30...0x37).contains($0) }
            text.removeFirst(more.count)
            let value = ([kind] + more).reduce(0) { $0 << 3 | UInt16($1 - 0x30) }
            return [UInt8(truncatingIfNeeded: value)]
        default: return [0x5c, kind]
        }
    }

    /// Text in which `\uXXXX` and `\UXXXXXXXX` are the only escapes and other bytes are Latin-1.
    static func rawUnicode(_ line: [UInt8]) throws(PickleFault) -> String {
        var text = line[...]
        var units: [UInt16] = []
        while let byte = text.popFirst() {
            guard byte == 0x5c, let kind = text.first, kind == UInt8(ascii: "u") || kind == UInt8(ascii: "U") else {
                units.append(UInt16(byte))
                continue
            }
            text.removeFirst()
            let isLong = kind == UInt8(ascii: "U")
            let value = try number(&text, digits: isLong ? 8 : 4, radix: 16)
            if let unit = UInt16(exactly: value) {
                units.append(unit)
            } else if let scalar = UnicodeScalar(value) {
                units += Array(String(Character(scalar)).utf16)
            } else {
                throw PickleFault(.malformedArgument, "\(value) is no character")
            }
        }
        guard let valid = String(validating: units, as: UTF16.self) else {
            throw PickleFault(.malformedArgument, "half a surrogate pair")
        }
        return valid
    }

    private static func number(
        _ text: inout ArraySlice<UInt8>, digits: Int, radix: Int
    ) throws(PickleFault) -> UInt32 {
        let run = text.prefix(digits)
        guard run.count == digits, let value = UInt32(String(decoding: run, as: UTF8.self), radix: radix) else {
            throw PickleFault(.malformedArgument, "an escape without its \(digits) digits")
        }
        text.removeFirst(digits)
        return value
    }
}
