import ZooCore

extension PickleMachine {
    mutating func makeGlobal(_ module: String, _ name: String) throws(PickleFault) {
        let global = PickleGlobal(module, name)
        if let known = globalNodes[global] { return try push(known) }
        let id = try add(.global(global))
        globalNodes[global] = id
        globals.append(global)
        try push(id)
    }

    @_lifetime(reader: copy reader)
    mutating func readGlobal(_ reader: inout ByteReader) throws(PickleFault) {
        let module = try readTextLine(&reader)
        try makeGlobal(module, try readTextLine(&reader))
    }

    mutating func makeGlobal() throws(PickleFault) {
        let name = nodes[Int(try pop().index)]
        let module = nodes[Int(try pop().index)]
        guard case .text(let name) = name, case .text(let module) = module else {
            throw PickleFault(.wrongOperand, "module and name are \(module.kindName) and \(name.kindName)")
        }
        try makeGlobal(module, name)
    }

    /// `REDUCE` and `NEWOBJ`: the callable lies under its arguments.
    mutating func call(_ construction: PickleObject.Construction) throws(PickleFault) {
        let arguments = try pop()
        let callable = try pop()
        guard case .tuple = nodes[Int(arguments.index)] else {
            throw PickleFault(.wrongOperand, "the arguments are \(nodes[Int(arguments.index)].kindName), not a tuple")
        }
        try make(
            .object(
                PickleObject(construction: construction, callable: callable, arguments: arguments, keywords: nil)))
    }

    mutating func callWithKeywords() throws(PickleFault) {
        let keywords = try pop()
        let arguments = try pop()
        let callable = try pop()
        guard case .tuple = nodes[Int(arguments.index)], case .dictionary = nodes[Int(keywords.index)] else {
            throw PickleFault(.wrongOperand, "the arguments are not a tuple and a dict")
        }
        try make(
            .object(
                PickleObject(construction: .new, callable: callable, arguments: arguments, keywords: keywords)))
    }

    @_lifetime(reader: copy reader)
    mutating func readInstance(_ reader: inout ByteReader) throws(PickleFault) {
        let arguments = try add(.tuple(try popToMark()))
        try readGlobal(&reader)
        let callable = try pop()
        try make(.object(PickleObject(construction: .call, callable: callable, arguments: arguments, keywords: nil)))
    }

    mutating func makeInstance() throws(PickleFault) {
        let items = try popToMark()
        guard let callable = items.first else { throw PickleFault(.stackUnderflow, "no class above the mark") }
        let arguments = try add(.tuple([PickleNodeID](items.dropFirst())))
        try make(.object(PickleObject(construction: .call, callable: callable, arguments: arguments, keywords: nil)))
    }

    mutating func build() throws(PickleFault) {
        let state = try pop()
        let index = Int(try top().index)
        guard case .object(var object) = nodes[index] else {
            throw PickleFault(.wrongOperand, "\(nodes[index].kindName) takes no state")
        }
        nodes[index] = .none
        object.states.append(state)
        nodes[index] = .object(object)
    }

    @_lifetime(reader: copy reader)
    mutating func readPersistentID(_ reader: inout ByteReader) throws(PickleFault) {
        let id = try add(.text(try readTextLine(&reader)))
        try make(.persistent(id))
    }
}
