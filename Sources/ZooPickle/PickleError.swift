public import ZooCore

/// A pickle that cannot be read.
public struct PickleError: ZooError, Hashable {
    /// What is wrong with it.
    public enum Code: Sendable, Hashable {
        /// The bytes end before STOP.
        case truncated
        /// A byte that is no opcode.
        case unknownOpcode
        /// An opcode takes more from the stack, or back to a mark, than there is.
        case stackUnderflow
        /// A memo entry that was never stored.
        case unknownMemo
        /// An opcode found something that it does not apply to.
        case wrongOperand
        /// An argument that is not what the protocol prescribes: text that is not UTF-8, a number with other characters.
        case malformedArgument
        /// A later protocol, an extension registry or an out-of-band buffer.
        case unsupported
        /// A limit of ``PickleLimits`` was exceeded.
        case tooLarge
    }

    /// What is wrong.
    public let code: Code
    /// What was expected and what was found.
    public let message: String
    /// The name of the opcode, as Python's `pickletools` calls it.
    public let opcode: String?
    /// Where the opcode stands, in bytes from the start of what was read.
    public let offset: Int

    /// Creates the error.
    public init(_ code: Code, _ message: String, opcode: String?, offset: Int) {
        self.code = code
        self.message = message
        self.opcode = opcode
        self.offset = offset
    }

    /// Always ``ZooCore/FailureKind/unreadable``.
    public var kind: FailureKind { .unreadable }

    /// The byte offset, the opcode and the message.
    public var description: String {
        "pickle byte \(offset)\(opcode.map { ", \($0)" } ?? ""): \(message)"
    }
}

/// How much a pickle may ask for. What exceeds a limit is an error, never cut short.
public struct PickleLimits: Sendable, Hashable {
    /// The length of the pickle, in bytes.
    public var byteCount: Int
    /// How many values it may make.
    public var nodeCount: Int
    /// How many values may be on the stack at once.
    public var stackDepth: Int
    /// How many values may be in the memo.
    public var memoCount: Int
    /// The length of one string, in bytes.
    public var stringByteCount: Int
    /// The length of one long integer, in bytes or decimal digits.
    public var integerLength: Int

    /// Limits for checkpoints: an optimizer's state of a network with a hundred thousand tensors stays well below them.
    public static let checkpoint = PickleLimits(
        byteCount: 1 << 30, nodeCount: 1 << 25, stackDepth: 1 << 22, memoCount: 1 << 24, stringByteCount: 1 << 28,
        integerLength: 1000)

    /// Creates limits.
    public init(
        byteCount: Int, nodeCount: Int, stackDepth: Int, memoCount: Int, stringByteCount: Int, integerLength: Int
    ) {
        self.byteCount = byteCount
        self.nodeCount = nodeCount
        self.stackDepth = stackDepth
        self.memoCount = memoCount
        self.stringByteCount = stringByteCount
        self.integerLength = integerLength
    }
}

/// What an opcode found wrong, before the machine adds which opcode and where.
struct PickleFault: Error {
    let code: PickleError.Code
    let message: String

    init(_ code: PickleError.Code, _ message: String) {
        self.code = code
        self.message = message
    }

    init(_ end: EndOfBytes) {
        self.init(.truncated, "the pickle is cut off: \(end.needed) bytes needed, \(end.available) left")
    }
}
