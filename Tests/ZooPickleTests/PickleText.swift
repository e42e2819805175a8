import ZooPickle

extension PickleDocument {
    /// The whole pickle as one line, like Python's `repr`; containers inside themselves are `…`.
    var text: String {
        var open: Set<PickleNodeID> = []
        return text(root, &open)
    }

    private func text(_ id: PickleNodeID, _ open: inout Set<PickleNodeID>) -> String {
        guard open.insert(id).inserted else { return "…" }
        defer { open.remove(id) }
        func list(_ items: [PickleNodeID]) -> String { items.map { text($0, &open) }.joined(separator: ", ") }
        func dictionary(_ pairs: [PicklePair]) -> String {
            pairs.map { text($0.key, &open) + ": " + text($0.value, &open) }.joined(separator: ", ")
        }
        switch self[id] {
        case .none: return "None"
        case .bool(let value): return value ? "True" : "False"
        case .int(let value): return String(value)
        case .bigInt(let digits): return "big\(digits)"
        case .float(let value): return "\(value)"
        case .text(let text): return "'\(text)'"
        case .bytes(let bytes): return "b\(bytes)"
        case .byteArray(let bytes): return "bytearray\(bytes)"
        case .tuple(let items): return "(\(list(items)))"
        case .list(let items): return "[\(list(items))]"
        case .set(let items): return "set(\(list(items)))"
        case .frozenSet(let items): return "frozenset(\(list(items)))"
        case .dictionary(let pairs): return "{\(dictionary(pairs))}"
        case .global(let global): return "<\(global.module) \(global.name)>"
        case .persistent(let content): return "persistent \(text(content, &open))"
        case .object(let object):
            var result = (object.construction == .new ? "new " : "") + text(object.callable, &open)
            result += text(object.arguments, &open)
            if let keywords = object.keywords { result += "**" + text(keywords, &open) }
            if !object.items.isEmpty { result += " items[\(list(object.items))]" }
            if !object.pairs.isEmpty { result += " pairs{\(dictionary(object.pairs))}" }
            for state in object.states { result += " state " + text(state, &open) }
            return result
        }
    }
}
