import Synchronization
import SystemPackage
import ZooArchive
import ZooCore
import ZooTensor

/// Where the bytes of a storage are.
struct StorageRecord: Sendable {
    enum Source: Sendable {
        /// An entry of a zip archive, without the first `skip` bytes of its contents.
        case entry(ZipEntry, skip: Int)
        /// A part of the file; its bounds are checked.
        case range(Range<Int>)
        /// Bytes that stand in a pickle.
        case bytes([UInt8])
        /// A count of elements (int64) at an offset of the file, and the elements behind it. Both are little-endian on
        /// every machine that PyTorch runs on (torch/csrc/serialization.cpp, `THPStorage_writeFileRaw`).
        case counted(offset: Int)
    }

    /// What PyTorch calls it.
    let key: String
    let source: Source
    let elementCount: Int
    let byteCount: Int
    /// The size of the units whose bytes must be reversed; 1 if they are in the machine's order already.
    let swappedWordSize: Int
}

/// The storages of one checkpoint, made when they are first asked for and then shared.
final class StorageTable: Sendable {
    let file: MappedFile
    private let records: [String: StorageRecord]
    /// Other files that hold storages, whose keys begin with the file's name and `/` here.
    private let parts: [String: StorageTable]
    private let made = Mutex<[String: Storage]>([:])

    init(file: MappedFile, records: [String: StorageRecord], parts: [String: StorageTable] = [:]) {
        self.file = file
        self.parts = parts
        self.records = records
    }

    var path: FilePath { file.path }

    /// The storage called `key`: mapped where its bytes are stored plainly, otherwise a copy.
    ///
    /// Its checksum or count is checked the first time.
    func storage(_ key: String) throws(CheckpointError) -> Storage {
        if let (part, rest) = part(of: key) { return try part.storage(rest) }
        if let known = made.withLock({ $0[key] }) { return known }
        guard let record = records[key] else {
            throw CheckpointError(.malformed, "there is no such storage", place: "storage '\(key)'", path: file.path)
        }
        // Hashed outside the lock: another thread may do the same work, and the first result then counts.
        let fresh = try make(record)
        return made.withLock { table in
            if let earlier = table[key] { return earlier }
            table[key] = fresh
            return fresh
        }
    }

    /// The table of another file that holds a storage, and what the storage is called there.
    func part(of key: String) -> (StorageTable, String)? {
        guard !parts.isEmpty, let slash = key.firstIndex(of: "/"), let part = parts[String(key[..<slash])]
        else { return nil }
        return (part, String(key[key.index(after: slash)...]))
    }

    /// The record of a storage that nobody asked for yet.
    func uncheckedRecord(_ key: String) -> StorageRecord? {
        made.withLock { $0[key] == nil } ? records[key] : nil
    }

    /// Checks every storage without keeping any.
    func verify() throws(CheckpointError) {
        let file = self.file
        for part in parts.values { try part.verify() }
        for record in records.values.sorted(by: { $0.key < $1.key }) {
            switch record.source {
            case .entry(let entry, _):
                do { try entry.verify(in: file.bytes) } catch { throw corrupt(record, error) }
            case .counted: _ = try countedRange(record)
            case .range, .bytes: break
            }
        }
    }

    private func make(_ record: StorageRecord) throws(CheckpointError) -> Storage {
        let file = self.file
        switch record.source {
        case .counted:
            return swapped(Storage(mapping: file, range: try countedRange(record)), record)
        case .range(let range): return swapped(Storage(mapping: file, range: range), record)
        case .bytes(let bytes): return swapped(Storage(copying: bytes.rawSpan), record)
        case .entry(let entry, let skip):
            do {
                return swapped(try storage(of: entry, skip: skip, record), record)
            } catch {
                throw corrupt(record, error)
            }
        }
    }

    private func storage(
        of entry: ZipEntry, skip: Int, _ record: StorageRecord
    ) throws(ArchiveError) -> Storage {
        let file = self.file
        if entry.method == .stored {
            try entry.verify(in: file.bytes)
            let range = try entry.contentsRange(in: file.bytes)
            return Storage(mapping: file, range: range.lowerBound + min(skip, range.count)..<range.upperBound)
        }
        let contents = try entry.contents(in: file.bytes, largest: skip + record.byteCount)
        return Storage(copying: contents.rawSpan.extracting(min(skip, contents.count)..<contents.count))
    }

    /// The elements behind a count, which must be the one that the pickle declares.
    private func countedRange(_ record: StorageRecord) throws(CheckpointError) -> Range<Int> {
        guard case .counted(let offset) = record.source else { return 0..<0 }
        let file = self.file
        var reader = ByteReader(file.bytes)
        do {
            try reader.skip(offset)
            let count = try reader.read(Int64.self)
            guard count == Int64(record.elementCount) else {
                throw CheckpointError(
                    .malformed, "\(count) elements at byte \(offset), the pickle says \(record.elementCount)",
                    place: "storage '\(record.key)'",
                    torchMessage: "storage has wrong byte size", path: file.path)
            }
            let start = reader.offset
            try reader.skip(record.byteCount)
            return start..<start + record.byteCount
        } catch let error as CheckpointError {
            throw error
        } catch {
            throw CheckpointError(
                .truncated, "it should have \(record.byteCount) bytes from byte \(offset + 8)",
                place: "storage '\(record.key)'", path: file.path)
        }
    }

    func corrupt(_ record: StorageRecord, _ error: ArchiveError) -> CheckpointError {
        CheckpointError(
            error.code == .unsupported ? .unsupported : .malformed, error.message,
            place: "storage '\(record.key)' (\(error.entry ?? "?"))", cause: error, path: file.path)
    }

    private func swapped(_ storage: Storage, _ record: StorageRecord) -> Storage {
        let word = record.swappedWordSize
        guard word > 1 else { return storage }
        return Storage(byteCount: storage.byteCount) { target in
            let source = storage.bytes
            for start in stride(from: 0, to: source.byteCount - word + 1, by: word) {
                for place in 0..<word {
                    target.storeBytes(
                        of: source[byte: start + word - 1 - place], toByteOffset: start + place, as: UInt8.self)
                }
            }
        }
    }
}
