import Glibc
public import SystemPackage
public import ZooCore

/// A download in the making, which outlives the process that writes it.
///
/// The bytes are in `NAME.zoo.partial`, the record of them (``PartialRecord``) in `NAME.zoo.partial.json`. Whoever holds
/// the value is the only writer, in this process and among others: ``claim(_:in:)`` gives out no second one.
///
/// ```swift
/// guard var partial = try PartialFile.claim("model.pth", in: cache) else { … }   // somebody else is at it
/// if partial.byteCount == 0 { try partial.begin(source) }                        // else continue there
/// try partial.append(bytes)
/// if let defect = try partial.check(expected) { try partial.discard() } else { try partial.publish() }
/// ```
///
/// A value that goes away unpublished leaves a partial file that can be resumed, or nothing if no byte came. What a kill at any instant costs: the
/// record is renewed whenever ``recordInterval`` bytes were added, and the system keeps written bytes when a process
/// dies, so at most that many are fetched again. Nothing is flushed to the disk on the way; after a power failure the
/// recorded digest tells whether the bytes survived, and if not the download starts over. ``publish()`` flushes before it
/// renames, so that a file with its final name is always whole.
public struct PartialFile: ~Copyable {
    /// The record is renewed after this many bytes: 512 KiB. With the 512 KiB that libcurl may hold, a kill costs 1 MiB.
    public static let recordInterval = 1 << 19

    /// The longest of the suffixes that files beside the finished one have.
    static let longestSuffix = suffix + recordSuffix + temporarySuffix
    static let suffix = ".zoo.partial"
    static let recordSuffix = ".json"
    static let temporarySuffix = ".tmp"

    /// The name that the file will have.
    public let fileName: String
    /// How many bytes are there. Not zero after a claim: an earlier transfer can be continued from there.
    public private(set) var byteCount = 0
    /// Where those bytes come from; `nil` before the first ``begin(_:)``.
    public private(set) var source: ContentSource?

    private let directory: CacheDirectory
    private let descriptor: FileDescriptor
    private var recordFile: RecordFile
    private var hash = SHA256()
    private var recordedByteCount = 0
    private var isChecked = false
    /// Bytes that are hashed and counted, but not yet written: libcurl hands over 16 KiB at a time, too few for a
    /// system call each.
    private var pending: [UInt8] = []
    /// Whether a write failed, so that bytes and digest are apart.
    private var isTorn = false
    private static let writeSize = 1 << 18

    /// Becomes the writer of the partial file of `fileName`, making it if there is none.
    ///
    /// Bytes of an earlier transfer are kept as far as they are recorded and their digest agrees; the rest is cut off.
    ///
    /// - Parameter isCancelled: Asked now and then while earlier bytes are hashed. Cancelled, the value holds no bytes
    ///   but those on the disk are untouched: let it go without beginning.
    /// - Returns: `nil` while another process, or another part of this one, is the writer.
    /// - Throws: ``FileError`` if the file cannot be made, locked or read.
    /// - Complexity: O(bytes kept): they are hashed again.
    public static func claim(
        _ fileName: String, in directory: CacheDirectory, isCancelled: () -> Bool = { false }
    ) throws(FileError) -> PartialFile? {
        guard let descriptor = try FileClaim.open(path(of: fileName, in: directory)) else { return nil }
        var partial = PartialFile(fileName, directory, descriptor)
        try partial.recover(isCancelled: isCancelled)
        return partial
    }

    private init(_ fileName: String, _ directory: CacheDirectory, _ descriptor: FileDescriptor) {
        self.fileName = fileName
        self.directory = directory
        self.descriptor = descriptor
        recordFile = RecordFile(directory.path(of: fileName + Self.suffix + Self.recordSuffix))
    }

    deinit {
        removeIfEmpty()
        try? descriptor.close()  // Which gives up the claim.
    }

    /// Where the bytes are until they are published.
    public var path: FilePath { Self.path(of: fileName, in: directory) }

    static func path(of fileName: String, in directory: CacheDirectory) -> FilePath {
        directory.path(of: fileName + suffix)
    }

    /// Starts over with bytes from `source`: drops those that are there, and records the source before any new one.
    ///
    /// - Throws: ``FileError``; the partial file then holds nothing.
    public mutating func begin(_ source: ContentSource) throws(FileError) {
        try truncate(to: 0)
        hash = SHA256()
        pending.removeAll(keepingCapacity: true)
        isTorn = false
        byteCount = 0
        self.source = source
        try record()
    }

