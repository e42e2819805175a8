import ZooCore

/// One instruction of a pickle as it stands in the bytes, not run.
struct PickleInstruction {
    /// What follows the opcode byte. Texts and bytes are given by their place, so that nothing is copied.
    enum Argument {
        case none
        case unsigned(UInt64)
        case signed(Int64)
        case float(Double)
        /// Text or bytes with a length before it.
        case run(Range<Int>)
        /// A line, without its end.
        case line(Range<Int>)
        /// The two lines of GLOBAL and INST.
        case names(Range<Int>, Range<Int>)
    }

    let opcode: PickleOpcode
    let argument: Argument
    /// Where the opcode stands.
    let offset: Int
    /// Where the next instruction begins.
    let end: Int

    /// Reads the instruction at `offset`.
    ///
    /// What Python's unpicklers accept is accepted: numbers and texts are not validated.
    ///
    /// - Throws: a fault if there is no opcode, or its argument is cut off.
    init(at offset: Int, in bytes: RawSpan) throws(PickleFault) {
        guard offset < bytes.byteCount else { throw PickleFault(.truncated, "the pickle ends without STOP") }
        let code = bytes[byte: offset]
        guard let opcode = PickleOpcode(rawValue: code) else {
            throw PickleFault(.unknownOpcode, "0x\(String(code, radix: 16)) is no opcode")
        }
        var cursor = Cursor(offset: offset + 1)
        argument = try Self.argument(of: opcode, &cursor, bytes)
        self.opcode = opcode
        self.offset = offset
        end = cursor.offset
    }

    /// Where the next part of the argument is read.
    private struct Cursor {
        var offset: Int

        mutating func number(_ count: Int, _ bytes: RawSpan) throws(PickleFault) -> UInt64 {
            let range = try take(UInt64(count), bytes)
            var value: UInt64 = 0
            for place in range.reversed() { value = value << 8 | UInt64(bytes[byte: place]) }
            return value
        }

        mutating func take(_ count: UInt64, _ bytes: RawSpan) throws(PickleFault) -> Range<Int> {
            let left = bytes.byteCount - offset
            guard count <= UInt64(left) else {
                throw PickleFault(.truncated, "the pickle is cut off: \(count) bytes needed, \(left) left")
            }
            defer { offset += Int(count) }
            return offset..<offset + Int(count)
        }

        mutating func line(_ bytes: RawSpan) throws(PickleFault) -> Range<Int> {
            var place = offset
            while place < bytes.byteCount {
                if bytes[byte: place] == 0x0a {
                    defer { offset = place + 1 }
                    return offset..<place
                }
                place += 1
            }
            throw PickleFault(.truncated, "a line without end")
        }
    }

    private static func argument(
        of opcode: PickleOpcode, _ cursor: inout Cursor, _ bytes: RawSpan
    ) throws(PickleFault) -> Argument {
        switch opcode {
        case .proto, .binint1, .binget, .binput, .ext1: return .unsigned(try cursor.number(1, bytes))
        case .binint2, .ext2: return .unsigned(try cursor.number(2, bytes))
        case .longBinget, .longBinput: return .unsigned(try cursor.number(4, bytes))
        case .frame: return .unsigned(try cursor.number(8, bytes))
        case .binint, .ext4:
            return .signed(Int64(Int32(truncatingIfNeeded: try cursor.number(4, bytes))))
        case .binfloat: return .float(Double(bitPattern: try cursor.number(8, bytes).byteSwapped))
        case .long1, .shortBinstring, .shortBinunicode, .shortBinbytes:
            return .run(try cursor.take(try cursor.number(1, bytes), bytes))
        case .long4, .binstring:
            let count = Int32(truncatingIfNeeded: try cursor.number(4, bytes))
            guard count >= 0 else { throw PickleFault(.malformedArgument, "a length of \(count) bytes") }
            return .run(try cursor.take(UInt64(count), bytes))
        case .binunicode, .binbytes: return .run(try cursor.take(try cursor.number(4, bytes), bytes))
        case .binunicode8, .binbytes8, .bytearray8: return .run(try cursor.take(try cursor.number(8, bytes), bytes))
        case .int, .long, .float, .string, .unicode, .persid, .get, .put: return .line(try cursor.line(bytes))
        case .global, .inst:
            let module = try cursor.line(bytes)
            return .names(module, try cursor.line(bytes))
        default: return .none
        }
    }
}
