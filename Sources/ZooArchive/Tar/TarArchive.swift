import ZooCore

/// One member of a tar archive.
public struct TarEntry: Sendable, Hashable {
    /// The name with its folders, separated by `/`; without `./` in front.
    public let name: String
    /// Where its contents lie, in bytes from the start of the archive.
    public let range: Range<Int>
    /// Whether it is a plain file; links, folders and devices have no contents.
    public let isFile: Bool
}

/// The members of a tar archive (POSIX.1-1988 ustar with the extended headers of POSIX.1-2001 and GNU's long names).
///
/// It holds no bytes of the archive. Every header's checksum is checked, and every size against the end of the file.
public struct TarArchive: Sendable {
    /// The members, in the order of the archive.
    public let entries: [TarEntry]
    /// Whether two blocks of zeros end the archive, as they should.
    public let hasEndMark: Bool

    /// The most bytes that an extended header or a long name may have.
    private static let largestHeader = 1 << 20

    /// Reads the headers of the archive that `bytes` hold.
    ///
    /// - Throws: ``ArchiveError``: `noDirectory` where the file ends inside a header or a member, `malformed` for a wrong
    ///   checksum, size or extended header, `duplicateEntry` for a name that comes twice.
    /// - Complexity: O(*n*) in the number of members.
    public init(reading bytes: RawSpan) throws(ArchiveError) {
        var entries: [TarEntry] = []
        var names: Set<String> = []
        var pending = TarOverrides()
        var offset = 0
        var isEnded = false
        var expectsMember = false
        while offset < bytes.byteCount, !isEnded {
            guard let block = Checked.range(offset: offset, count: TarHeader.byteCount, within: bytes.byteCount) else {
                throw ArchiveError(.noDirectory, "the tar archive ends inside a header", offset: offset)
            }
            guard let header = try TarHeader(reading: bytes.extracting(block), offset: offset) else {
                isEnded = true
                continue
            }
            let contents = try Self.contents(of: header, pending, at: block.upperBound, in: bytes)
            expectsMember = header.kind == .extended || header.kind == .longName
            switch header.kind {
            case .extended, .longName:
                guard contents.count <= Self.largestHeader else {
                    throw ArchiveError(.tooLarge, "an extended header of \(contents.count) bytes", offset: offset)
                }
                try pending.read(header.kind, bytes.extracting(contents), offset: offset)
            case .global, .other:
                if header.kind == .other { pending = TarOverrides() }
            case .file, .emptyKind:
                let name = pending.name ?? header.name
                pending = TarOverrides()
                let entry = TarEntry(
                    name: name.hasPrefix("./") ? String(name.dropFirst(2)) : name,
                    range: header.kind == .file ? contents : contents.lowerBound..<contents.lowerBound,
                    isFile: header.kind == .file)
                guard names.insert(entry.name).inserted else {
                    throw ArchiveError(.duplicateEntry, "two members have this name", entry: entry.name)
                }
                entries.append(entry)
            }
            let padding = (TarHeader.byteCount - contents.count % TarHeader.byteCount) % TarHeader.byteCount
            offset = contents.upperBound + padding
        }
        guard isEnded || !expectsMember else {
            throw ArchiveError(
                .noDirectory, "the tar archive ends behind an extended header, without its member", offset: offset)
        }
        self.entries = entries
        hasEndMark = isEnded
    }

    /// The plain file called `name`.
    ///
    /// - Complexity: O(*n*) in the number of members.
    public subscript(name: String) -> TarEntry? {
        entries.first { $0.name == name && $0.isFile }
    }

    /// Where the contents of a member lie; its size may stand in the extended header before it.
    private static func contents(
        of header: TarHeader, _ pending: TarOverrides, at start: Int, in bytes: RawSpan
    ) throws(ArchiveError) -> Range<Int> {
        let isPlain = header.kind == .file || header.kind == .emptyKind
        let size = isPlain ? pending.byteCount ?? header.byteCount : header.byteCount
        // Links and folders may state a size that nothing follows.
        if header.kind == .emptyKind { return start..<start }
        guard let range = Checked.range(offset: start, count: size, within: bytes.byteCount) else {
            throw ArchiveError(
                .noDirectory,
                "the tar archive ends at byte \(bytes.byteCount), inside a member of \(size) bytes that begins at \(start)",
                entry: pending.name ?? header.name)
        }
        return range
    }
}
