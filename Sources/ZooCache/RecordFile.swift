import SystemPackage
import ZooCore

/// The small file with the record of a partial file, rewritten every half megabyte of a transfer.
///
/// The first record of a process appears by rename. The following ones overwrite it in place with one write within one
/// page, which a kill cannot cut in two. (Renaming each time costs a hundred times as much: ext4 then writes the new
/// file to the disk at once.) A power failure may still mix two records; the digest in them shows it.
struct RecordFile: ~Copyable {
    let path: FilePath
    private var descriptor: FileDescriptor?
    /// Records are padded to this length, so that a shorter one leaves nothing of a longer one behind it.
    private var byteCount = 0
    /// Longer writes may be cut in two by a kill.
    private static let pageSize = 4096

    init(_ path: FilePath) {
        self.path = path
    }

    deinit {
        try? descriptor?.close()
    }

    /// Where the first record is written before it is renamed.
    private var temporary: FilePath { FilePath(path.string + PartialFile.temporarySuffix) }

    /// Makes `record` the one that later processes read.
    ///
    /// - Throws: ``FileError``; an older record, if there was one, still holds.
    mutating func write(_ record: PartialRecord) throws(FileError) {
        var json = record.json
        if let descriptor, json.count <= byteCount, byteCount <= Self.pageSize {
            json += repeatElement(UInt8(ascii: "\n"), count: byteCount - json.count)
            do {
                try descriptor.writeAll(toAbsoluteOffset: 0, json)
            } catch {
                throw FileError(.write, path, error as? Errno ?? .ioError)
            }
            return
        }
        // Room for the digits that the count may still get.
        json += repeatElement(UInt8(ascii: "\n"), count: 20 + 60 * record.others.count)
        try replace(json)
        byteCount = json.count
    }

    private mutating func replace(_ json: [UInt8]) throws(FileError) {
        try? descriptor?.close()
        descriptor = nil
        do {
            let file = try FileDescriptor.open(
                temporary, .writeOnly, options: [.create, .truncate, .closeOnExec, .noFollow],
                permissions: FilePermissions(rawValue: 0o666))
            descriptor = file
            try file.writeAll(json)
        } catch {
            try? descriptor?.close()
            descriptor = nil
            throw FileError(.write, path, error as? Errno ?? .ioError)
        }
        try FileNames.rename(temporary, to: path)
    }
}
