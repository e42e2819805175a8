/// What kind of thing went wrong, coarse enough to choose an exit code by.
///
/// The command line maps each case to one exit code in one place; libraries never mention exit codes.
public enum FailureKind: Sendable, Hashable, CaseIterable {
    /// The request itself makes no sense: an unknown model, contradictory options.
    case usage
    /// A transfer broke off or was refused; trying again may succeed, and continues where it stopped.
    case transfer
    /// Bytes arrived, but they are not those that were asked for: the hash or the size differs.
    case mismatch
    /// A file cannot be read as what it should be.
    case unreadable
    /// The disk or the cache refused: no space, no permission, an input or output error.
    case storage
    /// The user or the system asked the program to stop.
    case interrupted
}

/// An error that zoo's own modules throw.
///
/// Each layer has one error type. Its ``Swift/CustomStringConvertible/description`` is a single line for a person:
/// where, what, expected, found, and what to do about it.
public protocol ZooError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, from which the exit code follows.
    var kind: FailureKind { get }
}
