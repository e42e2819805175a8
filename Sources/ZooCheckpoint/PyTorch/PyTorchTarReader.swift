import ZooArchive
import ZooCore
import ZooPickle
import ZooTensor

/// Reads the tar archives of PyTorch 0.1 (torch/serialization.py, `legacy_load`).
///
/// The member `storages` holds the numbers, `tensors` the sizes and strides, and `pickle` the object, which refers to
/// the tensors by number. Files in which the pickle refers to storages and rebuilds the tensors itself are read too.
enum PyTorchTarReader {
    static func open(_ file: MappedFile) throws(CheckpointError) -> Checkpoint {
        let archive = try self.archive(file)
        guard let pickle = archive["pickle"], let storages = archive["storages"] else {
            throw lacksMembers(archive, file.bytes)
        }
        var table = try TarStorages(storages, file)
        if let tensors = archive["tensors"] { try table.readTensors(tensors, file) }
        let document = try TarMember(pickle, file).pickle()
        var interpreter = PickleInterpreter(document)
        interpreter.known = table.tensors
        let value = try interpreter.root()
        for storage in interpreter.storages.values { try table.check(storage) }
        var facts: [ProducerFact] = []
        if let entry = archive["sys_info"] {
            facts = PyTorchLegacyReader.facts(try TarMember(entry, file).pickle())
        }
        if !archive.hasEndMark { facts.append(ProducerFact(name: "end mark", value: "missing")) }
        return Checkpoint(
            file, .torchTar, root: value, found: interpreter.found, document: document, facts: facts,
            records: table.records.merging(interpreter.ownRecords) { own, _ in own })
    }

    private static func archive(_ file: MappedFile) throws(CheckpointError) -> TarArchive {
        do { return try TarArchive(reading: file.bytes) } catch {
            let isCut = error.code == .noDirectory
            throw CheckpointError(
                isCut ? .truncated : .malformed, error.description + (isCut ? "; fetch the file again" : ""),
                torchMessage: isCut ? cutMessage(file.bytes) : nil, cause: error)
        }
    }

    private static func lacksMembers(_ archive: TarArchive, _ bytes: RawSpan) -> CheckpointError {
        let missing = "KeyError: \"filename 'storages' not found\""
        guard !archive.hasEndMark, archive.entries.contains(where: { ["sys_info", "pickle"].contains($0.name) }) else {
            return CheckpointError(
                .notACheckpoint, "a tar archive, but not PyTorch's: there are no 'pickle' and 'storages' in it",
                torchMessage: missing)
        }
        return CheckpointError(
            .truncated,
            "the tar archive ends at byte \(bytes.byteCount), between two members and without its end mark; "
                + "fetch the file again",
            torchMessage: bytes.byteCount.isMultiple(of: TarHeader.byteCount) ? refusal + missing : cutMessage(bytes))
    }

    /// What PyTorch says of every archive since 2.6, unless it is told not to.
    private static let refusal =
        "RuntimeError: Cannot use ``weights_only=True`` with files saved in the legacy .tar format. … "
        + "With weights_only=False: "

    /// What PyTorch says of an archive that is cut, as tried with torch 2.13: tarfile opens it if the first member's
    /// header is there, behind the extended one that the official files begin with; otherwise it passes for a pickle.
    private static func cutMessage(_ bytes: RawSpan) -> String? {
        let isExtended = bytes[byte: 156] == UInt8(ascii: "x")
        guard bytes.byteCount >= TarHeader.byteCount * (isExtended ? 3 : 1) else {
            return FileSignature.unpicklerMessage(bytes)
        }
        return refusal + "UnpicklingError: unpickling stack underflow"
    }
}

/// Reads pickles and numbers one after another from a member of a tar archive.
struct TarMember {
    let entry: TarEntry
    let file: MappedFile
    /// Where the next read begins, in bytes from the start of the file.
    private(set) var position: Int

    init(_ entry: TarEntry, _ file: MappedFile) {
        self.entry = entry
        self.file = file
        position = entry.range.lowerBound
    }

