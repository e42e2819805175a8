import ZooArchive
import ZooCore
import ZooTensor

/// A storage whose bytes were not compared with their checksum yet.
struct UncheckedStorage: Sendable {
    let storage: Storage
    /// Compares the checksum of all bytes of the storage with the one that the archive has.
    let check: @Sendable (CRC32) throws(CheckpointError) -> Void
}

extension StorageTable {
    /// The storage called `key`, mapped, if it is a whole record whose checksum was not compared yet: whoever looks at all
    /// of its bytes anyway can hash them on the way. `nil` for every other storage; see ``storage(_:)``.
    ///
    /// - Complexity: O(1).
    func unchecked(_ key: String) throws(CheckpointError) -> UncheckedStorage? {
        guard let record = uncheckedRecord(key), case .entry(let entry, skip: 0) = record.source,
            record.swappedWordSize <= 1, entry.byteCount == record.byteCount
        else { return nil }
        do throws(ArchiveError) {
            let file = self.file
            guard let range = try entry.plainRange(in: file.bytes) else { return nil }
            return UncheckedStorage(storage: Storage(mapping: file, range: range)) {
                [self] checksum throws(CheckpointError) in
                do throws(ArchiveError) { try entry.compare(checksum) } catch { throw corrupt(record, error) }
            }
        } catch {
            throw corrupt(record, error)
        }
    }
}

extension Checkpoint {
    /// The tensor that `entry` describes, if it is a whole record whose checksum was not compared yet, otherwise `nil`.
    func uncheckedTensor(_ entry: TensorEntry) throws(CheckpointError) -> UncheckedTensor? {
        guard entry.layout.isContiguous, entry.layout.offset == 0, !entry.isConjugated, !entry.isNegated, !entry.isMeta,
            let unchecked = try storages.unchecked(entry.storage),
            unchecked.storage.byteCount == entry.layout.byteCount,
            let tensor = try? Tensor(layout: entry.layout, storage: unchecked.storage)
        else { return nil }
        return UncheckedTensor(tensor: tensor, check: unchecked.check)
    }
}
