import ZooCore

extension PickleScanner {
    /// The value on top, left there; opaque, and a fault, if there is none.
    mutating func top(_ opcode: PickleOpcode) -> Value {
        guard stack.count > (marks.last ?? 0), let value = stack.last else {
            note(.stackUnderflow, "the stack is empty", opcode)
            return .opaque
        }
        return value
    }

    mutating func pop(_ opcode: PickleOpcode) -> Value {
        let value = top(opcode)
        // A value under a mark stays hidden only as long as the mark does; Python stops here.
        if stack.count > (marks.last ?? 0) { stack.removeLast() }
        return value
    }

    /// The last `count` values, in their order.
    mutating func pop(_ count: Int, _ opcode: PickleOpcode) -> [Value] {
        var values: [Value] = []
        for _ in 0..<count { values.append(pop(opcode)) }
        return values.reversed()
    }

    mutating func popToMark(_ opcode: PickleOpcode) -> [Value] {
        guard let mark = marks.popLast() else {
            note(.stackUnderflow, "there is no mark on the stack", opcode)
            return []
        }
        let values = [Value](stack[min(mark, stack.count)...].prefix(Self.shownItemCount + 1))
        stack.removeSubrange(min(mark, stack.count)...)
        return values
    }

    mutating func pushText(_ instruction: PickleInstruction) {
        switch instruction.argument {
        case .run(let range), .line(let range): stack.append(.text(range, instruction.opcode))
        default: stack.append(.opaque)
        }
    }

    mutating func pushNumber(_ instruction: PickleInstruction) {
        switch instruction.argument {
        case .unsigned(let value): stack.append(.number(Int64(clamping: value)))
        case .signed(let value): stack.append(.number(value))
        default: stack.append(.opaque)
        }
    }

    mutating func makeTuple(_ values: [Value]) {
        // Examples need few tuples, and few values of each.
        guard tuples.count < 1 << 16 else { return stack.append(.opaque) }
        tuples.append([Value](values.prefix(Self.shownItemCount + 1)))
        stack.append(.tuple(tuples.count - 1))
    }

    /// Runs `body`, which takes operands off the stack, and looks at what lies under them and is changed.
    mutating func change(_ opcode: PickleOpcode, _ body: (inout PickleScanner) -> Void) {
        body(&self)
        if case .global(let place) = top(opcode) {
            add(
                .trick, "\(opcode.name) changes \(Self.fullName(globals[place]))", .dangerous,
                "it changes an imported class or function for the whole program")
        }
    }

    /// What a persistent id stands for: PyTorch's `("module", class, source file, source)` for the class, all else for
    /// something that the program has and that is not called.
    func persistent(_ id: Value) -> Value {
        if case .tuple(let place) = id, tuples[place].count > 1, case .global = tuples[place][1],
            tuples[place].count == 4
        {
            return tuples[place][1]
        }
        return .opaque
    }

    mutating func recall(_ instruction: PickleInstruction, _ bytes: RawSpan) {
        guard let index = Self.index(instruction.argument, bytes), let value = memo[index] else {
            note(.unknownMemo, "a memo entry that was never stored", instruction.opcode)
            return stack.append(.opaque)
        }
        stack.append(value)
    }

    mutating func remember(_ instruction: PickleInstruction, _ bytes: RawSpan) {
        let value = top(instruction.opcode)
        guard let index = Self.index(instruction.argument, bytes) else {
            return note(.malformedArgument, "a memo entry that is no number", instruction.opcode)
        }
        memo[index] = value
    }

    private static func index(_ argument: PickleInstruction.Argument, _ bytes: RawSpan) -> UInt64? {
        switch argument {
        case .unsigned(let index): return index
        case .line(let range):
            // Python reads the number with int(), which takes spaces, a sign and underscores.
            guard range.count <= 64 else { return nil }
            let text = String(decoding: [UInt8](copying: bytes.extracting(range)), as: UTF8.self)
            return UInt64(String(text.filter { !$0.isWhitespace && $0 != "_" }))
        default: return nil
        }
    }
}
