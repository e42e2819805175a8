extension PickleMachine {
    /// Puts a new value on the stack.
    mutating func make(_ node: PickleNode) throws(PickleFault) {
        try push(try add(node))
    }

    mutating func add(_ node: PickleNode) throws(PickleFault) -> PickleNodeID {
        guard nodes.count < limits.nodeCount else {
            throw PickleFault(.tooLarge, "more than \(limits.nodeCount) values")
        }
        nodes.append(node)
        return PickleNodeID(nodes.count - 1)
    }

    mutating func push(_ id: PickleNodeID) throws(PickleFault) {
        guard stack.count < limits.stackDepth else {
            throw PickleFault(.tooLarge, "more than \(limits.stackDepth) values on the stack")
        }
        stack.append(id)
    }

    mutating func pushMark() throws(PickleFault) {
        guard marks.count < limits.stackDepth else {
            throw PickleFault(.tooLarge, "more than \(limits.stackDepth) marks on the stack")
        }
        marks.append(stack.count)
    }

    /// The value on top; what lies under the last mark is out of reach, as in Python.
    func top() throws(PickleFault) -> PickleNodeID {
        guard stack.count > (marks.last ?? 0), let id = stack.last else {
            throw PickleFault(.stackUnderflow, "the stack is empty")
        }
        return id
    }

    mutating func pop() throws(PickleFault) -> PickleNodeID {
        let id = try top()
        stack.removeLast()
        return id
    }

    mutating func popValueOrMark() throws(PickleFault) {
        if let mark = marks.last, mark == stack.count {
            marks.removeLast()
        } else {
            _ = try pop()
        }
    }

    /// Everything above the last mark, which goes too.
    mutating func popToMark() throws(PickleFault) -> [PickleNodeID] {
        guard let mark = marks.popLast() else { throw PickleFault(.stackUnderflow, "there is no mark on the stack") }
        let result = [PickleNodeID](stack[mark...])
        stack.removeSubrange(mark...)
        return result
    }

    mutating func popPair() throws(PickleFault) -> [PickleNodeID] {
        let value = try pop()
        return [try pop(), value]
    }

    mutating func remember(at index: UInt64) throws(PickleFault) {
        guard memo.count < limits.memoCount else {
            throw PickleFault(.tooLarge, "more than \(limits.memoCount) memo entries")
        }
        memo.store(try top(), at: index)
    }
}
