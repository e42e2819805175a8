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

        /// The fact that a value is; `nil` for tensors and containers.
        init?(_ value: CheckpointValue) {
            switch value {
            case .none: self = .none
            case .bool(let truth): self = .bool(truth)
            case .int(let number): self = .int(number)
            case .bigInt(let digits): self = .text(digits)
            case .double(let number): self = .double(number)
            case .complex(let real, let imaginary): self = .text("\(real)\(imaginary < 0 ? "" : "+")\(imaginary)j")
            case .string(let text): self = .text(text)
            case .bytes(let bytes): self = .text("\(bytes.count) bytes")
            case .global(let global): self = .text(global)
            case .object(let object): self = .text("an instance of \(object.name)")
            case .list, .tuple, .set, .dictionary, .tensor, .recursive: return nil
            }
        }

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

    /// How many bytes of names are still taken: a long key that comes at every level would fill the memory.
    private var remainingNameBytes = 1 << 24

    init(_ checkpoint: Checkpoint) {
        collect(checkpoint.root, "")
        if remainingNameBytes < 0 { pairs.append(("…", .text("further values, whose names are too long to list"))) }
    }

    private mutating func collect(_ value: CheckpointValue, _ name: String) {
        remainingNameBytes -= name.utf8.count
        guard remainingNameBytes >= 0 else { return }
        switch value {
        case .list(let items), .tuple(let items), .set(let items):
            for (index, item) in items.enumerated() { collect(item, Self.join(name, "\(index)")) }
        case .dictionary(let dictionary):
            for (key, value) in dictionary.pairs { collect(value, Self.join(name, Self.text(key))) }
        default:
            if let fact = Fact(value) { pairs.append((name, fact)) }
        }
    }

    private static func join(_ name: String, _ part: String) -> String {
        name.isEmpty ? part : "\(name).\(part)"
    }

    static func text(_ key: CheckpointValue) -> String {
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
