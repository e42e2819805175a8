public import SystemPackage
import ZooCore
import ZooPickle
import ZooTensor

/// Writes the stream that `torch.save(…, _use_new_zipfile_serialization=False)` writes, which every PyTorch since 0.1.2
/// reads (torch/serialization.py, `_legacy_save`).
///
/// The same value gives the same bytes. Storages go from where they are to the file without a copy in memory.
public enum PyTorchLegacyWriter {
    /// Writes `value` to `path`, which appears when it is complete. The folder must exist.
    ///
    /// - Throws: ``CheckpointError``: `unsupported` for a quantised tensor; `file` if the disk refuses; what stood at
    ///   `path` is then unchanged.
    /// - Complexity: O(bytes written).
    public static func write(_ value: SavedValue, to path: FilePath) throws(CheckpointError) {
        let file = try prepare(value, at: path)
        do {
            try file.publish()
        } catch {
            throw CheckpointError(.file, error.description, cause: error, path: path)
        }
    }

    /// The complete stream under its temporary name.
    static func prepare(_ value: SavedValue, at path: FilePath) throws(CheckpointError) -> AtomicFile {
        let plan = StoragePlan(value)
        var pickler = CheckpointPickler(plan, isLegacy: true)
        do throws(CheckpointError) {
            try pickler.append(value)
        } catch {
            throw error.at(path)
        }
        do {
            var file = try AtomicFile(at: path)
            try file.write(magic() + version() + systemFacts())
            try file.write(pickler.finish())
            try file.write(keys(count: plan.storages.count))
            for storage in plan.storages {
                let place = plan.places[ObjectIdentifier(storage)]
                let count = UInt64(place?.elementCount(byteCount: storage.byteCount) ?? 0)
                try file.write((0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * UInt64($0))) })
                try file.write(storage.bytes)
            }
            try file.flush()
            return file
        } catch {
            throw CheckpointError(.file, error.description, cause: error, path: path)
        }
    }

    private static func magic() -> [UInt8] {
        var pickle = PickleWriter()
        pickle.integer(twosComplement: [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19])
        return pickle.finish()
    }

    private static func version() -> [UInt8] {
        var pickle = PickleWriter()
        pickle.integer(1001)
        return pickle.finish()
    }

    /// What `torch.save` says of the machine; the same on every machine that zoo runs on.
    private static func systemFacts() -> [UInt8] {
        var pickle = PickleWriter()
        pickle.emptyDictionary()
        pickle.mark()
        pickle.text("protocol_version")
        pickle.integer(1001)
        pickle.text("little_endian")
        pickle.bool(true)
        pickle.text("type_sizes")
        pickle.emptyDictionary()
        pickle.mark()
        for (name, byteCount) in [("short", 2), ("int", 4), ("long", 4)] {
            pickle.text(name)
            pickle.integer(byteCount)
        }
        pickle.setItems()
        pickle.setItems()
        return pickle.finish()
    }

    private static func keys(count: Int) -> [UInt8] {
        var pickle = PickleWriter()
        pickle.emptyList()
        pickle.mark()
        for key in 0..<count { pickle.text(String(key)) }
        pickle.appends()
        return pickle.finish()
    }
}
