/// JSON written piece by piece, the same text for the same values.
enum JSONOutput {
    /// `text` in quotation marks, escaped as RFC 8259 demands.
    static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case let control where control.value < 0x20:
                let digits = String(control.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// An object of texts, in the order of their keys.
    static func object(_ texts: [String: String]) -> String {
        let members = texts.sorted { $0.key < $1.key }.map { "\(string($0.key)):\(string($0.value))" }
        return "{" + members.joined(separator: ",") + "}"
    }

    /// A value of a checkpoint, if JSON can hold it: no tensors, bytes or objects of unknown classes.
    static func value(_ value: CheckpointValue) -> String? {
        switch value {
        case .none: return "null"
        case .bool(let truth): return truth ? "true" : "false"
        case .int(let number): return "\(number)"
        case .double(let number): return number.isFinite ? "\(number)" : nil
        case .string(let text): return string(text)
        case .list(let items), .tuple(let items):
            let parts = items.compactMap(Self.value)
            return parts.count == items.count ? "[\(parts.joined(separator: ","))]" : nil
        case .dictionary(let dictionary):
            let parts = dictionary.pairs.compactMap { pair in
                Self.value(pair.value).map { "\(string(DictionaryKey.name(pair.key))):\($0)" }
            }
            return parts.count == dictionary.pairs.count ? "{\(parts.joined(separator: ","))}" : nil
        default: return nil
        }
    }
}
