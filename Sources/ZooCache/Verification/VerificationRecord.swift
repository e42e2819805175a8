import FoundationEssentials
public import ZooCore

/// What was found out about a file when all of it was last read, and how to tell that it is still that file.
public struct VerificationRecord: Sendable, Hashable {
    /// What vouched for the bytes.
    public enum Method: String, Sendable, Hashable, Codable, CaseIterable {
        /// The SHA-256 of the whole file was known and agreed.
        case sha256
        /// The first digits of the SHA-256 were known and agreed.
        case sha256Prefix = "sha256-prefix"
        /// No hash was known; the structure was that of a checkpoint.
        case structure
        /// Nothing was known; the bytes were only read.
        case none
    }

    /// The length of the file.
    public var byteCount: Int
    /// When its bytes were last written (`st_mtim`), in nanoseconds since 1970.
    public var modified: Int
    /// When it was last changed in any way (`st_ctim`), in nanoseconds since 1970.
    public var changed: Int
    /// Its number on the file system.
    public var inode: UInt64
    /// The digest of the whole file.
    public var sha256: SHA256Digest
    /// What vouched for it.
    public var method: Method
    /// When that was, in seconds since 1970.
    public var verifiedAt: Int
    /// Where it was fetched from, if that is known and no secret.
    public var url: String?

    /// The record of a file that has this status since before it was read.
    init(_ status: FileStatus, sha256: SHA256Digest, method: Method, url: String? = nil) {
        byteCount = status.byteCount
        modified = status.modifiedNanoseconds
        changed = status.changedNanoseconds
        inode = status.inode
        self.sha256 = sha256
        self.method = method
        verifiedAt = Int(FileStatus.now)
        self.url = url
    }

    /// Whether the file still has the length, the times and the inode that it had.
    ///
    /// Whoever writes to a file changes `st_ctim`, even if the other times are set back afterwards. A copy or a renamed
    /// file does not match either; it is then read again, which is right though not always needed.
    func describes(_ status: FileStatus) -> Bool {
        status.type == .file && status.byteCount == byteCount && status.modifiedNanoseconds == modified
            && status.changedNanoseconds == changed && status.inode == inode
    }

    /// Whether the times of a file would show a change since: a change within the clock's grain of the reading might not.
    var wasSettled: Bool {
        verifiedAt > changed / 1_000_000_000 + 2
    }

    private struct Stored: Codable {
        var version = 1
        var byteCount: Int
        var modified: Int
        var changed: Int
        var inode: UInt64
        var sha256: String
        var method: Method
        var verifiedAt: Int
        var url: String?
    }

    /// Reads the JSON; `nil` for anything but a record of this version that makes sense.
    init?(json: [UInt8]) {
        guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(json)), stored.version == 1,
            stored.byteCount >= 0, stored.verifiedAt >= 0, let sha256 = SHA256Digest(hex: stored.sha256)
        else { return nil }
        byteCount = stored.byteCount
        modified = stored.modified
        changed = stored.changed
        inode = stored.inode
        self.sha256 = sha256
        method = stored.method
        verifiedAt = stored.verifiedAt
        url = stored.url
    }

    /// The record as JSON.
    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let stored = Stored(
            byteCount: byteCount, modified: modified, changed: changed, inode: inode, sha256: sha256.hex,
            method: method, verifiedAt: verifiedAt, url: url)
        return (try? encoder.encode(stored)).map { [UInt8]($0) } ?? []  // Strings and integers always encode.
    }
}
