public import ZooCore

/// A network that cannot be built, or that an input does not fit.
public struct GraphError: ZooError, Hashable {
    /// What is wrong.
    public enum Code: Sendable, Hashable {
        /// No architecture has that name.
        case unknownArchitecture
        /// A node's inputs do not fit its operation: too small an image, wrong channels, sizes that do not agree.
        case shapeMismatch
        /// The nodes are not a graph: an input that does not exist or comes later, a wrong number of inputs.
        case malformed
        /// The network has no output layer that could be replaced or cut off.
        case noHead
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

    /// Always ``ZooCore/FailureKind/usage``: another name or another image size helps.
    public var kind: FailureKind { .usage }
    /// The place and the message.
    public var description: String { place.isEmpty ? message : "\(place): \(message)" }
}
