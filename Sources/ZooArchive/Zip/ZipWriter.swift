public import SystemPackage
public import ZooCore

/// Writes a zip archive, entry by entry, to a file that appears when it is complete.
///
/// Entries are stored uncompressed, so that readers can map them. The same entries in the same order give the same
/// bytes: dates are constant. Zip64 fields appear only where a number needs them.
///
/// ```swift
/// var archive = try ZipWriter(at: "model.pth")
/// try archive.append("model/data.pkl", pickle.rawSpan, alignment: 64)
/// try archive.publish()
/// ```
public struct ZipWriter: ~Copyable {
    private var file: AtomicFile
    private var directory: [UInt8] = []
    private var entryCount = 0
    /// Sizes and offsets from here on need zip64; lower only in tests.
    private let wideFrom: UInt64

    /// Begins an archive that will replace `destination`, in the same folder. The folder must exist.
    ///
    /// - Throws: ``ZooCore/FileError`` if the file cannot be made.
    public init(at destination: FilePath) throws(FileError) {
        try self.init(at: destination, wideFrom: UInt64(ZipFormat.sentinel32))
    }

    init(at destination: FilePath, wideFrom: UInt64) throws(FileError) {
        file = try AtomicFile(at: destination)
        self.wideFrom = wideFrom
    }

    /// Appends an entry with the contents `bytes`, which are hashed and written but not copied.
    ///
    /// - Parameters:
    ///   - name: the name with its folders, at most 65,535 bytes; the caller keeps names apart.
    ///   - head: what comes before `bytes` in the contents, such as the header of an array.
    ///   - bytes: the contents.
    ///   - alignment: the offset of the contents in the file will be a multiple of it. The gap is an extra field `FB`
    ///     of the local header, filled with `Z`, as PyTorch writes it (caffe2/serialize/inline_container.cc).
    /// - Returns: the CRC-32 of the contents.
    /// - Throws: ``ZooCore/FileError``, for example when the disk is full.
    /// - Complexity: O(length of `bytes`).
    @discardableResult
    public mutating func append(
        _ name: String, head: [UInt8] = [], _ bytes: RawSpan, alignment: Int = 1
    ) throws(FileError) -> UInt32 {
        precondition(name.utf8.count <= Int(UInt16.max), "an entry name of \(name.utf8.count) bytes")
        var crc = CRC32()
        crc.update(head.rawSpan)
        crc.update(bytes)
        let checksum = crc.value
        let offset = UInt64(file.byteCount)
        let size = UInt64(head.count + bytes.byteCount)
        var wide: [UInt64] = []
        if size >= wideFrom { wide = [size, size] }

        var extra = Self.extra64(wide)
        extra += Self.padding(
            after: file.byteCount + ZipFormat.localHeaderByteCount + name.utf8.count + extra.count, to: alignment)
        var header: [UInt8] = []
        header.append(ZipFormat.localHeader)
        header += common(name, size: size, checksum: checksum, extraByteCount: extra.count)
        header += name.utf8
        header += extra
        try file.write(header)
        try file.write(head)
        try file.write(bytes)

        if offset >= wideFrom { wide.append(offset) }
        let centralExtra = Self.extra64(wide)
        directory.append(ZipFormat.centralHeader)
        directory.append(UInt16(45))  // made by version 4.5, MS-DOS
        directory += common(name, size: size, checksum: checksum, extraByteCount: centralExtra.count)
        directory += [UInt8](repeating: 0, count: 10)  // comment, disk, attributes
        directory.append(narrow(offset))
        directory += name.utf8
        directory += centralExtra
        entryCount += 1
        return checksum
    }

    /// Appends an entry with the contents `bytes`.
    ///
    /// - Throws: ``ZooCore/FileError``, for example when the disk is full.
    public mutating func append(_ name: String, _ bytes: [UInt8], alignment: Int = 1) throws(FileError) {
        try append(name, bytes.rawSpan, alignment: alignment)
    }

    /// Writes the central directory and gives the file its name.
    ///
    /// - Throws: ``ZooCore/FileError``; the destination is then as it was before.
    public consuming func publish() throws(FileError) {
        try finish().publish()
    }

    /// Writes the central directory.
    ///
    /// - Returns: the complete archive, which still has its temporary name.
    /// - Throws: ``ZooCore/FileError``; the destination is then as it was before.
    public consuming func finish() throws(FileError) -> AtomicFile {
        let start = UInt64(file.byteCount)
        try file.write(directory)
        let size = UInt64(directory.count)
        if entryCount >= Int(ZipFormat.sentinel16) || start >= wideFrom || size >= wideFrom {
            try file.write(end64(start: start, size: size))
        }
        let count = UInt16(clamping: entryCount)
        var end: [UInt8] = []
        end.append(ZipFormat.endOfDirectory)
        end.append(UInt32(0))  // disks
        end.append(count)
        end.append(count)
        end.append(narrow(size))
        end.append(narrow(start))
        end.append(UInt16(0))  // comment
        try file.write(end)
        try file.flush()
        return file
    }

    /// The fields that local and central headers share, from "version needed" to "extra field length".
    private func common(_ name: String, size: UInt64, checksum: UInt32, extraByteCount: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(UInt16(45))  // needs version 4.5, for zip64
        bytes.append(UInt16(0x0800))  // names are UTF-8
        bytes.append(UInt16(0))  // stored
        bytes.append(UInt16(0))  // 00:00:00
        bytes.append(UInt16(0x0021))  // 1 January 1980
        bytes.append(checksum)
        bytes.append(narrow(size))
        bytes.append(narrow(size))
        bytes.append(UInt16(name.utf8.count))
        bytes.append(UInt16(extraByteCount))
        return bytes
    }

    private func end64(start: UInt64, size: UInt64) -> [UInt8] {
        let position = UInt64(file.byteCount)
        var bytes: [UInt8] = []
        bytes.append(ZipFormat.endOfDirectory64)
        bytes.append(UInt64(ZipFormat.endOfDirectory64ByteCount - 12))
        bytes.append(UInt16(45))
        bytes.append(UInt16(45))
        bytes.append(UInt64(0))  // disks
        bytes.append(UInt64(entryCount))
        bytes.append(UInt64(entryCount))
        bytes.append(size)
        bytes.append(start)
        bytes.append(ZipFormat.locator64)
        bytes.append(UInt32(0))
        bytes.append(position)
        bytes.append(UInt32(1))
        return bytes
    }

    private func narrow(_ value: UInt64) -> UInt32 {
        value >= wideFrom ? ZipFormat.sentinel32 : UInt32(value)
    }

    private static func extra64(_ values: [UInt64]) -> [UInt8] {
        guard !values.isEmpty else { return [] }
        var bytes: [UInt8] = []
        bytes.append(ZipFormat.extra64)
        bytes.append(UInt16(8 * values.count))
        for value in values { bytes.append(value) }
        return bytes
    }

    private static func padding(after position: Int, to alignment: Int) -> [UInt8] {
        guard alignment > 1 else { return [] }
        let gap = (alignment - (position + 4) % alignment) % alignment
        var bytes: [UInt8] = []
        bytes.append(ZipFormat.extraPadding)
        bytes.append(UInt16(gap))
        return bytes + [UInt8](repeating: UInt8(ascii: "Z"), count: gap)
    }
}

extension [UInt8] {
    /// Appends `value`, little-endian.
    fileprivate mutating func append<Number: FixedWidthInteger>(_ value: Number) {
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: value >> Number(shift)))
        }
    }
}
