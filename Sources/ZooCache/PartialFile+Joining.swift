import Glibc
import SystemPackage
import ZooCore

/// Runs of bytes that touch become one, whose hash is that of the file so far.
///
/// A hash goes from the first byte on, and connections bring runs from anywhere. Whenever the first run has grown to the
/// next one, the bytes of that are read again from the file, which the system still has in memory, while others come: a
/// piece after each write. So what is left to hash at the end is no more than a few pieces of the plan.
extension PartialFile {
    /// Joining costs a system call, so it is done for this many bytes at least.
    private static let joinInterval = 1 << 18
    /// How many bytes are joined for each one that is written: enough to catch up.
    private static let joinRate = 4

    /// Goes on with the joining, in proportion to what was written.
    mutating func joinSome(afterWriting byteCount: Int) throws(FileError) {
        unjoinedByteCount += byteCount
        guard unjoinedByteCount >= Self.joinInterval else { return }
        var budget = unjoinedByteCount * Self.joinRate
        unjoinedByteCount = 0
        while budget > 0, let joined = try joinNext(limit: budget), joined > 0 { budget -= joined }
    }

    /// Makes one run of all that touch the first.
    mutating func joinAll() throws(FileError) {
        while try joinNext(limit: .max) != nil {}
    }

    /// Adds up to `limit` bytes of the second run to the hash of the first, if they touch.
    ///
    /// - Returns: How many there were; `nil` if they do not touch.
    private mutating func joinNext(limit: Int) throws(FileError) -> Int? {
        guard extents.count > 1, extents[1].offset == extents[0].end else { return nil }
        let first = extents[0]
        let next = extents[1]
        let ahead = first.ahead ?? (first.digest, 0)
        if next.byteCount - ahead.byteCount <= limit { try flush(next) }
        let count = min(limit, next.flushedByteCount - ahead.byteCount)
        let start = next.offset + ahead.byteCount
        guard lseek(descriptor.rawValue, start, SEEK_SET) == start else { throw FileError(.read, path, .current) }
        guard try first.hash.update(from: descriptor, limit: count, path: path, isCancelled: { false }) == count else {
            throw FileError(.read, path, .ioError)
        }
        first.ahead = (ahead.digest, ahead.byteCount + count)
        guard ahead.byteCount + count == next.byteCount else { return count }
        try flush(first)  // Its place follows from the end, which moves.
        first.byteCount += next.byteCount
        first.recordedByteCount += next.recordedByteCount
        first.ahead = nil
        extents.remove(at: 1)
        return count
    }
}
