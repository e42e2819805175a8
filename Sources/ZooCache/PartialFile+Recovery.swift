import Glibc
import SystemPackage
import ZooCore

/// What an earlier transfer left.
extension PartialFile {
    /// Takes over what an earlier transfer left, as far as it can be trusted.
    mutating func recover(isCancelled: () -> Bool) throws(FileError) {
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
}
