import ZooCore

/// The end of a zip file: where the central directory is and how many entries it has.
///
/// Both the 32-bit record and the zip64 record are read, and must agree where both hold a value.
struct ZipEnd {
    let entryCount: Int
    let directoryRange: Range<Int>
    /// Bytes before the archive, by which all its offsets are off.
    let prefixByteCount: Int
    /// Bytes behind the archive.
    let trailingByteCount: Int

    init(reading bytes: RawSpan) throws(ArchiveError) {
        guard let position = Self.locate(in: bytes) else {
            throw ArchiveError(
                .noDirectory, "the central directory is missing: the archive is cut off, or this is not a zip file")
        }
        var record: Record
        var end = position
        do {
            record = try Record(bytes, at: position)
            if let wide = try Record.zip64(bytes, before: position) {
                try record.merge(wide.record, at: wide.position)
                end = wide.position
            }
        } catch let error as ArchiveError {
            throw error
        } catch {
            throw ArchiveError(.noDirectory, "the end of the central directory is cut off", offset: position)
        }
        guard record.disks == 0 else { throw ArchiveError(.unsupported, "the archive spans several disks") }
        guard record.byteCount <= UInt64(end), let size = Int(exactly: record.byteCount) else {
            throw ArchiveError(
                .malformed, "the central directory should have \(record.byteCount) bytes, \(end) are before its end",
                offset: position)
        }
        let start = end - size
        guard record.offset <= UInt64(start), let declared = Int(exactly: record.offset) else {
            throw ArchiveError(
                .malformed, "the central directory should begin at byte \(record.offset), but it begins at \(start)",
                offset: position)
        }
        guard record.count <= UInt64(size / ZipFormat.centralHeaderByteCount), let count = Int(exactly: record.count)
        else {
            throw ArchiveError(
                .malformed, "\(record.count) entries do not fit a central directory of \(size) bytes",
                offset: position)
        }
        entryCount = count
        directoryRange = start..<end
        prefixByteCount = start - declared
        trailingByteCount = bytes.byteCount - position - ZipFormat.endOfDirectoryByteCount - record.commentByteCount
    }

    /// The last end record: one whose comment ends with the file, or else one with junk behind it.
    private static func locate(in bytes: RawSpan) -> Int? {
        let last = bytes.byteCount - ZipFormat.endOfDirectoryByteCount
        guard last >= 0 else { return nil }
        var withJunk: Int?
        var position = last
        let first = max(0, last - ZipFormat.largestCommentByteCount)
        while position >= first {
            if bytes[byte: position] == 0x50, bytes[byte: position + 1] == 0x4b,
                bytes[byte: position + 2] == 0x05, bytes[byte: position + 3] == 0x06
            {
                let comment = Int(bytes[byte: position + 20]) | Int(bytes[byte: position + 21]) << 8
                if comment == last - position { return position }
                if comment < last - position, withJunk == nil { withJunk = position }
            }
            position -= 1
        }
        return withJunk
    }

    /// The fields that both records have.
    private struct Record {
        var disks: UInt32
        var count: UInt64
        var byteCount: UInt64
        var offset: UInt64
        var commentByteCount = 0

        init(_ bytes: RawSpan, at position: Int) throws {
            var reader = ByteReader(bytes)
            try reader.skip(position + 4)
            let disk = try reader.read(UInt16.self)
            let directoryDisk = try reader.read(UInt16.self)
            // The sentinel says that zip64 knows.
            disks =
                (disk == ZipFormat.sentinel16 ? 0 : UInt32(disk))
                | (directoryDisk == ZipFormat.sentinel16 ? 0 : UInt32(directoryDisk))
            let here = try reader.read(UInt16.self)
            let all = try reader.read(UInt16.self)
            if here != all { disks = 1 }
            count = UInt64(all)
            byteCount = UInt64(try reader.read(UInt32.self))
            offset = UInt64(try reader.read(UInt32.self))
            commentByteCount = Int(try reader.read(UInt16.self))
        }

        private init(zip64 bytes: RawSpan, at position: Int) throws {
            var reader = ByteReader(bytes)
            try reader.skip(position + 16)
            disks = try reader.read(UInt32.self) | reader.read(UInt32.self)
            let here = try reader.read(UInt64.self)
            count = try reader.read(UInt64.self)
            if here != count { disks = 1 }
            byteCount = try reader.read(UInt64.self)
            offset = try reader.read(UInt64.self)
        }

        /// The zip64 record, if a locator stands right before the 32-bit one.
        static func zip64(_ bytes: RawSpan, before end: Int) throws -> (record: Record, position: Int)? {
            let locator = end - ZipFormat.locator64ByteCount
            guard locator >= 0 else { return nil }
            var reader = ByteReader(bytes)
            try reader.skip(locator)
            guard try reader.read(UInt32.self) == ZipFormat.locator64 else { return nil }
            try reader.skip(4)
            let declared = try reader.read(UInt64.self)
            // With junk before the archive the declared place is wrong; the record then stands right before its locator.
            for candidate in [Int(exactly: declared), locator - ZipFormat.endOfDirectory64ByteCount] {
                guard let position = candidate, position >= 0,
                    position <= locator - ZipFormat.endOfDirectory64ByteCount
                else { continue }
                var reader = ByteReader(bytes)
                try reader.skip(position)
                if try reader.read(UInt32.self) == ZipFormat.endOfDirectory64 {
                    return (try Record(zip64: bytes, at: position), position)
                }
            }
            throw ArchiveError(
                .malformed, "the zip64 end record is not where its locator says (byte \(declared))", offset: locator)
        }

        /// Takes the wide values, which must equal those of the narrow record that are not sentinels.
        mutating func merge(_ wide: Record, at position: Int) throws(ArchiveError) {
            let agrees =
                (count == UInt64(ZipFormat.sentinel16) || count == wide.count)
                && (byteCount == UInt64(ZipFormat.sentinel32) || byteCount == wide.byteCount)
                && (offset == UInt64(ZipFormat.sentinel32) || offset == wide.offset)
            guard agrees else {
                throw ArchiveError(.malformed, "the two end records contradict each other", offset: position)
            }
            let comment = commentByteCount
            let disks = self.disks | wide.disks
            self = wide
            self.disks = disks
            commentByteCount = comment
        }
    }
}
