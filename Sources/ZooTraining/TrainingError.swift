public import ZooCore

/// Something that keeps a network from being trained, evaluated or used.
public struct TrainingError: ZooError, Hashable {
    /// What went wrong.
    public enum Code: Sendable, Hashable {
        /// The data do not allow the task: one class only, nothing to validate on, every image unreadable.
        case unusableData
        /// The classes of the data are not those of the model.
        case classMismatch
        /// The network of a checkpoint could not be recognised, or its tensors do not fit the network.
        case unfitCheckpoint
        /// A file of a run is not what it should be.
        case unreadableRun
        /// The text of a setting says nothing that zoo knows.
        case invalidSetting
        /// The loss is not a finite number any more.
        case diverged
        /// The network has no layer that a pattern stands for.
        case unknownLayer
        /// The folder of a run is there already, or holds another run.
        case runExists
        /// The user asked to stop.
        case interrupted
    }

    /// What went wrong.
    public let code: Code
    /// What went wrong and what to do, in words.
    public let message: String

    /// Creates the error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    static func diverged(epoch: Int, learningRates: [String: Float]) -> TrainingError {
        let rates = learningRates.sorted { $0.key < $1.key }.map { "\($0.value) (\($0.key))" }.joined(separator: ", ")
        return TrainingError(
            .diverged,
            "the loss is not a finite number in epoch \(epoch), with the learning rate \(rates); that is too high: try a "
                + "tenth of it with --lr, or --clip-norm 1")
    }

    static func unfitState(_ message: String) -> TrainingError {
        TrainingError(.unfitCheckpoint, message + "; begin the run anew with --overwrite")
    }

    /// Data and divergence are up to the user's request; a checkpoint that does not fit is unreadable.
    public var kind: FailureKind {
        switch code {
        case .unusableData, .classMismatch, .diverged, .unknownLayer, .runExists, .invalidSetting: .usage
        case .unfitCheckpoint, .unreadableRun: .unreadable
        case .interrupted: .interrupted
        }
    }

    /// The message.
    public var description: String { message }
}
