public import ZooCore

/// An archive that cannot be read as what it claims to be.
public struct ArchiveError: ZooError, Hashable {
    /// What is wrong with it.
    public enum Code: Sendable, Hashable {
        /// There is no central directory: the file is cut off, or is no archive at all.
        case noDirectory
        /// The directory, a header or a size contradicts another part of the file.
        case malformed
        /// Two entries have one name.
        case duplicateEntry
        /// Two entries, or an entry and the directory, share bytes.
        case overlap
        /// The bytes of an entry do not have the CRC-32 that the directory promises.
        case checksum
        /// Compressed data is damaged, or does not give as many bytes as the directory says.
        case badCompression
        /// Encryption, several disks, or a compression method that zoo does not read.
        case unsupported
        /// An entry is larger than the caller allows.
        case tooLarge
    }

    /// What is wrong.
    public let code: Code
    /// What was expected and what was found.
    public let message: String
    /// The entry it is about.
    public let entry: String?
    /// Where in the file, in bytes from its start.
    public let offset: Int?

    /// Creates the error.
    public init(_ code: Code, _ message: String, entry: String? = nil, offset: Int? = nil) {
        self.code = code
        self.message = message
        self.entry = entry
        self.offset = offset
    }

    /// Always ``ZooCore/FailureKind/unreadable``.
    public var kind: FailureKind { .unreadable }

    /// The entry, the offset, and the message.
    public var description: String {
        var place = entry.map { "entry '\($0)': " } ?? ""
        if let offset { place += "byte \(offset): " }
        return place + message
    }
}
