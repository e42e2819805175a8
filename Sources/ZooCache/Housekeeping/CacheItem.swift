public import SystemPackage
public import ZooCore

/// A file of the cache, as housekeeping sees it: what is known of it without reading it.
public struct CacheItem: Sendable, Equatable {
    /// What kind of file it is, by its name.
    public enum Kind: String, Sendable, Hashable {
        /// A finished file.
        case file
        /// A download of zoo's, which can be resumed.
        case resumable
        /// A download of PyTorch's, which cannot.
        case foreign
    }

    /// What is known about the bytes, named as `zoo verify` names it.
    public enum Status: String, Sendable, Hashable, CaseIterable {
        /// It is still as it was when a hash vouched for every byte.
        case ok
        /// It is still as it was when it was read, and no hash of it is known.
        case unverified
        /// It was not verified since it last changed.
        case unchecked
        /// A download that is not finished.
        case partial
    }

    /// Its name in the cache.
    public var name: String
    /// Where it is.
    public var path: FilePath
    /// What kind of file it is.
    public var kind: Kind = .file
    /// Its length in bytes, or that of its target.
    public var byteCount: Int
    /// Whether it is a symbolic link: removing it frees nothing.
    public var isLink = false
    /// When its bytes were last written, in seconds since 1970.
    public var modified: Double
    /// When its bytes were last read or written, in seconds since 1970.
    ///
    /// The file system tells, and most round the reading up to a day (`relatime`) or do not keep it (`noatime`). What
    /// zoo reads to verify does not count, where the system allows that.
    public var lastUsed: Double
    /// What is known about its bytes.
    public var status: Status = .unchecked
    /// The last verification, if the file is still the same.
    public var record: VerificationRecord?
    /// The registered model, such as `resnet18:IMAGENET1K_V1`; `nil` for files that the caller does not know.
    public var model: String?
    /// Whether another process of this machine has it open, or is fetching it anew.
    public var isInUse = false

    let identity: FileStatus?

    /// Creates the description of a finished file that was not verified.
    public init(name: String, path: FilePath, byteCount: Int, modified: Double, lastUsed: Double) {
        self.name = name
        self.path = path
        self.byteCount = byteCount
        self.modified = modified
        self.lastUsed = lastUsed
        identity = nil
    }

    init(name: String, path: FilePath, _ entry: FileStatus, target: FileStatus) {
        self.name = name
        self.path = path
        byteCount = target.byteCount
        isLink = entry.type == .link
        modified = target.modified
        lastUsed = max(target.accessed, target.modified)
        identity = entry
    }

    /// How many bytes removing it frees.
    public var freedByteCount: Int { isLink ? 0 : byteCount }

    /// Removes the file and what is recorded about it; a download that another process writes is left alone.
    ///
    /// - Returns: `false` if it was left alone, or is another file by now.
    /// - Throws: ``FileError`` if it cannot be removed; one that is gone already counts as removed.
    public func remove(from directory: CacheDirectory) throws(FileError) -> Bool {
        guard let now = try? FileStatus(ofEntry: path) else { return true }
        if let identity, now != identity { return false }
        guard kind == .file else { return try removeDownload(from: directory) }
        try FileNames.remove(path)
        try? directory.verificationRecords.remove(name)
        return true
    }

    /// Whoever removes a download must hold the claim to it, as the verifier does.
    private func removeDownload(from directory: CacheDirectory) throws(FileError) -> Bool {
        var verifier = CacheVerifier(directory)
        verifier.resumableGrace = -.infinity
        verifier.foreignGrace = -.infinity
        let finding = verifier.verify(files: [path]).first
        if let error = finding?.error { throw error }
        return finding?.purged ?? true
    }
}