    /// Appends `bytes`, which continue those of the source.
    ///
    /// - Precondition: ``begin(_:)`` was called for this file, by this process or an earlier one.
    /// - Throws: ``FileError``, for example when the disk is full. What was recorded before is kept; only ``begin(_:)`` and
    ///   letting go make sense then.
    /// - Complexity: O(length of `bytes`): the hash, and a system call for every 256 KiB.
    public mutating func append(_ bytes: RawSpan) throws(FileError) {
        precondition(source != nil, "append before begin")
        isChecked = false
        hash.update(bytes)
        unsafe bytes.withUnsafeBytes { bytes in unsafe pending.append(contentsOf: bytes) }
        byteCount += bytes.byteCount
        if byteCount - recordedByteCount >= Self.recordInterval {
            try record()
        } else if pending.count >= Self.writeSize {
            try flush()
        }
    }

    /// Writes what is gathered.
    private mutating func flush() throws(FileError) {
        do {
            try descriptor.writeAll(pending)
        } catch {
            // Part of it may be written: only the last record is true now.
            isTorn = true
            throw FileError(.write, path, error as? Errno ?? .ioError)
        }
        pending.removeAll(keepingCapacity: true)
    }

    /// Brings the record up to date, so that a later transfer continues from the last byte.
    ///
    /// - Throws: ``FileError``; the record is then as it was before.
    public mutating func record() throws(FileError) {
        guard let source, !isTorn else { return }
        try flush()
        try recordFile.write(PartialRecord(source: source, byteCount: byteCount, sha256: hash.current()))
        recordedByteCount = byteCount
    }

    /// What of the bytes contradicts `expected`; `nil` lets the file be published. All bytes are in ``path`` then.
    ///
    /// - Throws: ``FileError`` if the last bytes cannot be written.
    public mutating func check(_ expected: ExpectedContent) throws(FileError) -> FileDefect? {
        guard !isTorn else { throw FileError(.write, path, .ioError) }
        try record()
        let defect = expected.mismatch(byteCount: byteCount, sha256: hash.current())
        isChecked = defect == nil
        return defect
    }

    /// Flushes the bytes to the disk and gives the file its name, replacing any file that has it.
    ///
    /// - Precondition: ``check(_:)`` found nothing wrong since the last byte.
    /// - Returns: Where the file is, and its digest.
    /// - Throws: ``FileError``; the old file, if there was one, and the partial file are then as before.
    public consuming func publish() throws(FileError) -> (path: FilePath, sha256: SHA256Digest) {
        precondition(isChecked, "publish before a check that found nothing wrong")
        let destination = directory.path(of: fileName)
        guard fsync(descriptor.rawValue) == 0 else { throw FileError(.synchronize, path, .current) }
        try FileClaim.rename(path, to: destination)
        // Only now: if the process died before the rename, the record made the bytes usable.
        try FileClaim.remove(recordFile.path)
        try directory.synchronize()
        return (destination, hash.current())
    }

    /// Removes the bytes and the record.
    ///
    /// - Throws: ``FileError`` if something cannot be removed.
    public consuming func discard() throws(FileError) {
        try FileClaim.remove(path)
        try FileClaim.remove(recordFile.path)
    }

    private func removeIfEmpty() {
        // After publishing, the name is free or somebody else's.
        guard let opened = try? FileStatus(of: descriptor, path: path), opened.byteCount == 0,
            let named = try? FileStatus(ofEntry: path), named.isSameFile(as: opened)
        else { return }
        try? FileClaim.remove(path)
        try? FileClaim.remove(recordFile.path)
    }

    /// Takes over what an earlier transfer left, as far as it can be trusted.
    private mutating func recover(isCancelled: () -> Bool) throws(FileError) {
        let length = try FileStatus(of: descriptor, path: path).byteCount
        guard length > 0, let record = Self.readRecord(at: recordFile.path), record.byteCount > 0,
            record.byteCount <= length
        else { return }
        var found = SHA256()
        guard
            let count = try found.update(
                from: descriptor, limit: record.byteCount, path: path, isCancelled: isCancelled),
            count == record.byteCount, found.current() == record.sha256
        else { return }
        try truncate(to: record.byteCount)
        hash = found
        byteCount = record.byteCount
        recordedByteCount = record.byteCount
        source = record.source
    }

    /// The record at `path`, unless it is missing or makes no sense.
    static func readRecord(at path: FilePath) -> PartialRecord? {
        guard let status = try? FileStatus(ofEntry: path), status.type == .file, status.byteCount <= 1 << 16,
            let file = try? MappedFile(path)
        else { return nil }
        return PartialRecord(json: [UInt8](copying: file.bytes))
    }

    private mutating func truncate(to length: Int) throws(FileError) {
        isChecked = false
        guard ftruncate(descriptor.rawValue, length) == 0 else { throw FileError(.write, path, .current) }
        guard lseek(descriptor.rawValue, length, SEEK_SET) == length else { throw FileError(.write, path, .current) }
        recordedByteCount = min(recordedByteCount, length)
    }
}
