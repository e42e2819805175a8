public import ZooCore

/// The registry does not have what was asked for, or cannot be read.
public struct RegistryError: ZooError {
    /// What went wrong.
    public enum Code: Sendable, Hashable {
        /// No model, alias or file has that name.
        case unknownModel
        /// The model is known, those weights of it are not.
        case unknownWeights
        /// No list of classes has that name.
        case unknownClassList
        /// A registry document is not what it should be.
        case malformed
    }

    /// What went wrong.
    public let code: Code
    /// What was found, what was expected and what to do, for a person; one line.
    public let message: String
    /// The document, and the field in it; `nil` when the request was at fault.
    public let place: String?
    /// The decoder's own error, if there was one.
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, place: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.place = place
        self.cause = cause
    }

    /// A name that is unknown is the fault of the request; a document that cannot be read is ``FailureKind/unreadable``.
    public var kind: FailureKind {
        switch code {
        case .unknownModel, .unknownWeights, .unknownClassList: .usage
        case .malformed: .unreadable
        }
    }

    /// The place, if any, and the message.
    public var description: String {
        place.map { "\($0): \(message)" } ?? message
    }
}
