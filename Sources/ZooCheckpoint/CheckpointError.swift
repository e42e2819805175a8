public import SystemPackage
public import ZooCore

/// A checkpoint that cannot be read, or a part of one.
public struct CheckpointError: ZooError {
    /// What is wrong with it.
    public enum Code: Sendable, Hashable {
        /// The system refused something about the file.
        case file
        /// The bytes are none of the formats that checkpoints have.
        case notACheckpoint
        /// A format, or something in it, that zoo knows and does not read.
        case unsupported
        /// The file ends too early.
        case truncated
        /// A part contradicts itself, its checksum or another part.
        case malformed
        /// More values, deeper nesting or larger tensors than zoo takes from a file of this size.
        case tooLarge
        /// There is nothing in the file of what was asked for.
        case notFound
        /// What was asked for contradicts itself or the file.
        case badRequest
    }

    /// What is wrong.
    public let code: Code
    /// What was expected, what was found, and what to do.
    public let message: String
    /// The tensor, value or record it is about.
    public let place: String?
    /// What PyTorch prints for the same file, where that is well known.
    public let torchMessage: String?
    /// The error of the layer below.
    public let cause: (any ZooError)?
    /// The file.
    public internal(set) var path: FilePath?

    /// Creates the error.
    public init(
        _ code: Code, _ message: String, place: String? = nil, torchMessage: String? = nil,
        cause: (any ZooError)? = nil, path: FilePath? = nil
    ) {
        self.code = code
        self.message = message
        self.place = place
        self.torchMessage = torchMessage
        self.cause = cause
        self.path = path
    }

    /// The kind of its cause where the system refused or there was another error, ``ZooCore/FailureKind/usage`` for a bad
    /// request, otherwise ``ZooCore/FailureKind/unreadable``.
    public var kind: FailureKind {
        if code == .badRequest { return .usage }
        if code == .file, let cause { return cause.kind }
        return .unreadable
    }

    /// The path, the place, the message, and PyTorch's words for the same thing.
    public var description: String {
        if code == .file, let cause { return cause.description }
        var text = path.map { "\($0): " } ?? ""
        if let place { text += "\(place): " }
        text += message
        if let torchMessage { text += " (PyTorch says: \(torchMessage))" }
        return text
    }

    /// The same error, about the file at `path`.
    func at(_ path: FilePath) -> CheckpointError {
        var copy = self
        copy.path = path
        return copy
    }
}