    mutating func next() throws(CheckpointError) -> PickleDocument {
        let document: PickleDocument
        do {
            document = try PickleMachine.read(file.bytes.extracting(position..<entry.range.upperBound))
        } catch {
            throw CheckpointError(
                .malformed, "the pickle at byte \(position) cannot be read: \(error)", place: entry.name, cause: error)
        }
        position += document.byteCount
        return document
    }

    /// The only pickle of the member.
    func pickle() throws(CheckpointError) -> PickleDocument {
        var copy = self
        return try copy.next()
    }

    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type
    ) throws(CheckpointError) -> Number {
        var reader = ByteReader(file.bytes.extracting(position..<entry.range.upperBound))
        guard let value = try? reader.read(type) else { throw isShort() }
        position += reader.offset
        return value
    }

    mutating func skip(_ count: Int) throws(CheckpointError) {
        guard count >= 0, count <= entry.range.upperBound - position else { throw isShort() }
        position += count
    }

    private func isShort() -> CheckpointError {
        CheckpointError(.malformed, "it ends too early, at byte \(entry.range.upperBound)", place: entry.name)
    }
}

/// The storages and tensors that the members of a tar archive describe.
struct TarStorages {
    private(set) var records: [String: StorageRecord] = [:]
    private(set) var tensors: [String: KnownTensor] = [:]
    private var declared: [String: DeclaredStorage] = [:]
    /// For a storage that is a part of another: the other, and where it begins, in elements.
    private var views: [String: (root: String, offset: Int, count: Int)] = [:]

    init(_ entry: TarEntry, _ file: MappedFile) throws(CheckpointError) {
        var member = TarMember(entry, file)
        let count = try Self.count(try member.next(), entry.name)
        for _ in 0..<count { try readStorage(&member) }
        // Writers without views may leave their list out.
        if member.position < entry.range.upperBound { try readViews(try member.next()) }
    }

    private static func count(_ document: PickleDocument, _ place: String) throws(CheckpointError) -> Int64 {
        guard case .int(let count) = document[document.root], count >= 0 else {
            throw CheckpointError(.malformed, "it does not begin with a count", place: place)
        }
        return count
    }

    /// `(key, location, class)`, the count of elements, and the elements.
    private mutating func readStorage(_ member: inout TarMember) throws(CheckpointError) {
        let document = try member.next()
        guard case .tuple(let parts) = document[document.root], parts.count == 3,
            let key = Self.key(document, parts[0]), case .text(let location) = document[parts[1]],
            case .global(let global) = document[parts[2]]
        else { throw CheckpointError(.malformed, "a storage without key, location and class", place: "storages") }
        let name = PyTorchNames.fullName(global)
        guard let type = PyTorchNames.storageType(name) else {
            throw CheckpointError(.unsupported, "storages of the class \(name) are not read", place: "storage '\(key)'")
        }
        let start = member.position
        let count = try member.number(Int64.self)
        guard let count = Int(exactly: count), count >= 0, let byteCount = Checked.multiply(count, type.itemSize) else {
            throw CheckpointError(.malformed, "it has \(count) elements", place: "storage '\(key)'")
        }
        try member.skip(byteCount)
        guard declared[key] == nil else {
            throw CheckpointError(.malformed, "it comes twice", place: "storage '\(key)'")
        }
        declared[key] = DeclaredStorage(
            key: key, type: type, location: location, elementCount: count, byteCount: byteCount)
        records[key] = StorageRecord(
            key: key, source: .counted(offset: start), elementCount: count, byteCount: byteCount, swappedWordSize: 1)
    }

    /// A list of `(key, key of the whole, offset, count)`, in elements.
    private mutating func readViews(_ document: PickleDocument) throws(CheckpointError) {
        guard case .list(let items) = document[document.root] else {
            throw CheckpointError(.malformed, "the views are no list", place: "storages")
        }
        for item in items {
            guard case .tuple(let parts) = document[item], parts.count == 4,
                let key = Self.key(document, parts[0]), let root = Self.key(document, parts[1]),
                case .int(let offset) = document[parts[2]], case .int(let count) = document[parts[3]],
                let whole = declared[root],
                let range = Checked.range(offset: Int(offset), count: Int(count), within: whole.elementCount)
            else { throw CheckpointError(.malformed, "a view that is not inside its storage", place: "storages") }
            views[key] = (root, range.lowerBound, range.count)
        }
    }

