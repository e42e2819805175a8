import ZooCore

/// Runs the instructions of a pickle, and makes inert values where Python would make objects.
///
/// Nothing is imported or called: a GLOBAL is a name, a REDUCE is a call that was not made. All opcodes of protocols 0
/// to 5 are read, except the extension registry and out-of-band buffers, which mean nothing without the program that
/// wrote them. Every size is checked against the bytes at hand and against ``PickleLimits`` before memory is taken.
public struct PickleMachine {
    var nodes: [PickleNode] = []
    var stack: [PickleNodeID] = []
    /// The heights of the stack at the marks that are open.
    var marks: [Int] = []
    var memo = PickleMemo()
    var globals: [PickleGlobal] = []
    var globalNodes: [PickleGlobal: PickleNodeID] = [:]
    var protocolVersion = 0
    let limits: PickleLimits

    private init(_ limits: PickleLimits) {
        self.limits = limits
    }

    /// Whether a byte is an instruction of any protocol.
    public static func isOpcode(_ byte: UInt8) -> Bool { PickleOpcode(rawValue: byte) != nil }

    /// Reads the pickle at the front of `bytes`; what follows its STOP is left alone.
    ///
    /// - Throws: ``PickleError`` with the opcode and its offset in `bytes`.
    /// - Complexity: O(length of the pickle).
    public static func read(_ bytes: RawSpan, limits: PickleLimits = .checkpoint) throws(PickleError) -> PickleDocument
    {
        var machine = PickleMachine(limits)
        var reader = ByteReader(bytes.extracting(0..<min(bytes.byteCount, limits.byteCount)))
        while true {
            let offset = reader.offset
            guard let byte = try? reader.readByte() else {
                let isCut = bytes.byteCount > limits.byteCount
                throw PickleError(
                    isCut ? .tooLarge : .truncated,
                    isCut ? "longer than \(limits.byteCount) bytes" : "the pickle ends without STOP",
                    opcode: nil, offset: offset)
            }
            guard let opcode = PickleOpcode(rawValue: byte) else {
                throw PickleError(
                    .unknownOpcode, "0x\(String(byte, radix: 16)) is no opcode", opcode: nil, offset: offset)
            }
            do throws(PickleFault) {
                if opcode == .stop {
                    let root = try machine.pop()
                    return machine.document(root, byteCount: reader.offset)
                }
                try machine.execute(opcode, &reader)
            } catch {
                throw PickleError(error.code, error.message, opcode: opcode.name, offset: offset)
            }
        }
    }

    private func document(_ root: PickleNodeID, byteCount: Int) -> PickleDocument {
        PickleDocument(
            root: root, byteCount: byteCount, protocolVersion: protocolVersion, globals: globals, nodes: nodes)
    }

    @_lifetime(reader: copy reader)
    private mutating func execute(_ opcode: PickleOpcode, _ reader: inout ByteReader) throws(PickleFault) {
        switch opcode {
        case .proto: try readProtocol(&reader)
        case .frame: try readFrame(&reader)
        case .stop: break
        case .mark: try pushMark()
        case .pop: try popValueOrMark()
        case .popMark: _ = try popToMark()
        case .dup: try push(try top())

        case .none: try make(.none)
        case .newtrue: try make(.bool(true))
        case .newfalse: try make(.bool(false))
        case .int: try readDecimalInt(&reader)
        case .long: try readDecimalLong(&reader)
        case .binint: try make(.int(Int64(try reader.take(Int32.self))))
        case .binint1: try make(.int(Int64(try reader.take(UInt8.self))))
        case .binint2: try make(.int(Int64(try reader.take(UInt16.self))))
        case .long1: try readLong(Int(try reader.take(UInt8.self)), &reader)
        case .long4: try readLong(Int(try reader.take(Int32.self)), &reader)
        case .float: try readDecimalFloat(&reader)
        case .binfloat: try make(.float(Double(bitPattern: try reader.take(UInt64.self, order: .big))))

        case .string: try readQuotedString(&reader)
        case .binstring: try readOldString(Int(try reader.take(Int32.self)), &reader)
        case .shortBinstring: try readOldString(Int(try reader.take(UInt8.self)), &reader)
        case .unicode: try readEscapedText(&reader)
        case .shortBinunicode: try readText(UInt64(try reader.take(UInt8.self)), &reader)
        case .binunicode: try readText(UInt64(try reader.take(UInt32.self)), &reader)
        case .binunicode8: try readText(try reader.take(UInt64.self), &reader)
        case .shortBinbytes: try make(.bytes(try readRun(UInt64(try reader.take(UInt8.self)), &reader)))
        case .binbytes: try make(.bytes(try readRun(UInt64(try reader.take(UInt32.self)), &reader)))
        case .binbytes8: try make(.bytes(try readRun(try reader.take(UInt64.self), &reader)))
        case .bytearray8: try make(.byteArray(try readRun(try reader.take(UInt64.self), &reader)))

        case .emptyTuple: try make(.tuple([]))
        case .tuple1: try makeTuple(1)
        case .tuple2: try makeTuple(2)
        case .tuple3: try makeTuple(3)
        case .tuple: try make(.tuple(try popToMark()))
        case .emptyList: try make(.list([]))
        case .list: try make(.list(try popToMark()))
        case .append: try append([try pop()])
        case .appends: try append(try popToMark())
        case .emptyDict: try make(.dictionary([]))
        case .dict: try make(.dictionary(try Self.pairs(try popToMark())))
        case .setitem: try setItems(try popPair())
        case .setitems: try setItems(try popToMark())
        case .emptySet: try make(.set([]))
        case .frozenset: try make(.frozenSet(try popToMark()))
        case .additems: try addItems(try popToMark())

        case .global: try readGlobal(&reader)
        case .stackGlobal: try makeGlobal()
        case .inst: try readInstance(&reader)
        case .obj: try makeInstance()
        case .reduce: try call(.call)
        case .newobj: try call(.new)
        case .newobjEx: try callWithKeywords()
        case .build: try build()
        case .persid: try readPersistentID(&reader)
        case .binpersid: try make(.persistent(try pop()))

        case .get: try push(try memo.value(try reader.takeDecimalIndex()))
        case .binget: try push(try memo.value(UInt64(try reader.take(UInt8.self))))
        case .longBinget: try push(try memo.value(UInt64(try reader.take(UInt32.self))))
        case .put: try remember(at: try reader.takeDecimalIndex())
        case .binput: try remember(at: UInt64(try reader.take(UInt8.self)))
        case .longBinput: try remember(at: UInt64(try reader.take(UInt32.self)))
        case .memoize: try remember(at: UInt64(memo.count))

        case .ext1, .ext2, .ext4:
            throw PickleFault(.unsupported, "an entry of Python's extension registry, which no file explains")
        case .nextBuffer:
            throw PickleFault(.unsupported, "a buffer outside the pickle")
        case .readonlyBuffer: _ = try top()
        }
    }
}
