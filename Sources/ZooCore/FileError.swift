public import SystemPackage

/// The operating system refused something about a file.
public struct FileError: ZooError, Hashable {
    /// What was being done.
    public enum Operation: String, Sendable, Hashable {
        case open, create, read, write, map, synchronize, rename, remove, list, inspect, lock
        case setModificationTime = "set the time of"
    }

    /// What was being done.
    public let operation: Operation
    /// The file it was done to.
    public let path: FilePath
    /// The system's reason.
    public let errno: Errno

    /// Creates the error.
    public init(_ operation: Operation, _ path: FilePath, _ errno: Errno) {
        self.operation = operation
        self.path = path
        self.errno = errno
    }

    /// A file that is not there, or is no regular file, is ``FailureKind/unreadable``; whatever else the disk refuses is ``FailureKind/storage``.
    public var kind: FailureKind {
        switch errno {
        case .noSuchFileOrDirectory, .notDirectory, .isDirectory: .unreadable
        case .invalidArgument where operation == .map: .unreadable
        default: .storage
        }
    }

    /// The path, what was tried, and the reason in words.
    public var description: String {
        "\(path): cannot \(operation.rawValue): \(reason)"
    }

    private var reason: String {
        switch errno {
        case .noSuchFileOrDirectory where operation == .create: "the folder that it is to be in does not exist"
        case .noSuchFileOrDirectory: "there is no such file"
        case .isDirectory: "it is a folder, a file was expected"
        case .notDirectory: "a part of the path is not a folder"
        case .permissionDenied, .notPermitted: "permission denied; check the owner and mode of the file and its folder"
        case .noSpace: "no space left on the device; free some and run the same command again"
        case .diskQuotaExceeded: "the disk quota is used up; free some space and run the same command again"
        case .fileTooLarge:
            "the file would be larger than the limit of this process or its file system; raise it (ulimit -f), or take "
                + "another disk, and run the same command again"
        case .readOnlyFileSystem: "the file system is read-only; remount it for writing, or take another folder"
        case .fileExists: "it exists already"
        case .invalidArgument where operation == .map: "it is a pipe or a device, a file was expected"
        default: "\(errno)"
        }
    }
}
