import ZooArchive
import ZooCore
import ZooPickle
import ZooTensor

/// Reads the zip archives that `torch.save` writes since PyTorch 1.6 (caffe2/serialize/inline_container.cc).
enum PyTorchZipReader {
    /// The largest `data.pkl` that is read.
    private static let largestPickle = 1 << 30
    /// The newest archive version that PyTorch reads (caffe2/serialize/versions.h).
    private static let newestVersion = 10

    static func open(_ file: MappedFile) throws(CheckpointError) -> Checkpoint {
        let directory = try directory(of: file)
        let root = try rootFolder(directory)
        // Before PyTorch 1.4 a program had a model.json and no data.pkl.
        if directory[root + "constants.pkl"] != nil || directory[root + "model.json"] != nil {
            throw CheckpointError(
                .unsupported, "a TorchScript program is not read yet; save its state_dict() with PyTorch",
                torchMessage: "Cannot use ``weights_only=True`` with TorchScript archives passed to ``torch.load``.")
        }
        guard let pickle = directory[root + "data.pkl"] else { throw noPickle(directory, root) }
        try checkVersion(directory, root, file)
        let isBigEndian = try isBigEndian(directory, root, file)
        let document = try document(pickle, file)
        var interpreter = PickleInterpreter(document)
        let value = try interpreter.root()
        var records: [String: StorageRecord] = [:]
        for storage in interpreter.storages.values {
            records[storage.key] = try record(storage, directory, root, isBigEndian)
        }
        return Checkpoint(
            path: file.path, format: .torchZip, root: value, tensors: interpreter.tensors,
            hiddenTensorCount: interpreter.hiddenTensorCount,
            globals: document.globals.map { "\($0.module).\($0.name)" },
            pickleProtocol: document.protocolVersion, isBigEndian: isBigEndian,
            storages: StorageTable(file: file, records: records))
    }

    static func directory(of file: MappedFile) throws(CheckpointError) -> ZipDirectory {
        do {
            return try ZipDirectory(reading: file.bytes)
        } catch {
            let isCut = error.code == .noDirectory
            throw CheckpointError(
                isCut ? .truncated : .malformed,
                isCut ? "the zip archive is cut off: its central directory is missing; fetch it again" : "\(error)",
                torchMessage: "PytorchStreamReader failed reading zip archive: "
                    + (isCut ? "failed finding central directory" : "invalid header or archive is corrupted"),
                cause: error)
        }
    }

    /// The folder of the first entry, in which PyTorch looks for everything.
    private static func rootFolder(_ directory: ZipDirectory) throws(CheckpointError) -> String {
        guard let first = directory.entries.first else {
            throw CheckpointError(.notACheckpoint, "a zip archive without entries")
        }
        guard let slash = first.name.firstIndex(of: "/") else {
            if directory.entries.allSatisfy({ $0.name.hasSuffix(".npy") }) {
                throw CheckpointError(.unsupported, "an archive of numpy arrays (.npz) is not read yet")
            }
            if directory.entries.count == 1 {
                // torch.hub unpacks such an archive before it loads what is in it (`_is_legacy_zip_format`).
                throw CheckpointError(.unsupported, "a zip archive of the one file '\(first.name)'; unpack it first")
            }
            throw CheckpointError(
                .notACheckpoint, "a zip archive, but not PyTorch's: its entries are in no folder",
                torchMessage: "file in archive is not in a subdirectory: \(first.name)")
        }
        return String(first.name[...slash])
    }

    private static func noPickle(_ directory: ZipDirectory, _ root: String) -> CheckpointError {
        if directory.entries.contains(where: { $0.name.hasSuffix(".npy") }) {
            return CheckpointError(.unsupported, "an archive of numpy arrays (.npz) is not read yet")
        }
        return CheckpointError(
            .notACheckpoint, "a zip archive, but not PyTorch's: there is no '\(root)data.pkl' in it",
            torchMessage: "PytorchStreamReader failed locating file data.pkl: file not found")
    }

    private static func checkVersion(
        _ directory: ZipDirectory, _ root: String, _ file: MappedFile
    ) throws(CheckpointError) {
        guard let text = try text(root + "version", directory, file) else { return }
        let digits = text.prefix { $0.isNumber }
        guard let version = Int(digits), version >= 1 else {
            throw CheckpointError(.malformed, "the version is '\(text.prefix(20))'", place: root + "version")
        }
        guard version <= newestVersion else {
            throw CheckpointError(
                .unsupported, "version \(version) of the archive format; zoo reads up to \(newestVersion)",
                place: root + "version")
        }
    }

    private static func isBigEndian(
        _ directory: ZipDirectory, _ root: String, _ file: MappedFile
    ) throws(CheckpointError) -> Bool {
        switch try text(root + "byteorder", directory, file) {
        case nil, "little": return false
        case "big": return true
        case .some(let other):
            throw CheckpointError(
                .malformed, "the byte order is '\(other.prefix(20))'", place: root + "byteorder",
                torchMessage: "Unknown endianness type: \(other.prefix(20))")
        }
    }

    /// A short record as text.
    private static func text(
        _ name: String, _ directory: ZipDirectory, _ file: MappedFile
    ) throws(CheckpointError) -> String? {
        guard let entry = directory[name] else { return nil }
        do {
            return String(decoding: try entry.contents(in: file.bytes, largest: 64), as: UTF8.self)
        } catch {
            throw CheckpointError(.malformed, error.description, cause: error)
        }
    }

    private static func document(_ entry: ZipEntry, _ file: MappedFile) throws(CheckpointError) -> PickleDocument {
        do {
            if entry.method == .stored {
                // Read where it lies; its checksum is checked like any other.
                guard entry.byteCount <= largestPickle else {
                    throw CheckpointError(.tooLarge, "\(entry.byteCount) bytes", place: entry.name)
                }
                try entry.verify(in: file.bytes)
                return try PickleMachine.read(file.bytes.extracting(try entry.contentsRange(in: file.bytes)))
            }
            let bytes = try entry.contents(in: file.bytes, largest: largestPickle)
            return try PickleMachine.read(bytes.rawSpan)
        } catch let error as CheckpointError {
            throw error
        } catch let error as any ZooError {
            throw CheckpointError(.malformed, error.description, place: entry.name, cause: error)
        } catch {
            throw CheckpointError(.malformed, "\(error)", place: entry.name)
        }
    }

    private static func record(
        _ storage: DeclaredStorage, _ directory: ZipDirectory, _ root: String, _ isBigEndian: Bool
    ) throws(CheckpointError) -> StorageRecord {
        let name = "\(root)data/\(storage.key)"
        guard let entry = directory[name] else {
            throw CheckpointError(
                .malformed, "the record of a storage is missing", place: name,
                torchMessage: "PytorchStreamReader failed locating file data/\(storage.key): file not found")
        }
        guard entry.byteCount == storage.byteCount else {
            throw CheckpointError(
                .malformed, "the record has \(entry.byteCount) bytes, the pickle says \(storage.byteCount)",
                place: name,
                torchMessage: "record size (\(entry.byteCount) bytes) does not match expected size "
                    + "(\(storage.byteCount) bytes)")
        }
        var word = 1
        if isBigEndian {
            guard case .typed(let dtype) = storage.type else {
                throw CheckpointError(
                    .unsupported, "a big-endian storage that does not say what type its elements have", place: name)
            }
            word = dtype.wordSize
        }
        return StorageRecord(
            key: storage.key, source: .entry(entry), elementCount: storage.elementCount, byteCount: storage.byteCount,
            swappedWordSize: word)
    }
}
