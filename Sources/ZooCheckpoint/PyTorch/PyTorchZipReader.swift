import ZooArchive
import ZooCore
import ZooPickle
import ZooTensor

/// Reads the zip archives that `torch.save` writes since PyTorch 1.6, and those of `torch.jit.save` and PyTorch Mobile
/// since 1.3, whose code is listed but not run.
enum PyTorchZipReader {
    /// The name under which the code of a program refers to its constants, which come in a pickle of their own.
    private static let constants = "CONSTANTS"

    static func open(_ archive: PyTorchArchive) throws(CheckpointError) -> Checkpoint {
        guard let pickle = archive["data.pkl"] else {
            throw CheckpointError(.notACheckpoint, "there is no data.pkl in it")
        }
        try archive.checkVersion()
        let isBigEndian = try archive.isBigEndian()
        let document = try archive.document(pickle)
        var interpreter = PickleInterpreter(document)
        var root = try interpreter.root()
        var records = interpreter.ownRecords
        for storage in interpreter.storages.values {
            records[storage.key] = try archive.record(storage, in: "data/\(storage.key)", isBigEndian: isBigEndian)
        }
        var found = interpreter.found
        let constants = archive["constants.pkl"]
        if let constants {
            let more = try self.constants(in: constants, archive, isBigEndian, &records)
            found.add(more.found)
            root = Self.joined(root, more.value)
        }
        return Checkpoint(
            archive.file, constants == nil ? .torchZip : .torchScript, root: root, found: found, document: document,
            isBigEndian: isBigEndian, facts: try archive.facts(used: records), records: records)
    }

    static func directory(of file: MappedFile) throws(CheckpointError) -> ZipDirectory {
        do {
            return try ZipDirectory(reading: file.bytes)
        } catch {
            let isCut = error.code == .noDirectory
            throw CheckpointError(
                isCut ? .truncated : .malformed,
                isCut ? "the zip archive is cut off: its central directory is missing; fetch it again" : "\(error)",
                torchMessage: isCut
                    ? cutMessage(file.byteCount)
                    : "PytorchStreamReader failed reading zip archive: invalid header or archive is corrupted",
                cause: error)
        }
    }

    /// What PyTorch says of an archive without its end depends on the length: it looks for the end in pieces of 4 KB, and
    /// the search runs off the front of files up to 17 of them (tried with torch 2.13).
    private static func cutMessage(_ byteCount: Int) -> String {
        switch byteCount {
        case ..<22: "PytorchStreamReader failed reading zip archive: not a ZIP archive"
        case 4097..<69_584: "OSError: [Errno 22] Invalid argument"
        default: "PytorchStreamReader failed reading zip archive: failed finding central directory"
        }
    }

    /// The constants of a program: a tuple whose tensors are called `CONSTANTS.c0` and so on, as in its code.
    private static func constants(
        in entry: ZipEntry, _ archive: PyTorchArchive, _ isBigEndian: Bool, _ records: inout [String: StorageRecord]
    ) throws(CheckpointError) -> (value: CheckpointValue, found: FoundTensors) {
        let document = try archive.document(entry)
        // A program of its own may have a storage of the same key.
        var interpreter = PickleInterpreter(document, storagePrefix: "constants/", path: [constants])
        let value = try interpreter.root(elementPrefix: "c")
        for storage in interpreter.storages.values {
            records[storage.key] = try archive.record(storage, in: storage.key, isBigEndian: isBigEndian)
        }
        return (value, interpreter.found)
    }

    private static func joined(_ root: CheckpointValue, _ constants: CheckpointValue) -> CheckpointValue {
        guard let items = constants.arrayValue, !items.isEmpty else { return root }
        let named = items.enumerated().map { (key: CheckpointValue.string("c\($0.offset)"), value: $0.element) }
        let constantsValue = CheckpointValue.dictionary(CheckpointDictionary(pairs: named, attributes: []))
        guard case .object(let program) = root, let state = program.state.first?.dictionaryValue else {
            return .dictionary(
                CheckpointDictionary(
                    pairs: [(.string("data"), root), (.string(Self.constants), constantsValue)], attributes: []))
        }
        let whole = CheckpointDictionary(
            pairs: state.pairs + [(.string(Self.constants), constantsValue)], attributes: state.attributes)
        return .object(
            CheckpointObject(
                name: program.name, arguments: program.arguments, state: [.dictionary(whole)], items: program.items,
                pairs: program.pairs))
    }
}
