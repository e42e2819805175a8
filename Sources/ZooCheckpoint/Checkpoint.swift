public import SystemPackage
import ZooCore
import ZooPickle
public import ZooTensor

/// A file of weights, opened: what is in it, with the tensors' bytes still on disk.
///
/// Opening reads the description only. ``tensor(_:)`` maps the bytes of one tensor; tensors that share a storage in
/// PyTorch share it here. No code in a pickle runs, nothing it names is imported.
///
/// ```swift
/// let checkpoint = try Checkpoint.open("resnet18-f37072fd.pth")
/// let weights = try checkpoint.stateDict()
/// print(weights["conv1.weight"]?.shape ?? "none")            // 64×3×7×7
/// ```
public struct Checkpoint: Sendable {
    /// Where the file is.
    public let path: FilePath
    /// How it is stored.
    public let format: CheckpointFormat
    /// Everything in it.
    public let root: CheckpointValue
    /// The tensors that dictionaries, lists and tuples lead to, in the order of the pickle.
    public let tensors: [TensorEntry]
    /// How many tensors are inside instances of classes that zoo does not know, and therefore not in ``tensors``.
    public var hiddenTensorCount: Int { hidden.count }
    /// What the pickle would import, as `module.name` in its own spelling.
    public let globals: [String]
    /// The tensors that zoo knows of but cannot read, each with the reason.
    public let unread: [UnreadTensor]
    /// The protocol of the pickle, 0 to 5; `nil` in formats without one.
    public let pickleProtocol: Int?
    /// The order in which the numbers of the storages are stored.
    public let isBigEndian: Bool
    /// What the writer left beside the values: versions, the byte order, files of code, bytes behind the end.
    public let producerFacts: [ProducerFact]
    /// Where the hidden tensors are.
    let hidden: [String]
    /// The tensors that are stored as several others.
    let composites: [CompositeTensor]
    let storages: StorageTable

    init(
        _ file: MappedFile, _ format: CheckpointFormat, root: CheckpointValue, found: FoundTensors,
        document: PickleDocument? = nil, isBigEndian: Bool = false, facts: [ProducerFact] = [],
        records: [String: StorageRecord], parts: [String: StorageTable] = [:]
    ) {
        path = file.path
        self.format = format
        self.root = root
        tensors = found.tensors
        hidden = found.hidden
        composites = found.composites
        unread = found.unread
        globals = document?.globals.map { "\($0.module).\($0.name)" } ?? []
        pickleProtocol = document?.protocolVersion
        self.isBigEndian = isBigEndian
        producerFacts = facts
        storages = StorageTable(file: file, records: records, parts: parts)
    }

    /// Opens the file at `path`, whatever its format, which is recognised by its content.
    ///
    /// - Throws: ``CheckpointError``: `file` if it cannot be opened, `notACheckpoint` if it is something else,
    ///   `unsupported` for formats and tensors that zoo does not read, `truncated`, `malformed` and `tooLarge`.
    /// - Complexity: O(size of the description), not of the storages.
    public static func open(_ path: FilePath) throws(CheckpointError) -> Checkpoint {
        let file: MappedFile
        do { file = try MappedFile(path) } catch {
            throw CheckpointError(.file, error.description, cause: error, path: path)
        }
        return try open(file)
    }

    /// Opens a file that is mapped already; see ``open(_:)``.
    static func open(_ file: MappedFile) throws(CheckpointError) -> Checkpoint {
        do throws(CheckpointError) {
            switch FileSignature(of: file.bytes) {
            case .zip: return try ZipCheckpointReader.open(file)
            case .torchLegacy: return try PyTorchLegacyReader.open(file)
            case .tar: return try PyTorchTarReader.open(file)
            case .safetensors: return try SafetensorsReader.open(file)
            case .safetensorsIndex: return try SafetensorsIndexReader.open(file)
            case .npy: return try NumPyReader.openArray(file)
            case .torchSharp(let kind): return try TorchSharpReader.open(file, kind)
            case .pickle: return try PlainPickleReader.open(file)
            case let other: throw other.refusal(of: file.bytes)
            }
        } catch {
            throw error.at(file.path)
        }
    }

    /// The tensor that `entry` describes; its elements are mapped where they are stored plainly.
    ///
    /// A tensor that PyTorch conjugates or negates when it is looked at comes with those values, in memory of its own.
    ///
    /// - Throws: ``CheckpointError`` (`malformed`) if the checksum of its storage is wrong, which is checked the first
    ///   time a storage is asked for; `unsupported` for a tensor of the `meta` device, which has no values; `tooLarge`
    ///   for an expanded tensor whose elements, written out, would exceed both its storage and a gibibyte.
    /// - Complexity: O(length of the storage) the first time, O(1) afterwards.
    public func tensor(_ entry: TensorEntry) throws(CheckpointError) -> Tensor {
        guard !entry.isMeta else {
            throw CheckpointError(
                .unsupported, "a tensor of the 'meta' device has a shape but no values", place: entry.name, path: path)
        }
        let storage = try storages.storage(entry.storage)
        guard entry.layout.byteCount <= max(storage.byteCount, 1 << 30) else {
            throw CheckpointError(
                .tooLarge, "expanded to \(entry.layout.byteCount) bytes from \(storage.byteCount)", place: entry.name,
                path: path)
        }
        do {
            let stored = try Tensor(layout: entry.layout, storage: storage)
            return try stored.resolved(isConjugated: entry.isConjugated, isNegated: entry.isNegated)
        } catch {
            throw CheckpointError(.malformed, error.message, place: entry.name, cause: error, path: path)
        }
    }

    /// The tensor called `name`.
    ///
    /// - Throws: ``CheckpointError``; `notFound` if there is none.
    /// - Complexity: O(*n*) in the number of tensors, and that of ``tensor(_:)-swift.method``.
    public func tensor(named name: String) throws(CheckpointError) -> Tensor {
        guard let entry = tensors.first(where: { $0.name == name }) else {
            if let known = unread.first(where: { $0.name == name }) {
                throw CheckpointError(.unsupported, known.reason, place: name, path: path)
            }
            throw CheckpointError(.notFound, "there is no tensor '\(name)'", path: path)
        }
        return try tensor(entry)
    }
}
