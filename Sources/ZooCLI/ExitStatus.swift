import ZooCore

/// The exit codes of zoo; scripts rely on them.
public enum ExitStatus: Int32, Sendable {
    /// The command did what it was asked to.
    case done = 0
    /// The answer is no: a broken file was found, files differ.
    case answerIsNo = 1
    /// The command line makes no sense.
    case usage = 2
    /// A transfer failed; the same command continues it.
    case transferFailed = 3
    /// The bytes are not what was asked for.
    case wrongBytes = 4
    /// A file cannot be read as what it should be.
    case unreadable = 5
    /// The disk or the cache refused.
    case storage = 6
    /// Ctrl-C or a request to stop.
    case interrupted = 130

    init(_ kind: FailureKind) {
        self =
            switch kind {
            case .usage: .usage
            case .transfer: .transferFailed
            case .mismatch: .wrongBytes
            case .unreadable: .unreadable
            case .storage: .storage
            case .interrupted: .interrupted
            }
    }
}

/// The end of a command that did its work and whose answer is an exit code other than 0.
struct CommandAnswer: Error {
    let status: ExitStatus
}
