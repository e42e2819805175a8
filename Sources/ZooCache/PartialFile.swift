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
    /// Where the bytes come from; `nil` before the first ``begin(_:)``.
    public private(set) var source: ContentSource?

    private let directory: CacheDirectory
    private let descriptor: FileDescriptor
    private var recordFile: RecordFile
    private var isChecked = false
    /// By offset; the first begins at 0 and may be empty, the others are not.
    private var extents = [PartialExtent(offset: 0)]
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
        extents.removeLast(extents.count - 1)
        try record()
        try truncate(to: prefixByteCount)
    }

    /// Writes what is gathered.
    private mutating func flush(_ extent: PartialExtent) throws(FileError) {
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
            source: source, byteCount: prefixByteCount, sha256: extents[0].hash.current())
        record.others = extents.dropFirst().map {
            PartialRecord.Extent(offset: $0.offset, byteCount: $0.byteCount, sha256: $0.hash.current().hex)
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
        try join()
        let defect = expected.mismatch(byteCount: byteCount, sha256: extents[0].hash.current())
        isChecked = defect == nil
        return defect
    }

    /// Makes one run of those that touch the first, hashing them again from the file.
    private mutating func join() throws(FileError) {
        while extents.count > 1, extents[1].offset == extents[0].end {
            let next = extents[1]
            let count = try Self.hash(next.range, of: descriptor, into: extents[0], path: path) { false }
            guard count == next.byteCount else { throw FileError(.read, path, .ioError) }
            extents.remove(at: 1)
        }
    }

    /// Adds bytes that are in the file to the end of `extent`.
    ///
    /// - Returns: How many there were; `nil` if cancelled.
    private static func hash(
        _ range: Range<Int>, of descriptor: FileDescriptor, into extent: PartialExtent, path: FilePath,
        isCancelled: () -> Bool
    ) throws(FileError) -> Int? {
        guard lseek(descriptor.rawValue, range.lowerBound, SEEK_SET) == range.lowerBound else {
            throw FileError(.read, path, .current)
        }
        let count = try extent.hash.update(
            from: descriptor, limit: range.count, path: path, isCancelled: isCancelled)
        extent.byteCount += count ?? 0
        extent.recordedByteCount = extent.byteCount
        return count
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
        return (destination, extents[0].hash.current())
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
        guard length > 0, let record = Self.readRecord(at: recordFile.path) else { return }
        var found = [PartialExtent(offset: 0)]
        let first = PartialRecord.Extent(offset: 0, byteCount: record.byteCount, sha256: record.sha256.hex)
        for recorded in [first] + record.others where recorded.byteCount > 0 {
            let range = recorded.offset..<recorded.offset + recorded.byteCount
            let extent = PartialExtent(offset: recorded.offset)
            guard range.upperBound <= length else { continue }
            guard let count = try Self.hash(range, of: descriptor, into: extent, path: path, isCancelled: isCancelled)
            else { return }
            // A run whose bytes are others now is fetched again.
            guard count == range.count, extent.hash.current().hex == recorded.sha256 else { continue }
            if recorded.offset == 0 { found[0] = extent } else { found.append(extent) }
        }
        guard let end = found.last?.end, end > 0 else { return }
        try truncate(to: end)
        extents = found
        try join(touching: isCancelled)
        source = record.source
    }

    /// Makes one run of each two that touch, so that there are never many.
    private mutating func join(touching isCancelled: () -> Bool) throws(FileError) {
        var index = 1
        while index < extents.count {
            guard extents[index - 1].end == extents[index].offset else {
                index += 1
                continue
            }
            let range = extents[index].range
            guard
                try Self.hash(range, of: descriptor, into: extents[index - 1], path: path, isCancelled: isCancelled)
                    == range.count
            else {
                extents = [PartialExtent(offset: 0)]  // Cancelled: nothing is begun, and the record stays.
                return
            }
            extents.remove(at: index)
        }
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
    }
}
