import Glibc
public import SystemPackage
public import ZooCore

/// A download in the making, which outlives the process that writes it.
///
/// The bytes are in `NAME.zoo.partial`, and under a name of this process alone as long as it holds the value
/// (``path``); the record of them (``PartialRecord``) is in `NAME.zoo.partial.json`. Whoever holds the value is the only
/// writer, in this process and among others: ``claim(_:in:)`` gives out no second one.
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

    static let suffix = ".zoo.partial"
    static let recordSuffix = ".json"
    static let temporarySuffix = ".tmp"

    /// The name that the file will have.
    public let fileName: String
    /// Where the bytes come from; `nil` before the first ``begin(_:)``.
    public internal(set) var source: ContentSource?

    private let directory: CacheDirectory
    private var claim: DownloadClaim
    var recordFile: RecordFile
    private var isChecked = false
    /// By offset; the first begins at 0 and may be empty, the others are not.
    var extents = [PartialExtent(offset: 0)]
    /// Whether a write failed, so that bytes and digest are apart.
    private var isTorn = false
    private static let writeSize = 1 << 18
    /// Bytes that were written since runs were last joined.
    var unjoinedByteCount = 0

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
        let taken = try DownloadClaim.take(fileName, in: directory)
        guard let claim = consume taken else { return nil }
        var partial = PartialFile(fileName, directory, claim)
        try partial.recover(isCancelled: isCancelled)
        return partial
    }

    private init(_ fileName: String, _ directory: CacheDirectory, _ claim: consuming DownloadClaim) {
        self.fileName = fileName
        self.directory = directory
        self.claim = claim
        recordFile = RecordFile(Self.recordPath(of: fileName, in: directory))
    }

    deinit {
        // Without bytes the record is of no use. The claim ends by itself after this.
        if isHeld, (try? FileStatus(of: descriptor, path: path).byteCount) == 0 {
            try? FileNames.remove(recordFile.path)
        }
    }

    /// Where the bytes are until they are published or the value goes away.
    public var path: FilePath { claim.path }

    /// Whether this process is still the writer. It is not if it gave no sign of life for two minutes and another host
    /// took the download over (``keepAlive()``); ``publish()`` then fails.
    public var isHeld: Bool { claim.isHeld }

    var descriptor: FileDescriptor { claim.descriptor }

    /// Tells other hosts that this process lives, if the last sign is ten seconds old. Call it in any wait.
    public mutating func keepAlive() { claim.keepAlive() }

    static func recordPath(of fileName: String, in directory: CacheDirectory) -> FilePath {
        directory.path(of: fileName + suffix + recordSuffix)
    }

    /// Starts over with bytes from `source`: drops those that are there, and records the source before any new one.
    ///
    /// - Throws: ``FileError``; the partial file then holds nothing.
    public mutating func begin(_ source: ContentSource) throws(FileError) {
        try truncate(to: 0)
        extents = [PartialExtent(offset: 0)]
        isTorn = false
        self.source = source
        try record()
    }

    /// How many bytes are there, of all runs. Not zero after a claim: an earlier transfer can be continued.
    public var byteCount: Int { extents.reduce(0) { $0 + $1.byteCount } }

    /// How many bytes are there without a gap, counted from the start of the file.
    public var prefixByteCount: Int { extents[0].byteCount }

    /// The runs of bytes that are there, by offset. The first begins at 0 and may be empty.
    public var ranges: [Range<Int>] { extents.map(\.range) }

    /// Appends `bytes`, which continue those of the source from ``prefixByteCount``.
    ///
    /// - Precondition: ``begin(_:)`` was called for this file, by this process or an earlier one.
    /// - Throws: ``FileError``, for example when the disk is full. What was recorded before is kept; only ``begin(_:)`` and
    ///   letting go make sense then.
    /// - Complexity: O(length of `bytes`): the hash, and a system call for every 256 KiB.
    public mutating func append(_ bytes: RawSpan) throws(FileError) {
        try write(bytes, at: prefixByteCount)
    }

    /// Writes `bytes` of the source at `offset`: they continue the run that ends there, or begin one.
    ///
    /// - Precondition: As for ``append(_:)``; no byte of that place is there yet.
    /// - Throws: As ``append(_:)``.
    /// - Complexity: O(length of `bytes` + number of runs).
    public mutating func write(_ bytes: RawSpan, at offset: Int) throws(FileError) {
        precondition(source != nil, "write before begin")
        guard bytes.byteCount > 0 else { return }
        isChecked = false
        let extent = extent(endingAt: offset)
        extent.add(bytes)
        if extents.count > 1 { try joinSome(afterWriting: bytes.byteCount) }
        if extent.byteCount - extent.recordedByteCount >= Self.recordInterval {
            try record()
        } else if extent.pending.count >= Self.writeSize {
            try flush(extent)
        }
    }

    private mutating func extent(endingAt offset: Int) -> PartialExtent {
        // An empty first run at 0 comes before one that begins at 0, which there is not.
        let next = extents.firstIndex { $0.offset > offset } ?? extents.count
        let last = extents[next - 1]
        precondition(offset >= last.end, "these bytes are there already")
        if last.end == offset { return last }
        let extent = PartialExtent(offset: offset)
        extents.insert(extent, at: next)
        return extent
    }

    /// Gives up all runs but the first.
    ///
    /// - Throws: ``FileError``; the runs are then still recorded.
    public mutating func keepOnlyPrefix() throws(FileError) {
        guard extents.count > 1 else { return }
        try joinAll()
        extents.removeLast(extents.count - 1)
        try record()
        try truncate(to: prefixByteCount)
    }

    /// Writes what is gathered.
    mutating func flush(_ extent: PartialExtent) throws(FileError) {
        guard !extent.pending.isEmpty else { return }
        do {
            try descriptor.writeAll(toAbsoluteOffset: Int64(extent.end - extent.pending.count), extent.pending)
        } catch {
            // Part of it may be written: only the last record is true now.
            isTorn = true
            throw FileError(.write, path, error as? Errno ?? .ioError)
        }
        extent.pending.removeAll(keepingCapacity: true)
    }

    /// Brings the record up to date, so that a later transfer continues from the last byte.
    ///
    /// - Throws: ``FileError``; the record is then as it was before.
    public mutating func record() throws(FileError) {
        guard let source, !isTorn else { return }
        for extent in extents { try flush(extent) }
        var record = PartialRecord(
            source: source, byteCount: prefixByteCount, sha256: extents[0].digest)
        record.others = extents.dropFirst().map {
            PartialRecord.Extent(offset: $0.offset, byteCount: $0.byteCount, sha256: $0.digest.hex)
        }
        try recordFile.write(record)
        for extent in extents { extent.recordedByteCount = extent.byteCount }
    }

    /// What of the bytes contradicts `expected`; `nil` lets the file be published. All bytes are in ``path`` then.
    ///
    /// - Throws: ``FileError`` if the last bytes cannot be written.
    public mutating func check(_ expected: ExpectedContent) throws(FileError) -> FileDefect? {
        guard !isTorn else { throw FileError(.write, path, .ioError) }
        try record()
        try joinAll()
        let defect = expected.mismatch(byteCount: byteCount, sha256: extents[0].hash.current())
        isChecked = defect == nil
        return defect
    }

    /// Flushes the bytes to the disk and gives the file its name, replacing any file that has it.
    ///
    /// - Precondition: ``check(_:)`` found nothing wrong since the last byte.
    /// - Returns: Where the file is, and its digest.
    /// - Throws: ``FileError``; the old file, if there was one, and the partial file are then as before. Asked before,
    ///   ``isHeld`` tells whether another host has taken over.
    public consuming func publish() throws(FileError) -> (path: FilePath, sha256: SHA256Digest) {
        precondition(isChecked, "publish before a check that found nothing wrong")
        let destination = directory.path(of: fileName)
        guard fsync(descriptor.rawValue) == 0 else { throw FileError(.synchronize, path, .current) }
        try FileNames.rename(path, to: destination)
        // Only now: if the process died before the rename, the record made the bytes usable.
        try FileNames.remove(recordFile.path)
        // One that claimed at the same time and stepped back may have left it.
        try FileNames.remove(directory.path(of: ClaimName(free: fileName).text))
        try directory.synchronize()
        return (destination, extents[0].hash.current())
    }

    /// Removes the bytes and the record.
    ///
    /// - Throws: ``FileError`` if something cannot be removed.
    public consuming func discard() throws(FileError) {
        try FileNames.remove(path)
        try FileNames.remove(recordFile.path)
    }

    mutating func truncate(to length: Int) throws(FileError) {
        isChecked = false
        guard ftruncate(descriptor.rawValue, length) == 0 else { throw FileError(.write, path, .current) }
    }
}
