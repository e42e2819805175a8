import ZooCheckpoint
import ZooTensor

/// The containers of a checkpoint as lines of text, indented by depth.
struct CheckpointTree {
    private(set) var lines: [String] = []

    init(_ checkpoint: Checkpoint) {
        add(checkpoint.root, name: "", depth: 0)
    }

    private mutating func add(_ value: CheckpointValue, name: String, depth: Int) {
        switch value {
        case .tensor(let entry): line(name, "\(InspectCommand.dtype(entry)) \(entry.shape)", depth)
        case .dictionary(let dictionary):
            line(name, "dict of \(dictionary.pairs.count)", depth)
            for (key, value) in dictionary.pairs { add(value, name: CheckpointFacts.text(key), depth: depth + 1) }
        case .list(let items): add(items, "list", name, depth)
        case .tuple(let items): add(items, "tuple", name, depth)
        case .set(let items): add(items, "set", name, depth)
        case .object(let object):
            line(name, object.name, depth)
            for state in object.state {
                for (key, value) in state.dictionaryValue?.pairs ?? [] {
                    add(value, name: CheckpointFacts.text(key), depth: depth + 1)
                }
            }
        case .none, .bool, .int, .bigInt, .double, .complex, .string, .bytes, .global, .recursive:
            line(name, CheckpointFacts.Fact(value)?.description ?? "again", depth)
        }
    }

    private mutating func add(_ items: [CheckpointValue], _ kind: String, _ name: String, _ depth: Int) {
        line(name, "\(kind) of \(items.count)", depth)
        for (index, item) in items.enumerated() { add(item, name: "\(index)", depth: depth + 1) }
    }

    private mutating func line(_ name: String, _ text: String, _ depth: Int) {
        lines.append(String(repeating: "  ", count: depth) + (name.isEmpty ? text : "\(name): \(text)"))
    }
}
