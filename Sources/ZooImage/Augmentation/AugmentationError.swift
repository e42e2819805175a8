public import ZooCore

/// An augmentation that makes no sense.
public struct AugmentationError: ZooError, Hashable {
    /// Which step, what was found, what was expected, and what to do.
    public let message: String

    init(_ message: String) {
        self.message = message
    }

    /// The request is at fault.
    public var kind: FailureKind { .usage }

    /// The message, in one line.
    public var description: String { "augmentation: \(message)" }
}