    /// `(key, key of the storage, class)`, the number of axes, sizes, strides, and offset.
    mutating func readTensors(_ entry: TarEntry, _ file: MappedFile) throws(CheckpointError) {
        var member = TarMember(entry, file)
        let count = try Self.count(try member.next(), entry.name)
        for _ in 0..<count {
            let document = try member.next()
            guard case .tuple(let parts) = document[document.root], parts.count == 3,
                let key = Self.key(document, parts[0]), let storageKey = Self.key(document, parts[1])
            else { throw CheckpointError(.malformed, "a tensor without key and storage", place: entry.name) }
            let rank = try member.number(Int32.self)
            guard (0...64).contains(rank) else {
                throw CheckpointError(.malformed, "\(rank) axes", place: "tensor '\(key)'")
            }
            try member.skip(4)
            var sizes: [Int] = []
            var strides: [Int] = []
            for _ in 0..<rank { sizes.append(Int(try member.number(Int64.self))) }
            for _ in 0..<rank { strides.append(Int(try member.number(Int64.self))) }
            let offset = Int(try member.number(Int64.self))
            tensors[key] = try tensor(key, storageKey, sizes, strides, offset)
        }
    }

    private func tensor(
        _ key: String, _ storageKey: String, _ sizes: [Int], _ strides: [Int], _ offset: Int
    ) throws(CheckpointError) -> KnownTensor {
        let place = "tensor '\(key)'"
        let view = views[storageKey]
        guard let storage = declared[view?.root ?? storageKey], case .typed(let dtype) = storage.type else {
            throw CheckpointError(.malformed, "there is no storage '\(storageKey)'", place: place)
        }
        guard let shape = Shape(checking: sizes) else {
            throw CheckpointError(.malformed, "the shape \(sizes) is impossible", place: place)
        }
        do throws(TensorError) {
            // PyTorch 0.1 had no scalars: no axes means no elements.
            guard !sizes.isEmpty else {
                let empty = TensorLayout(contiguous: dtype, [0])
                return KnownTensor(layout: empty, storage: storage)
            }
            let own = try TensorLayout(dtype: dtype, shape: shape, strides: strides, offset: offset)
            let available = (view?.count ?? storage.elementCount) * dtype.itemSize
            guard own.requiredByteCount <= available, let whole = Checked.add(offset, view?.offset ?? 0) else {
                throw TensorError(
                    .outsideStorage,
                    "storage '\(storageKey)' has \(available) bytes, \(dtype.name) \(shape) with strides \(strides) and "
                        + "offset \(offset) needs \(own.requiredByteCount)")
            }
            let layout = try TensorLayout(dtype: dtype, shape: shape, strides: strides, offset: whole)
            return KnownTensor(layout: layout, storage: storage)
        } catch {
            throw CheckpointError(.malformed, error.message, place: place, cause: error)
        }
    }

    /// Refuses a storage of the pickle that the archive has not, or not so.
    func check(_ storage: DeclaredStorage) throws(CheckpointError) {
        guard let own = declared[storage.key], own.type == storage.type, own.elementCount == storage.elementCount else {
            throw CheckpointError(
                .malformed,
                declared[storage.key] == nil
                    ? "it is used but not in the file"
                    : "it has \(declared[storage.key]?.elementCount ?? 0) elements, the pickle says \(storage.elementCount)",
                place: "storage '\(storage.key)'")
        }
    }

    private static func key(_ document: PickleDocument, _ id: PickleNodeID) -> String? {
        switch document[id] {
        case .text(let text): text
        case .int(let number): String(number)
        default: nil
        }
    }
}

/// A tensor that another part of the file describes, and the pickle only names.
struct KnownTensor: Sendable {
    let layout: TensorLayout
    let storage: DeclaredStorage
}
