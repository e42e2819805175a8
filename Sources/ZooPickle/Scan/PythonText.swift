/// Texts and bytes as Python's `repr` writes them, which is also safe for a terminal.
enum PythonText {
    static func quoted(_ text: String) -> String {
        let quote: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
        var result = String(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case quote, "\\": result += "\\" + String(scalar)
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                result += isPrintable(scalar) ? String(scalar) : escape(scalar.value)
            }
        }
        return result + String(quote)
    }

    static func quoted(bytes: some Sequence<UInt8>) -> String {
        let latin = String(String.UnicodeScalarView(bytes.map { UnicodeScalar($0) }))
        let quote: Unicode.Scalar = latin.contains("'") && !latin.contains("\"") ? "\"" : "'"
        var result = "b" + String(quote)
        for scalar in latin.unicodeScalars {
            switch scalar {
            case quote, "\\": result += "\\" + String(scalar)
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default: result += (0x20..<0x7f).contains(scalar.value) ? String(scalar) : escape(scalar.value)
            }
        }
        return result + String(quote)
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }

    private static func escape(_ value: UInt32) -> String {
        let (prefix, width) = value < 0x100 ? ("\\x", 2) : value < 0x10000 ? ("\\u", 4) : ("\\U", 8)
        let digits = String(value, radix: 16)
        return prefix + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
