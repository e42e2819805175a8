import ZooCheckpoint

/// Everything in a checkpoint that is not a tensor, as flat names and values.
///
/// Names are joined with `.`, as those of tensors are.
struct CheckpointFacts {
    /// A value that has a text of its own.
    enum Fact: Encodable, CustomStringConvertible {
        case none
        case bool(Bool)
        case int(Int)
        case double(Double)
        case text(String)

        var description: String {
            switch self {
            case .none: "None"
            case .bool(let value): value ? "True" : "False"
            case .int(let number): "\(number)"
            case .double(let number): "\(number)"
            case .text(let text): text.count > 60 ? "'\(text.prefix(57))…'" : "'\(text)'"
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .none: try container.encodeNil()
            case .bool(let value): try container.encode(value)
            case .int(let number): try container.encode(number)
            case .double(let number): try container.encode(number)
            case .text(let text): try container.encode(text)
            }
        }
    }

    /// The facts, in the order of the file.
    private(set) var pairs: [(name: String, fact: Fact)] = []

    init(_ checkpoint: Checkpoint) {
        collect(checkpoint.root, "")
    }

    private mutating func collect(_ value: CheckpointValue, _ name: String) {
        switch value {
        case .none: pairs.append((name, .none))
        case .bool(let truth): pairs.append((name, .bool(truth)))
        case .int(let number): pairs.append((name, .int(number)))
        case .bigInt(let digits): pairs.append((name, .text(digits)))
        case .double(let number): pairs.append((name, .double(number)))
        case .complex(let real, let imaginary): pairs.append((name, .text("\(real)+\(imaginary)j")))
        case .string(let text): pairs.append((name, .text(text)))
        case .bytes(let bytes): pairs.append((name, .text("\(bytes.count) bytes")))
        case .list(let items), .tuple(let items), .set(let items):
            for (index, item) in items.enumerated() { collect(item, Self.join(name, "\(index)")) }
        case .dictionary(let dictionary):
            for (key, value) in dictionary.pairs { collect(value, Self.join(name, Self.text(key))) }
        case .global(let global): pairs.append((name, .text(global)))
        case .object(let object): pairs.append((name, .text("an instance of \(object.name)")))
        case .tensor, .recursive: break
        }
    }

    private static func join(_ name: String, _ part: String) -> String {
        name.isEmpty ? part : "\(name).\(part)"
    }

    private static func text(_ key: CheckpointValue) -> String {
        switch key {
        case .string(let text): text
        case .int(let number): "\(number)"
        case .bool(let truth): truth ? "True" : "False"
        case .double(let number): "\(number)"
        case .none: "None"
        default: "?"
        }
    }
}
