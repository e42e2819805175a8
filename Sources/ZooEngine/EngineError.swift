public import ZooCore

/// A network that the engine cannot prepare or run.
public struct EngineError: ZooError, Hashable {
    /// What is wrong.
    public enum Code: Sendable, Hashable {
        /// No kernel computes the operation on these shapes.
        case unsupportedOperation
        /// The processor lacks what the engine needs.
        case unsupportedProcessor
        /// A parameter of the network was not given.
        case missingParameter
        /// A parameter has another shape than the network expects, or elements that are no real numbers.
        case mismatchedParameter
        /// Images of an impossible size, or more or fewer numbers than they should have.
        case wrongInput
        /// The plan needs more memory than there is.
        case outOfMemory
        /// oneDNN or the system refused something that should have worked.
        case library
    }

    /// What is wrong.
    public let code: Code
    /// The network, and the node within it where there is one: `resnet18: layer1.0.conv1`.
    public let place: String
    /// What is wrong, in words.
    public let message: String

    /// Creates the error.
    public init(_ code: Code, place: String, _ message: String) {
        self.code = code
        self.place = place
        self.message = message
    }

    /// The same error, at `place` unless it says itself where it is.
    func at(_ place: String) -> EngineError {
        self.place.isEmpty ? EngineError(code, place: place, message) : self
    }

    /// Parameters that do not fit are ``ZooCore/FailureKind/unreadable``, a refusal of the system is
    /// ``ZooCore/FailureKind/storage``; for the rest another request helps.
    public var kind: FailureKind {
        switch code {
        case .missingParameter, .mismatchedParameter: .unreadable
        case .library: .storage
        case .unsupportedOperation, .unsupportedProcessor, .wrongInput, .outOfMemory: .usage
        }
    }

    /// The place and the message.
    public var description: String { place.isEmpty ? message : "\(place): \(message)" }
}
