import ZooCore

/// Follows the instructions of a pickle and notes what Python would import and call.
///
/// Unlike ``PickleMachine``, which refuses whatever is wrong, it goes on as long as there are instructions: Python runs
/// what stands before an error, so an error must hide nothing. Values are kept only as far as they can become the name
/// of an import or something that is called; everything else is opaque.
public struct PickleScanner {
    /// As much of a value as matters here.
    enum Value {
        case opaque
        /// Text, by its place and the opcode that says how it is written.
        case text(Range<Int>, PickleOpcode)
        case number(Int64)
        /// A tuple, by its place in `tuples`.
        case tuple(Int)
        /// Something imported, by its place in `globals`.
        case global(Int)
        /// What a call gave.
        case result
    }

    /// How far a scan goes.
    public struct Limits: Sendable {
        /// How many values may be on the stack or in the memo.
        public var valueCount = 1 << 24
        /// How many different things may be found.
        public var findingCount = 1 << 16
        /// How many bytes to follow behind the first error.
        public var byteCountAfterFault = Int.max

        /// The usual limits.
        public init() {}
    }

    var stack: [Value] = []
    var marks: [Int] = []
    var memo: [UInt64: Value] = [:]
    var globals: [PickleGlobal] = []
    var judgements: [GlobalPolicy.Judgement] = []
    var globalPlaces: [PickleGlobal: Int] = [:]
    /// The first values of each tuple, for ``PickleScan/Finding/example``.
    var tuples: [[Value]] = []
    var findings: [PickleScan.Finding] = []
    var places: [FindingKey: Int] = [:]
    var protocolVersion = 0
    var fault: PickleError?
    /// The instruction at hand.
    var offset = 0
    let limits: Limits

    struct FindingKey: Hashable {
        let kind: PickleScan.Finding.Kind
        let subject: String
    }

    private init(_ limits: Limits) {
        self.limits = limits
    }

    /// Scans the pickle at `start`.
    ///
    /// - Parameters:
    ///   - bytes: the bytes that the pickle is in; all offsets of the result count from their start.
    ///   - start: where it begins.
    ///   - limits: how far to go.
    /// - Complexity: O(length of the pickle), in time and memory.
    public static func scan(_ bytes: RawSpan, from start: Int = 0, limits: Limits = Limits()) -> PickleScan {
        var scanner = PickleScanner(limits)
        var position = start
        var isComplete = false
        while true {
            if let fault = scanner.fault, position - fault.offset > limits.byteCountAfterFault { break }
            scanner.offset = position
            do throws(PickleFault) {
                let instruction = try PickleInstruction(at: position, in: bytes)
                position = instruction.end
                if instruction.opcode == .stop {
                    isComplete = true
                    if scanner.stack.isEmpty { scanner.note(.stackUnderflow, "the stack is empty", .stop) }
                    break
                }
                scanner.run(instruction, bytes)
                guard scanner.stack.count <= limits.valueCount, scanner.memo.count <= limits.valueCount,
                    scanner.marks.count <= limits.valueCount, scanner.findings.count <= limits.findingCount
                else { throw PickleFault(.tooLarge, "more values or imports than zoo follows") }
            } catch {
                scanner.note(error.code, error.message, nil)
                break
            }
        }
        return PickleScan(
            offset: start, byteCount: position - start, protocolVersion: scanner.protocolVersion,
            findings: scanner.findings, fault: scanner.fault, isComplete: isComplete)
    }

    /// Remembers the first thing that Python would stop at.
    mutating func note(_ code: PickleError.Code, _ message: String, _ opcode: PickleOpcode?) {
        if fault == nil { fault = PickleError(code, message, opcode: opcode?.name, offset: offset) }
    }

    private mutating func run(_ instruction: PickleInstruction, _ bytes: RawSpan) {
        let opcode = instruction.opcode
        switch opcode {
        case .proto: declare(instruction)
        case .frame, .stop, .readonlyBuffer: break
        case .mark: marks.append(stack.count)
        case .pop:
            if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = pop(opcode) }
        case .popMark: _ = popToMark(opcode)
        case .dup: stack.append(top(opcode))

        case .string, .binstring, .shortBinstring, .unicode, .shortBinunicode, .binunicode, .binunicode8:
            pushText(instruction)
        case .binint, .binint1, .binint2: pushNumber(instruction)
        case .none, .newtrue, .newfalse, .int, .long, .long1, .long4, .float, .binfloat, .shortBinbytes, .binbytes,
            .binbytes8, .bytearray8, .emptyList, .emptyDict, .emptySet, .nextBuffer, .persid:
            stack.append(.opaque)

        case .emptyTuple: makeTuple([])
        case .tuple1: makeTuple(pop(1, opcode))
        case .tuple2: makeTuple(pop(2, opcode))
        case .tuple3: makeTuple(pop(3, opcode))
        case .tuple: makeTuple(popToMark(opcode))
        case .list, .dict, .frozenset:
            _ = popToMark(opcode)
            stack.append(.opaque)
        case .append: change(opcode) { scanner in _ = scanner.pop(opcode) }
        case .setitem: change(opcode) { scanner in _ = scanner.pop(2, opcode) }
        case .appends, .setitems, .additems: change(opcode) { scanner in _ = scanner.popToMark(opcode) }

        case .global: importNames(instruction, bytes)
        case .stackGlobal: importFromStack(bytes)
        case .inst, .obj, .reduce, .newobj, .newobjEx: call(instruction, bytes)
        case .build: change(opcode) { scanner in _ = scanner.pop(opcode) }
        case .binpersid: stack.append(persistent(pop(opcode)))
        case .ext1, .ext2, .ext4: importExtension(instruction)

        case .get, .binget, .longBinget: recall(instruction, bytes)
        case .put, .binput, .longBinput: remember(instruction, bytes)
        case .memoize: memo[UInt64(memo.count)] = top(opcode)
        }
    }

    private mutating func declare(_ instruction: PickleInstruction) {
        guard case .unsigned(let version) = instruction.argument else { return }
        protocolVersion = max(protocolVersion, Int(version))
        if version > 5 { note(.unsupported, "protocol \(version); Python reads 0 to 5", .proto) }
    }
}
