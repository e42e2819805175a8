import ZooCore

/// The disassembly of a pickle, line by line as `python -m pickletools` prints it.
///
/// The columns are the offset, the opcode byte, the opcode's name indented by the marks that are open, and its argument.
public struct PickleTrace {
    /// Where MARK stood, for each mark that is open.
    private var marks: [Int] = []
    private var highestProtocol = 0
    private var memo: Set<String> = []

    private init() {}

    /// Hands out the lines of the pickle at `start`.
    ///
    /// - Returns: where it ends.
    /// - Complexity: O(length of the pickle); memory for its open marks only.
    @discardableResult
    public static func lines(_ bytes: RawSpan, from start: Int = 0, _ body: (String) -> Void) -> Int {
        var trace = PickleTrace()
        var position = start
        while true {
            do throws(PickleFault) {
                let instruction = try PickleInstruction(at: position, in: bytes)
                body(trace.line(instruction, bytes))
                position = instruction.end
                if instruction.opcode == .stop {
                    body("highest protocol among opcodes = \(trace.highestProtocol)")
                    return position
                }
            } catch {
                body(pad("\(position)", 5) + ": broken off: \(error.message)")
                return position
            }
        }
    }

    private mutating func line(_ instruction: PickleInstruction, _ bytes: RawSpan) -> String {
        let opcode = instruction.opcode
        highestProtocol = max(highestProtocol, opcode.leastProtocol)
        let depth = min(marks.count, 64)
        var note = ""
        if opcode.takesMark, let mark = marks.popLast() { note = "(MARK at \(mark))" }
        switch (opcode, instruction.argument) {
        case (.memoize, _):
            note = "(as \(memo.count))"
            memo.insert("\(memo.count)")
        case (.binput, .unsigned(let index)), (.longBinput, .unsigned(let index)): memo.insert("\(index)")
        case (.put, .line(let range)): memo.insert(Self.text(range, bytes))
        default: break
        }
        let code = PythonText.quoted(bytes: [opcode.rawValue]).dropFirst(2).dropLast()
        var line = Self.pad("\(instruction.offset)", 5) + ": "
        line += code + String(repeating: " ", count: max(0, 4 - code.count)) + " "
        line += String(repeating: " ", count: 4 * depth) + opcode.name
        let argument = Self.argument(instruction, bytes)
        if argument != nil || !note.isEmpty {
            line += String(repeating: " ", count: max(0, 10 - opcode.name.count))
            if let argument { line += " " + argument }
            if !note.isEmpty { line += " " + note }
        }
        if opcode == .mark { marks.append(instruction.offset) }
        return line
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// The argument in Python's words; long ones are cut.
    private static func argument(_ instruction: PickleInstruction, _ bytes: RawSpan) -> String? {
        switch instruction.argument {
        case .none: return nil
        case .unsigned(let value): return "\(value)"
        case .signed(let value): return "\(value)"
        case .float(let value): return "\(value)"
        case .names(let module, let name):
            return PythonText.quoted(text(module, bytes) + " " + text(name, bytes))
        case .line(let range):
            let line = text(range, bytes)
            switch instruction.opcode {
            case .unicode:
                let raw = [UInt8](copying: bytes.extracting(range.prefix(largestByteCount)))
                return PythonText.quoted((try? PickleEscapes.rawUnicode(raw)) ?? line)
            case .float: return Double(line).map { "\($0)" } ?? line
            case .string:
                let raw = (try? PickleEscapes.quoted(Array(line.utf8))) ?? Array(line.utf8)
                return PythonText.quoted(String(decoding: raw, as: UTF8.self))
            case .persid: return PythonText.quoted(line)
            case .int where line == "00": return "False"
            case .int where line == "01": return "True"
            case .long: return line.hasSuffix("L") ? String(line.dropLast()) : line
            default: return line
            }
        case .run(let range):
            let cut = [UInt8](copying: bytes.extracting(range.prefix(largestByteCount)))
            let more = range.count > largestByteCount ? "… \(range.count) bytes" : ""
            switch instruction.opcode {
            case .long1, .long4: return number(cut) + more
            case .shortBinbytes, .binbytes, .binbytes8: return PythonText.quoted(bytes: cut) + more
            case .bytearray8: return "bytearray(\(PythonText.quoted(bytes: cut)))" + more
            default: return PythonText.quoted(String(decoding: cut, as: UTF8.self)) + more
            }
        }
    }

    private static let largestByteCount = 1000

    private static func text(_ range: Range<Int>, _ bytes: RawSpan) -> String {
        String(decoding: [UInt8](copying: bytes.extracting(range.prefix(largestByteCount))), as: UTF8.self)
    }

    private static func number(_ bytes: [UInt8]) -> String {
        if case .int(let value) = PickleInteger.node(twosComplement: bytes) { return "\(value)" }
        // Schoolbook division: at most a thousand bytes.
        let isNegative = bytes.last.map { $0 >= 0x80 } ?? false
        var magnitude = isNegative ? bytes.map { ~$0 } : bytes
        if isNegative {
            for place in magnitude.indices {
                magnitude[place] &+= 1
                if magnitude[place] != 0 { break }
            }
        }
        var digits: [UInt8] = []
        while let last = magnitude.lastIndex(where: { $0 != 0 }) {
            var rest = 0
            for place in (0...last).reversed() {
                let value = rest << 8 | Int(magnitude[place])
                magnitude[place] = UInt8(value / 10)
                rest = value % 10
            }
            digits.append(UInt8(rest) + 0x30)
        }
        return (isNegative ? "-" : "") + String(decoding: digits.reversed(), as: UTF8.self)
    }
}

extension PickleOpcode {
    /// Whether it takes everything down to a mark.
    var takesMark: Bool {
        switch self {
        case .popMark, .tuple, .list, .appends, .dict, .setitems, .additems, .frozenset, .inst, .obj: true
        default: false
        }
    }

    /// The protocol that brought it.
    var leastProtocol: Int {
        switch self {
        case .mark, .stop, .pop, .dup, .float, .int, .long, .none, .persid, .reduce, .string, .unicode, .append, .build,
            .global, .dict, .get, .inst, .list, .put, .setitem, .tuple:
            0
        case .popMark, .binint, .binint1, .binint2, .binpersid, .binstring, .shortBinstring, .binunicode, .emptyList,
            .appends, .binget, .longBinget, .obj, .binput, .longBinput, .setitems, .emptyDict, .emptyTuple, .binfloat:
            1
        case .proto, .newobj, .ext1, .ext2, .ext4, .tuple1, .tuple2, .tuple3, .newtrue, .newfalse, .long1, .long4: 2
        case .binbytes, .shortBinbytes: 3
        case .bytearray8, .nextBuffer, .readonlyBuffer: 5
        case .shortBinunicode, .binunicode8, .binbytes8, .emptySet, .additems, .frozenset, .newobjEx, .stackGlobal,
            .memoize, .frame:
            4
        }
    }
}
