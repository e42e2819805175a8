import ZooCore
import ZooPickle

/// Reads the stream that `torch.save` wrote from PyTorch 0.1 to 1.5: five pickles and then the storages
/// (torch/serialization.py, `_legacy_load`).
///
/// The pickles are a magic number, the protocol version, facts about the machine, the object, and the keys of the
/// storages. Each storage is a count of its elements and the elements. `little_endian` among the facts says what the
/// machine was, not what the file is: PyTorch writes little-endian numbers everywhere, and its reader ignores the fact.
enum PyTorchLegacyReader {
    static func open(_ file: MappedFile) throws(CheckpointError) -> Checkpoint {
        var position = 0
        let magic = try pickle("magic number", &position, file)
        guard LegacyMagic.matches(magic) else {
            throw CheckpointError(
                .notACheckpoint, "the magic number is wrong", torchMessage: "Invalid magic number; corrupt file?")
        }
        let version = try pickle("protocol version", &position, file)
        guard case .int(LegacyMagic.protocolVersion) = version[version.root] else {
            throw CheckpointError(
                .malformed, "the protocol version is not \(LegacyMagic.protocolVersion)",
                torchMessage: "Invalid protocol version")
        }
        let system = try pickle("system facts", &position, file)
        let document = try pickle("object", &position, file)
        var interpreter = PickleInterpreter(document)
        let value = try interpreter.root()
        let keys = try self.keys(try pickle("storage keys", &position, file))
        if let unread = interpreter.found.unread.first, !keys.allSatisfy({ interpreter.storages[$0] != nil }) {
            // Without the size of its elements nobody knows where the next storage begins.
            throw CheckpointError(.unsupported, unread.reason, place: unread.name.isEmpty ? nil : unread.name)
        }
        let (records, end) = try self.records(keys, interpreter.storages, from: position, file)
        return Checkpoint(
            file, .torchLegacy, root: value, found: interpreter.found, document: document,
            facts: facts(system, trailing: file.byteCount - end),
            records: records.merging(interpreter.ownRecords) { own, _ in own })
    }

    /// What the machine said of itself, and bytes that belong to nothing.
    static func facts(_ system: PickleDocument, trailing: Int = 0) -> [ProducerFact] {
        var facts: [ProducerFact] = []
        if case .dictionary(let pairs) = system[system.root] {
            for pair in pairs {
                guard case .text(let name) = system[pair.key] else { continue }
                switch system[pair.value] {
                case .int(let number): facts.append(ProducerFact(name: name, value: "\(number)"))
                case .bool(let value): facts.append(ProducerFact(name: name, value: value ? "True" : "False"))
                default: break
                }
            }
        }
        if trailing > 0 { facts.append(ProducerFact(name: "bytes behind the end", value: "\(trailing)")) }
        return facts
    }

    /// Reads the pickle at `position` and moves behind it.
    private static func pickle(
        _ what: String, _ position: inout Int, _ file: MappedFile
    ) throws(CheckpointError) -> PickleDocument {
        do {
            let document = try PickleMachine.read(file.bytes.extracting(position..<file.byteCount))
            position += document.byteCount
            return document
        } catch {
            let isCut = error.code == .truncated
            throw CheckpointError(
                isCut ? .truncated : .malformed,
                "the pickle at byte \(position) cannot be read: \(error)" + (isCut ? "; fetch the file again" : ""),
                place: what, torchMessage: isCut ? "EOFError: Ran out of input" : nil, cause: error)
        }
    }

    private static func keys(_ document: PickleDocument) throws(CheckpointError) -> [String] {
        guard case .list(let items) = document[document.root] else {
            throw CheckpointError(.malformed, "the keys of the storages are not a list")
        }
        var keys: [String] = []
        for item in items {
            switch document[item] {
            case .text(let text): keys.append(text)
            case .int(let number): keys.append(String(number))
            default: throw CheckpointError(.malformed, "the key of a storage is \(document[item].kindName)")
            }
        }
        return keys
    }

    /// Lays the storages out one after another, without looking at them.
    private static func records(
        _ keys: [String], _ declared: [String: DeclaredStorage], from start: Int, _ file: MappedFile
    ) throws(CheckpointError) -> (records: [String: StorageRecord], end: Int) {
        var records: [String: StorageRecord] = [:]
        var position = start
        for key in keys {
            guard let storage = declared[key], records[key] == nil else {
                throw CheckpointError(
                    .malformed, declared[key] == nil ? "no tensor says what type it has" : "it comes twice",
                    place: "storage '\(key)'")
            }
            guard let byteCount = Checked.add(storage.byteCount, MemoryLayout<Int64>.size),
                let range = Checked.range(offset: position, count: byteCount, within: file.byteCount)
            else {
                let missing = storage.byteCount - max(0, file.byteCount - position - 8)
                throw CheckpointError(
                    .truncated,
                    "the file ends at byte \(file.byteCount), inside this storage of \(storage.byteCount) bytes that "
                        + "begins at \(position); fetch it again", place: "storage '\(key)'",
                    torchMessage: "unexpected EOF, expected \(missing) more bytes. The file might be corrupted.")
            }
            records[key] = StorageRecord(
                key: key, source: .counted(offset: position), elementCount: storage.elementCount,
                byteCount: storage.byteCount, swappedWordSize: 1)
            position = range.upperBound
        }
        if let lost = declared.keys.sorted().first(where: { records[$0] == nil }) {
            throw CheckpointError(.malformed, "it is used but not in the file", place: "storage '\(lost)'")
        }
        return (records, position)
    }
}
