import ZooCore

extension PickleScanner {
    /// How many arguments of a call an example shows.
    static let shownItemCount = 4

    static func fullName(_ global: PickleGlobal) -> String {
        global.module + "." + global.name
    }

    /// GLOBAL: the names stand in the pickle.
    mutating func importNames(_ instruction: PickleInstruction, _ bytes: RawSpan) {
        guard case .names(let module, let name) = instruction.argument else { return }
        push(PickleGlobal(Self.plain(module, bytes), Self.plain(name, bytes)))
    }

    /// STACK_GLOBAL: the names are values, which ought to be texts that the pickle holds as such.
    mutating func importFromStack(_ bytes: RawSpan) {
        let names = pop(2, .stackGlobal)
        let module = text(names[0], bytes)
        let name = text(names[1], bytes)
        if let module, let name { return push(PickleGlobal(module, name)) }
        add(
            .trick, "import of \(module ?? "?").\(name ?? "?")", .dangerous,
            "the name is not written in the pickle but computed, so that what it imports cannot be seen")
        stack.append(.result)
    }

    mutating func importExtension(_ instruction: PickleInstruction) {
        add(
            .trick, "\(instruction.opcode.name) from Python's extension registry", .dangerous,
            "what it imports is known only to the program that loads it")
        stack.append(.result)
    }

    /// REDUCE, NEWOBJ, NEWOBJ_EX, OBJ and INST: find the callable and its arguments.
    mutating func call(_ instruction: PickleInstruction, _ bytes: RawSpan) {
        let opcode = instruction.opcode
        var callable = Value.opaque
        var arguments: [Value]?
        switch opcode {
        case .inst:
            arguments = popToMark(opcode)
            importNames(instruction, bytes)
            callable = pop(opcode)
        case .obj:
            let values = popToMark(opcode)
            if values.isEmpty { note(.stackUnderflow, "no class above the mark", opcode) }
            callable = values.first ?? .opaque
            arguments = [Value](values.dropFirst())
        default:
            if opcode == .newobjEx { _ = pop(opcode) }
            if case .tuple(let place) = pop(opcode) { arguments = tuples[place] }
            callable = pop(opcode)
        }
        judge(callable, arguments, opcode, bytes)
        stack.append(.result)
    }

    private mutating func judge(
        _ callable: Value, _ arguments: [Value]?, _ opcode: PickleOpcode, _ bytes: RawSpan
    ) {
        switch callable {
        case .global(let place):
            let global = globals[place]
            let judgement = judgements[place]
            let name = Self.fullName(global)
            // Only the first call is shown.
            var example: String?
            if places[FindingKey(kind: .call, subject: name)] == nil {
                example = name + "(" + (arguments.map { show($0, bytes, depth: 2) } ?? "…") + ")"
            }
            add(.call, name, judgement.verdict, judgement.reason, example: example)
        case .result:
            add(
                .trick, "\(opcode.name) calls what another call gave", .dangerous,
                "what it calls is computed and cannot be seen")
        case .opaque, .text, .number, .tuple:
            add(.trick, "\(opcode.name) calls what is not a class or function", .unknown, "Python stops here")
        }
    }

    private mutating func push(_ global: PickleGlobal) {
        if let place = globalPlaces[global] {
            add(.import, Self.fullName(global), judgements[place].verdict, judgements[place].reason)
            return stack.append(.global(place))
        }
        let judgement = GlobalPolicy.judge(global)
        add(.import, Self.fullName(global), judgement.verdict, judgement.reason)
        globalPlaces[global] = globals.count
        stack.append(.global(globals.count))
        globals.append(global)
        judgements.append(judgement)
    }

    /// Counts a finding, or adds it if it is new.
    mutating func add(
        _ kind: PickleScan.Finding.Kind, _ subject: String, _ verdict: PickleVerdict, _ reason: String,
        example: String? = nil
    ) {
        let key = FindingKey(kind: kind, subject: subject)
        if let place = places[key] {
            findings[place].count += 1
            if findings[place].offsets.count < PickleScan.Finding.largestOffsetCount {
                findings[place].offsets.append(offset)
            }
            return
        }
        places[key] = findings.count
        findings.append(
            PickleScan.Finding(
                kind: kind, subject: subject, verdict: verdict, reason: reason, offsets: [offset], count: 1,
                example: example))
    }

    /// The text of a value, decoded as Python would.
    private func text(_ value: Value, _ bytes: RawSpan) -> String? {
        guard case .text(let range, let opcode) = value, range.count <= 1 << 16 else { return nil }
        let raw = [UInt8](copying: bytes.extracting(range))
        switch opcode {
        case .string: return (try? PickleEscapes.quoted(raw)).flatMap { String(validating: $0, as: UTF8.self) }
        case .unicode: return try? PickleEscapes.rawUnicode(raw)
        default: return String(validating: raw, as: UTF8.self)
        }
    }

    /// A line of GLOBAL. Names that are not UTF-8 stay apart from all others.
    private static func plain(_ range: Range<Int>, _ bytes: RawSpan) -> String {
        String(decoding: [UInt8](copying: bytes.extracting(range.prefix(1 << 12))), as: UTF8.self)
    }

    /// Values in Python's words, cut short.
    private func show(_ values: [Value], _ bytes: RawSpan, depth: Int) -> String {
        let shown = values.prefix(Self.shownItemCount).map { show($0, bytes, depth: depth) }
        return (shown + (values.count > Self.shownItemCount ? ["…"] : [])).joined(separator: ", ")
    }

    private func show(_ value: Value, _ bytes: RawSpan, depth: Int) -> String {
        switch value {
        case .opaque, .result: return "…"
        case .number(let number): return "\(number)"
        case .global(let place): return Self.fullName(globals[place])
        case .tuple(let place):
            return depth > 0 ? "(" + show(tuples[place], bytes, depth: depth - 1) + ")" : "(…)"
        case .text(let range, let opcode):
            guard let text = text(.text(range.prefix(1 << 10), opcode), bytes) ?? text(value, bytes) else { return "…" }
            return PythonText.quoted(String(text.prefix(100))) + (text.count > 100 ? "…" : "")
        }
    }
}
