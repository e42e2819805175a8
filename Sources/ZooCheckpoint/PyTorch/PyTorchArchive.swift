import ZooArchive
import ZooCore
import ZooPickle
import ZooTensor

/// A zip archive in which PyTorch keeps its records, in one folder (caffe2/serialize/inline_container.cc).
struct PyTorchArchive {
    let file: MappedFile
    let directory: ZipDirectory
    /// The folder of the first entry, with its `/`.
    let root: String

    /// The largest pickle that is read.
    private static let largestPickle = 1 << 30
    /// The newest archive version that PyTorch reads (caffe2/serialize/versions.h).
    private static let newestVersion = 10

    init(_ file: MappedFile, _ directory: ZipDirectory, _ root: String) {
        self.file = file
        self.directory = directory
        self.root = root
    }

    /// The record called `name`, if there is one.
    subscript(name: String) -> ZipEntry? { directory[root + name] }

    /// Refuses archives of a version that is impossible or later than those PyTorch knows.
    func checkVersion() throws(CheckpointError) {
        guard let text = try text("version") else { return }
        let digits = text.prefix { $0.isNumber }
        guard let version = Int(digits), version >= 1 else {
            throw CheckpointError(.malformed, "the version is '\(text.prefix(20))'", place: root + "version")
        }
        guard version <= Self.newestVersion else {
            throw CheckpointError(
                .unsupported, "version \(version) of the archive format; zoo reads up to \(Self.newestVersion)",
                place: root + "version",
                torchMessage:
                    "Attempted to read a PyTorch file with version \(version), but the maximum supported version "
                    + "for reading is 10")
        }
    }

    func isBigEndian() throws(CheckpointError) -> Bool {
        switch try text("byteorder") {
        case nil, "little": return false
        case "big": return true
        case .some(let other):
            throw CheckpointError(
                .malformed, "the byte order is '\(other.prefix(20))'", place: root + "byteorder",
                torchMessage: "Unknown endianness type: \(other.prefix(20))")
        }
    }

    /// A short record as text.
    func text(_ name: String) throws(CheckpointError) -> String? {
        guard let entry = self[name] else { return nil }
        do {
            return String(decoding: try entry.contents(in: file.bytes, largest: 64), as: UTF8.self)
        } catch {
            throw CheckpointError(.malformed, error.description, cause: error)
        }
    }

    /// The pickle in a record; its checksum is checked.
    func document(_ entry: ZipEntry) throws(CheckpointError) -> PickleDocument {
        do {
            if entry.method == .stored {
                // Read where it lies.
                guard entry.byteCount <= Self.largestPickle else {
                    throw CheckpointError(.tooLarge, "\(entry.byteCount) bytes", place: entry.name)
                }
                try entry.verify(in: file.bytes)
                return try PickleMachine.read(file.bytes.extracting(try entry.contentsRange(in: file.bytes)))
            }
            let bytes = try entry.contents(in: file.bytes, largest: Self.largestPickle)
            return try PickleMachine.read(bytes.rawSpan)
        } catch let error as CheckpointError {
            throw error
        } catch let error as any ZooError {
            throw CheckpointError(.malformed, error.description, place: entry.name, cause: error)
        } catch {
            throw CheckpointError(.malformed, "\(error)", place: entry.name)
        }
    }

    /// Where the bytes of a storage are that a pickle declares: the record called `name`.
    func record(
        _ storage: DeclaredStorage, in name: String, isBigEndian: Bool
    ) throws(CheckpointError) -> StorageRecord {
        guard let entry = self[name] else {
            throw CheckpointError(
                .malformed, "the record of a storage is missing", place: root + name,
                torchMessage: "PytorchStreamReader failed locating file \(name): file not found")
        }
        guard entry.byteCount == storage.byteCount else {
            throw CheckpointError(
                .malformed, "the record has \(entry.byteCount) bytes, the pickle says \(storage.byteCount)",
                place: root + name,
                torchMessage: "record size (\(entry.byteCount) bytes) does not match expected size "
                    + "(\(storage.byteCount) bytes)")
        }
        var word = 1
        if isBigEndian {
            guard case .typed(let dtype) = storage.type else {
                throw CheckpointError(
                    .unsupported, "a big-endian storage that does not say what type its elements have",
                    place: root + name)
            }
            word = dtype.wordSize
        }
        return StorageRecord(
            key: storage.key, source: .entry(entry, skip: 0), elementCount: storage.elementCount,
            byteCount: storage.byteCount, swappedWordSize: word)
    }

    private func isStorage(_ name: String) -> Bool {
        ["data/", "constants/", "tensors/"].contains { name.hasPrefix(root + $0) }
    }

    /// What the writer left beside the values; storages that are in no tensor are counted.
    func facts(used records: [String: StorageRecord]) throws(CheckpointError) -> [ProducerFact] {
        var facts: [ProducerFact] = [ProducerFact(name: "folder", value: String(root.dropLast()))]
        for name in ["version", ".format_version", ".storage_alignment", "byteorder", ".data/serialization_id"] {
            guard let text = try text(name) else { continue }
            let value = text.prefix(60).filter { !$0.isNewline }
            facts.append(ProducerFact(name: name, value: value))
        }
        for entry in directory.entries where entry.name.hasPrefix(root + "code/") && !entry.name.hasSuffix(".debug_pkl")
        {
            facts.append(ProducerFact(name: "code", value: String(entry.name.dropFirst(root.count))))
        }
        if self["bytecode.pkl"] != nil {
            facts.append(ProducerFact(name: "PyTorch Mobile", value: "bytecode.pkl, whose constants are not read"))
        }
        let used = Set(
            records.values.compactMap { record in
                if case .entry(let entry, _) = record.source { entry.name } else { nil }
            })
        let unused = directory.entries.count { isStorage($0.name) && !used.contains($0.name) }
        if unused > 0 { facts.append(ProducerFact(name: "storages that no tensor uses", value: "\(unused)")) }
        if directory.prefixByteCount > 0 {
            facts.append(ProducerFact(name: "bytes before the archive", value: "\(directory.prefixByteCount)"))
        }
        if directory.trailingByteCount > 0 {
            facts.append(ProducerFact(name: "bytes behind the end", value: "\(directory.trailingByteCount)"))
        }
        return facts
    }
}
