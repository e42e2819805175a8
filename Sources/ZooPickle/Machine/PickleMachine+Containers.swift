extension PickleMachine {
    mutating func makeTuple(_ count: Int) throws(PickleFault) {
        guard stack.count - (marks.last ?? 0) >= count else {
            throw PickleFault(.stackUnderflow, "\(count) values needed, \(stack.count - (marks.last ?? 0)) there")
        }
        let items = [PickleNodeID](stack.suffix(count))
        stack.removeLast(count)
        try make(.tuple(items))
    }

    static func pairs(_ items: [PickleNodeID]) throws(PickleFault) -> [PicklePair] {
        guard items.count.isMultiple(of: 2) else {
            throw PickleFault(.wrongOperand, "\(items.count) values are no keys and values")
        }
        return stride(from: 0, to: items.count, by: 2).map { PicklePair(key: items[$0], value: items[$0 + 1]) }
    }

    /// Appends to the list, or to the object that pretends to be one, on top of the stack.
    mutating func append(_ items: [PickleNodeID]) throws(PickleFault) {
        try changeTop { node throws(PickleFault) in
            switch node {
            case .list(var list):
                node = .none
                list += items
                node = .list(list)
            case .object(var object):
                node = .none
                object.items += items
                node = .object(object)
            default: throw PickleFault(.wrongOperand, "\(node.kindName) has nothing to append to")
            }
        }
    }

    mutating func setItems(_ items: [PickleNodeID]) throws(PickleFault) {
        let added = try Self.pairs(items)
        try changeTop { node throws(PickleFault) in
            switch node {
            case .dictionary(var pairs):
                node = .none
                pairs += added
                node = .dictionary(pairs)
            case .object(var object):
                node = .none
                object.pairs += added
                node = .object(object)
            default: throw PickleFault(.wrongOperand, "\(node.kindName) has no keys to set")
            }
        }
    }

    mutating func addItems(_ items: [PickleNodeID]) throws(PickleFault) {
        try changeTop { node throws(PickleFault) in
            switch node {
            case .set(var set):
                node = .none
                set += items
                node = .set(set)
            case .object(var object):
                node = .none
                object.items += items
                node = .object(object)
            default: throw PickleFault(.wrongOperand, "\(node.kindName) is no set")
            }
        }
    }

    /// Changes the value on top in place. The cases above take its arrays out before they grow them, so nothing is
    /// copied.
    private mutating func changeTop(
        _ change: (inout PickleNode) throws(PickleFault) -> Void
    ) throws(PickleFault) {
        let index = Int(try top().index)
        try change(&nodes[index])
    }
}
