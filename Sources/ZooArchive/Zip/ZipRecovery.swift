import ZooCore

/// What can be found of a zip archive when nothing in it is trusted.
///
/// ``ZipDirectory`` refuses an archive whose parts contradict each other. Readers differ in what they accept, though, and
/// whoever hides something counts on that; so this finds every local header there is, whatever the directory says of
/// it, and the sizes, flags and checksums in it are hints only. Choose it for looking for what should not be there,
/// never for reading values.
public struct ZipRecovery: Sendable {
    /// Something that a reader could take for a member.
    public struct Member: Sendable, Hashable {
        /// Its name; not unique.
        public let name: String
        /// Where the local header begins, in bytes from the start of what was read.
        public let headerOffset: Int
        /// Where its contents begin.
        public let contentsOffset: Int
        /// The size that the local header gives the contents in the archive; 0 if it leaves it to others.
        public let declaredByteCount: Int
        /// Whether the flags say that a password is needed, which does not have to be true.
        public let isMarkedEncrypted: Bool
        /// The compression method, 0 for stored and 8 for deflate.
        public let method: UInt16
        /// Where the next local header or the end of the file comes; stored contents reach no further.
        public internal(set) var limit: Int
    }

    /// The members, in the order in which they lie in the file.
    public let members: [Member]
    /// Whether there were more than `largest`.
    public let isCut: Bool

    /// Finds local headers anywhere in `bytes`.
    ///
    /// - Parameters:
    ///   - bytes: the archive.
    ///   - largest: how many members to keep.
    /// - Complexity: O(length of `bytes`).
    public init(reading bytes: RawSpan, largest: Int = 1 << 16) {
        var members: [Member] = []
        var isCut = false
        var position = 0
        while let found = Self.header(in: bytes, from: position) {
            position = found + 4
            guard let member = Self.member(at: found, in: bytes) else { continue }
            if members.count == largest {
                isCut = true
                break
            }
            if let last = members.indices.last { members[last].limit = max(found, members[last].contentsOffset) }
            members.append(member)
        }
        self.members = members
        self.isCut = isCut
    }

    /// The contents of a deflated member as far as they can be decompressed, at most `largest` bytes.
    ///
    /// - Complexity: O(length of the result).
    public static func inflated(_ bytes: RawSpan, largest: Int) -> [UInt8] {
        Inflater.front(of: bytes, largest: largest)
    }

    private static func header(in bytes: RawSpan, from start: Int) -> Int? {
        var place = start
        let last = bytes.byteCount - ZipFormat.localHeaderByteCount
        while place <= last {
            if bytes[byte: place] == 0x50, bytes[byte: place + 1] == 0x4b, bytes[byte: place + 2] == 3,
                bytes[byte: place + 3] == 4
            {
                return place
            }
            place += 1
        }
        return nil
    }

    private static func member(at offset: Int, in bytes: RawSpan) -> Member? {
        var reader = ByteReader(bytes.extracting(offset..<bytes.byteCount))
        do {
            try reader.skip(6)
            let flags = try reader.read(UInt16.self)
            let method = try reader.read(UInt16.self)
            try reader.skip(8)
            let compressed = try reader.read(UInt32.self)
            try reader.skip(4)
            let nameLength = Int(try reader.read(UInt16.self))
            let extraLength = Int(try reader.read(UInt16.self))
            let name = String(decoding: try reader.readArray(nameLength), as: UTF8.self)
            try reader.skip(extraLength)
            return Member(
                name: name, headerOffset: offset, contentsOffset: offset + reader.offset,
                declaredByteCount: compressed == ZipFormat.sentinel32 ? 0 : Int(compressed),
                isMarkedEncrypted: flags & 0x2041 != 0, method: method, limit: bytes.byteCount)
        } catch {
            return nil
        }
    }
}
