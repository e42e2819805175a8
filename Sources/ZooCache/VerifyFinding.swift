public import SystemPackage
public import ZooCore

/// What ``CacheVerifier`` found about one file.
public struct VerifyFinding: Sendable, Hashable {
    /// The outcomes, named as `zoo verify --json` names them.
    public enum Status: String, Sendable, Hashable, CaseIterable {
        /// A hash vouches for every byte.
        case ok
        /// Something is wrong with the file; ``VerifyFinding/defect`` says what.
        case broken
        /// Nothing but its structure vouches for the file, or it could not be judged at all.
        case unverified
        /// A download under way, or one that can be resumed.
        case partial
    }

    /// The file, or the symbolic link to it.
    public let path: FilePath
    /// The outcome.
    public let status: Status
    /// What is wrong, for ``Status/broken``.
    public let defect: FileDefect?
    /// The length of the file, or of its target, where it could be read.
    public internal(set) var byteCount: Int?
    /// The digest of the whole file, where it was computed.
    public let sha256: SHA256Digest?
    /// The reason for the outcome, for a person; one line.
    public let detail: String
    /// Whether the file was removed.
    public internal(set) var purged = false
    /// Why the file could not be read or removed, if that failed.
    public internal(set) var error: FileError?

    init(
        _ path: FilePath, _ status: Status, _ detail: String, defect: FileDefect? = nil, sha256: SHA256Digest? = nil,
        error: FileError? = nil
    ) {
        self.path = path
        self.status = status
        self.detail = detail
        self.defect = defect
        self.sha256 = sha256
        self.error = error
    }

    static func broken(_ path: FilePath, _ defect: FileDefect, sha256: SHA256Digest? = nil) -> VerifyFinding {
        VerifyFinding(path, .broken, defect.detail, defect: defect, sha256: sha256)
    }

    static func unreadable(_ path: FilePath, _ error: FileError) -> VerifyFinding {
        VerifyFinding(path, .unverified, error.description, error: error)
    }
}
