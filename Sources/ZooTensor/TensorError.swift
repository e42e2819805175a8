public import ZooCore

/// A tensor that cannot be what it claims to be.
public struct TensorError: ZooError, Hashable {
    /// What is wrong with it.
    public enum Code: Sendable, Hashable {
        /// A view reaches outside its storage.
        case outsideStorage
        /// A negative size, stride or offset, or as many sizes as strides do not agree.
        case malformed
        /// The operation is not defined for the element type.
        case unsupportedDType
    }

    /// What is wrong.
    public let code: Code
    /// What is wrong, in words.
    public let message: String

    /// Creates the error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Always ``ZooCore/FailureKind/unreadable``.
    public var kind: FailureKind { .unreadable }
    /// The message.
    public var description: String { message }
}
