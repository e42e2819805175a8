import ZooCore

/// The table of contents of a zip archive (PKWARE's APPNOTE.TXT, with zip64).
///
/// It holds no bytes of the archive, and making it looks only at the end of the file and the central directory, so the
/// description of a large checkpoint costs no more than that of a small one. The methods of ``ZipEntry`` read contents.
/// An archive whose parts contradict each other is refused: no two entries may share a name or bytes.
public struct ZipDirectory: Sendable {
    /// The entries, in the order of the central directory.
    public let entries: [ZipEntry]
    /// Bytes before the archive; 0 in a normal file.
    public let prefixByteCount: Int
    /// Bytes behind the archive; 0 in a normal file.
    public let trailingByteCount: Int
    private let positions: [String: Int]

    /// Reads the directory of the archive that `bytes` hold.
    ///
    /// - Throws: ``ArchiveError`` for a directory that is missing, cut off, contradictory, or lists a name or bytes
    ///   twice.
    /// - Complexity: O(*n* log *n*) in the number of entries.
    public init(reading bytes: RawSpan) throws(ArchiveError) {
        let end = try ZipEnd(reading: bytes)
        var entries: [ZipEntry] = []
        entries.reserveCapacity(end.entryCount)
        var reader = ByteReader(bytes.extracting(end.directoryRange))
        for _ in 0..<end.entryCount {
            let offset = end.directoryRange.lowerBound + reader.offset
            do {
                entries.append(try ZipEntry(reading: &reader, end: end))
            } catch let error as ArchiveError {
                throw ArchiveError(error.code, error.message, entry: error.entry, offset: offset)
            } catch {
                throw ArchiveError(.malformed, "the central directory ends inside an entry", offset: offset)
            }
        }
        guard reader.isAtEnd else {
            throw ArchiveError(
                .malformed, "\(reader.remaining) bytes of the central directory belong to no entry",
                offset: end.directoryRange.lowerBound + reader.offset)
        }
        positions = try Self.index(entries)
        self.entries = try Self.limited(entries, directory: end.directoryRange.lowerBound)
        prefixByteCount = end.prefixByteCount
        trailingByteCount = end.trailingByteCount
    }

    /// The entry called `name`.
    public subscript(name: String) -> ZipEntry? {
        positions[name].map { entries[$0] }
    }

    private static func index(_ entries: [ZipEntry]) throws(ArchiveError) -> [String: Int] {
        var positions: [String: Int] = [:]
        positions.reserveCapacity(entries.count)
        for (position, entry) in entries.enumerated() {
            guard positions.updateValue(position, forKey: entry.name) == nil else {
                throw ArchiveError(.duplicateEntry, "two entries have this name", entry: entry.name)
            }
        }
        return positions
    }

    /// Gives every entry the offset of what follows it, and refuses entries that reach into that.
    private static func limited(_ entries: [ZipEntry], directory: Int) throws(ArchiveError) -> [ZipEntry] {
        var result = entries
        var limit = directory
        for position in entries.indices.sorted(by: { entries[$0].headerOffset > entries[$1].headerOffset }) {
            let entry = entries[position]
            guard let end = Checked.add(entry.headerOffset, entry.leastByteCount), end <= limit else {
                throw ArchiveError(
                    .overlap,
                    "\(entry.compressedByteCount) bytes from \(entry.headerOffset) reach into what begins at \(limit)",
                    entry: entry.name)
            }
            result[position].limit = limit
            limit = entry.headerOffset
        }
        return result
    }
}

extension ZipEntry {
    /// Reads one header of the central directory (APPNOTE 4.3.12).
    init(reading reader: inout ByteReader, end: ZipEnd) throws {
        guard try reader.read(UInt32.self) == ZipFormat.centralHeader else {
            throw ArchiveError(.malformed, "the central directory has no entry here")
        }
        try reader.skip(4)  // the versions that made it and that it needs
        generalFlags = try reader.read(UInt16.self)
        let method = try reader.read(UInt16.self)
        try reader.skip(4)  // time and date
        checksum = try reader.read(UInt32.self)
        let compressed = try reader.read(UInt32.self)
        let uncompressed = try reader.read(UInt32.self)
        let nameLength = Int(try reader.read(UInt16.self))
        let extraLength = Int(try reader.read(UInt16.self))
        let commentLength = Int(try reader.read(UInt16.self))
        let disk = try reader.read(UInt16.self)
        try reader.skip(6)  // attributes
        let offset = try reader.read(UInt32.self)
        let nameSpan = try reader.readBytes(nameLength)
        let extra = try reader.readBytes(extraLength)
        try reader.skip(commentLength)

        nameBytes = [UInt8](copying: nameSpan)
        name = String(validatingUTF8: nameSpan) ?? String(String.UnicodeScalarView(nameBytes.map { UnicodeScalar($0) }))
        self.method =
            switch method {
            case 0: .stored
            case 8: .deflated
            default: .other(method)
            }
        isEncrypted = generalFlags & 0x2041 != 0
        guard disk == 0 || disk == ZipFormat.sentinel16 else {
            throw ArchiveError(.unsupported, "the entry is on another disk", entry: name)
        }
        var wide = try Zip64Extra(extra)
        byteCount = try wide.widen(uncompressed, entry: name)
        compressedByteCount = try wide.widen(compressed, entry: name)
        let declared = try wide.widen(offset, entry: name)
        guard let start = Checked.add(declared, end.prefixByteCount), start < end.directoryRange.lowerBound else {
            throw ArchiveError(.malformed, "the entry should begin at byte \(declared)", entry: name)
        }
        headerOffset = start
        limit = end.directoryRange.lowerBound
        if self.method == .stored, compressedByteCount != byteCount, !isEncrypted {
            throw ArchiveError(
                .malformed, "stored uncompressed, but \(compressedByteCount) and \(byteCount) bytes", entry: name)
        }
    }
}

/// The 64-bit values of a zip64 extra field, which stand for the sentinels of a header in a fixed order.
struct Zip64Extra {
    private var values: [UInt64] = []

    init(_ extra: RawSpan) throws {
        var reader = ByteReader(extra)
        // Fewer than four bytes at the end are padding.
        while reader.remaining >= 4 {
            let identifier = try reader.read(UInt16.self)
            let length = Int(try reader.read(UInt16.self))
            guard length <= reader.remaining else { return }
            var field = ByteReader(try reader.readBytes(length))
            guard identifier == ZipFormat.extra64 else { continue }
            while field.remaining >= 8 { values.append(try field.read(UInt64.self)) }
            return
        }
    }

    /// `narrow`, or the next 64-bit value if it is the sentinel.
    mutating func widen(_ narrow: UInt32, entry: String) throws(ArchiveError) -> Int {
        guard narrow == ZipFormat.sentinel32 else { return Int(narrow) }
        guard !values.isEmpty else {
            throw ArchiveError(.malformed, "a zip64 value is missing", entry: entry)
        }
        let value = values.removeFirst()
        guard let size = Int(exactly: value) else {
            throw ArchiveError(.malformed, "a size or offset of \(value) bytes", entry: entry)
        }
        return size
    }
}
