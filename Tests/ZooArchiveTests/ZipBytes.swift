import ZooArchive
import ZooCore

/// Builds zip archives byte by byte, right ones and wrong ones.
struct ZipBytes {
    struct Entry {
        var name: String
        var contents: [UInt8]
        var localName: String?
        var method: UInt16 = 0
        var localMethod: UInt16?
        var flags: UInt16 = 0
        var byteCount: Int?
        var compressedByteCount: Int?
        var localByteCount: Int?
        var checksum: UInt32
        var headerOffset: Int?
        var extra: [UInt8] = []

        init(_ name: String, _ contents: [UInt8]) {
            self.name = name
            self.contents = contents
            checksum = CRC32.checksum(of: contents.rawSpan)
        }
    }

    var entries: [Entry] = [Entry("a/x", [1, 2, 3]), Entry("a/y", Array("hello".utf8))]
    var entryCount: UInt16?
    var directoryByteCount: UInt32?
    var directoryOffset: UInt32?
    var disk: UInt16 = 0
    var comment: [UInt8] = []
    var prefix: [UInt8] = []
    var suffix: [UInt8] = []
    /// Cut from the end.
    var missing = 0

    init() {}

    var bytes: [UInt8] {
        var result = prefix
        var directory: [UInt8] = []
        for entry in entries {
            let offset = entry.headerOffset ?? result.count - prefix.count
            let compressed = entry.compressedByteCount ?? entry.contents.count
            let size = entry.byteCount ?? entry.contents.count
            let localName = entry.localName ?? entry.name
            result += le(0x0403_4b50 as UInt32) + le(20 as UInt16) + le(entry.flags)
            result += le(entry.localMethod ?? entry.method) + le(0 as UInt32) + le(entry.checksum)
            result += le(UInt32(entry.localByteCount ?? compressed)) + le(UInt32(size))
            result += le(UInt16(localName.utf8.count)) + le(0 as UInt16) + Array(localName.utf8) + entry.contents
            directory += le(0x0201_4b50 as UInt32) + le(20 as UInt16) + le(20 as UInt16) + le(entry.flags)
            directory +=
                le(entry.method) + le(0 as UInt32) + le(entry.checksum) + le(UInt32(compressed)) + le(UInt32(size))
            directory += le(UInt16(entry.name.utf8.count)) + le(UInt16(entry.extra.count)) + le(0 as UInt16)
            directory += le(0 as UInt16) + le(0 as UInt16) + le(0 as UInt32) + le(UInt32(offset))
            directory += Array(entry.name.utf8) + entry.extra
        }
        let start = UInt32(result.count - prefix.count)
        result += directory
        let count = entryCount ?? UInt16(entries.count)
        result += le(0x0605_4b50 as UInt32) + le(disk) + le(disk) + le(count) + le(count)
        result += le(directoryByteCount ?? UInt32(directory.count)) + le(directoryOffset ?? start)
        result += le(UInt16(comment.count)) + comment + suffix
        return Array(result.dropLast(missing))
    }

    func le<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
        stride(from: 0, to: Number.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: value >> Number($0)) }
    }
}
