public import SystemPackage
import ZooCore
import ZooTensor

/// Writes a checkpoint in another format, with other names, element types or axes.
///
/// Steps, in this order: a part is selected, prefixes are cut, names replaced, names kept or left out, floating-point
/// elements rounded, convolutions' axes moved. Names, element types and axes change in the network only: the state dict
/// of the part, as ``Checkpoint/stateDict()`` finds it; what else a PyTorch file has goes along as it is.
///
/// The file is written beside its destination, opened again, compared with the source, and renamed.
///
/// ```swift
/// let checkpoint = try Checkpoint.open("resnet18.pth")
/// let report = try Conversion.run(checkpoint, to: "resnet18.safetensors", as: .safetensors)
/// ```
public struct Conversion {
    private let source: ConversionSource
    private let transform: TensorTransform
    private let options: ConversionOptions
    private let names: [String?]
    private let hasRules: Bool
    private var warnings: [String]
    private let path: FilePath
    private let onProgress: ByteProgress.Listener

    /// Converts `checkpoint` and writes it to `path`, replacing what is there.
    ///
    /// - Parameter onProgress: called now and then, on any thread, with the bytes that are done and those of all tensors; what
    ///   it throws ends the conversion.
    /// - Returns: what was written.
    /// - Throws: ``CheckpointError``: `badRequest` if options contradict each other or the checkpoint, such as two
    ///   tensors with one new name; `notFound` if there is nothing to write; `unsupported` for element types that the
    ///   format lacks; `malformed` if the source's checksums are wrong or the file reads back otherwise; `file`. No file
    ///   is left behind, and what stood at `path` is unchanged.
    /// - Complexity: O(bytes of the tensors).
    public static func run(
        _ checkpoint: Checkpoint, to path: FilePath, as format: ConversionFormat,
        options: ConversionOptions = ConversionOptions(),
        onProgress: @escaping @Sendable (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws(CheckpointError) -> ConversionReport {
        do {
            var conversion = try Conversion(checkpoint, path, format, options, onProgress)
            return try conversion.write(format)
        } catch {
            throw CheckpointError.of(error, at: path)
        }
    }

    private init(
        _ checkpoint: Checkpoint, _ path: FilePath, _ format: ConversionFormat, _ options: ConversionOptions,
        _ onProgress: @escaping ByteProgress.Listener
    ) throws(CheckpointError) {
        if options.largestShard != nil, format != .safetensors {
            throw CheckpointError(.badRequest, "only safetensors are written in several files")
        }
        source = try ConversionSource(checkpoint, options, holdsTrees: format.holdsTrees)
        let dequantisation =
            options.dequantises ? Dequantisation(source.tensors, in: checkpoint) : Dequantisation()
        transform = TensorTransform(checkpoint, options, dequantisation)
        let rules = try NameRules(options)
        let renamed = try rules.apply(to: source.tensors.map(\.name))
        names = zip(renamed.names, source.tensors).map { dequantisation.consumed.contains($1.entry.name) ? nil : $0 }
        hasRules = !rules.isEmpty || !dequantisation.consumed.isEmpty
        warnings = source.warnings + renamed.warnings
        if options.dequantises, dequantisation.count == 0 {
            warnings.append("--dequantize: there are no integers with scales")
        }
        self.options = options
        self.path = path
        self.onProgress = onProgress
        guard format.holdsTrees || names.contains(where: { $0 != nil }) else {
            throw CheckpointError(.badRequest, "no tensor is left to write", path: checkpoint.path)
        }
        noteIdleOptions()
    }

    private mutating func noteIdleOptions() {
        let kept = zip(names, source.tensors).filter { $0.0 != nil }.map(\.1.entry)
        if let dtype = options.dtype, !kept.contains(where: transform.casts) {
            warnings.append("--dtype \(dtype.name): no tensor has another floating-point type")
        }
        if options.isChannelsLast, !kept.contains(where: transform.moves) {
            warnings.append("--layout nhwc: there is no floating-point tensor of four axes")
        }
    }

    private mutating func write(_ format: ConversionFormat) throws -> ConversionReport {
        switch format {
        case .torch, .torchLegacy: try writeTree(format)
        case .safetensors: try writeSafetensors()
        case .npz: try writeArrays()
        }
    }

    // MARK: PyTorch

    private mutating func writeTree(_ format: ConversionFormat) throws -> ConversionReport {
        // The checksums of all storages, on every processor; below they are known.
        let checkpoint = source.checkpoint
        let entries = (source.tensors.map(\.entry) + source.otherTensors).firstOfEachStorage
        // Bytes are read twice: for their checksum, and to be written.
        let byteCount = entries.reduce(0) { $0 + $1.layout.byteCount }
        let progress = ByteProgress(total: 2 * byteCount, onProgress)
        try ParallelTensors.forEach(entries.count) { index throws(CheckpointError) in
            _ = try checkpoint.tensor(entries[index])
            do { try progress.advance(by: entries[index].layout.byteCount) } catch { throw CheckpointError.of(error) }
        }
        var tree = SavedTree(source, transform, prefixes: options.strippedPrefixes, names: hasRules ? names : nil)
        let value = try tree.root()
        warnings += tree.warnings
        let file = PendingFile(
            format == .torch
                ? try PyTorchZipWriter.prepare(value, at: path) : try PyTorchLegacyWriter.prepare(value, at: path))
        try progress.advance(by: byteCount)
        let tensors = tree.tensors
        try file.readBack(tensors)
        try PendingFile.publish([file])
        return report(
            format, [path], tensorCount: tensors.count, aliasCount: 0,
            byteCount: tensors.reduce(into: [:]) { $0[ObjectIdentifier($1.storage)] = $1.storage.byteCount }
                .values.reduce(0, +))
    }

    // MARK: Names and tensors

    /// The tensors to write, each once, and the other names that some have.
    private func flatTensors(sharing: Bool) -> (tensors: [PlannedTensor], aliases: [String: String]) {
        var firsts: [TensorIdentity: String] = [:]
        var tensors: [PlannedTensor] = []
        var aliases: [String: String] = [:]
        for (name, (_, entry)) in zip(names, source.tensors) {
            guard let name else { continue }
            if sharing, let identity = TensorIdentity(entry) {
                if let first = firsts[identity] {
                    aliases[name] = first
                    continue
                }
                firsts[identity] = name
            }
            tensors.append(transform.plan(name, entry))
        }
        return (tensors, aliases)
    }

    private func progress(of tensors: [PlannedTensor]) -> ByteProgress {
        ByteProgress(total: tensors.reduce(0) { $0 + $1.byteCount }, onProgress)
    }

    private mutating func noteOtherTensors() {
        let others = source.otherTensors
        guard let first = others.first else { return }
        warnings.append(
            "\(others.count) tensor\(others.count == 1 ? "" : "s") outside '\(source.networkName)' "
                + "\(others.count == 1 ? "is" : "are") not written (\(first.name)\(others.count > 1 ? ", …" : "")); "
                + "'--select .' takes everything")
    }

    /// Says of a quantised tensor what can be done, before a format says that it lacks the type.
    private func refuseQuantised() throws(CheckpointError) {
        for (name, tensor) in zip(names, source.tensors)
        where name != nil && tensor.entry.quantisation != nil && !transform.changes(tensor.entry) {
            _ = try transform.untouched(tensor.entry)
        }
    }

    private mutating func writeArrays() throws -> ConversionReport {
        try refuseQuantised()
        noteOtherTensors()
        let (tensors, _) = flatTensors(sharing: false)
        let metadata = SafetensorsMetadata(source, aliases: [:])
        let lost = (metadata.values.keys.filter { $0 != "format" } + metadata.lost).sorted()
        if !lost.isEmpty {
            warnings.append("npz holds arrays only; not written: " + lost.prefix(10).joined(separator: ", "))
        }
        let file = PendingFile(try NpzWriter.prepare(tensors, at: path, progress: progress(of: tensors)))
        try file.readBack(tensors)
        try PendingFile.publish([file])
        return report(
            .npz, [path], tensorCount: tensors.count, aliasCount: 0,
            byteCount: tensors.reduce(0) { $0 + $1.byteCount })
    }

    private mutating func writeSafetensors() throws -> ConversionReport {
        try refuseQuantised()
        noteOtherTensors()
        let (tensors, aliases) = flatTensors(sharing: true)
        let metadata = SafetensorsMetadata(source, aliases: aliases)
        if !metadata.lost.isEmpty {
            warnings.append("not written: " + metadata.lost.prefix(10).joined(separator: ", "))
        }
        let shards = SafetensorsShards(tensors, largest: options.largestShard, path: path)
        let progress = progress(of: tensors)
        var files: [PendingFile] = []
        for shard in shards.files {
            let own = Set(shard.tensors.map(\.name))
            let kept = metadata.values.filter { aliases[$0.key].map(own.contains) ?? true }
            let plan = try SafetensorsPlan(shard.tensors, metadata: kept)
            files.append(
                PendingFile(try SafetensorsWriter.prepare(plan, at: shard.path, readsBack: true, progress: progress)))
        }
        if let index = try shards.index() { files.append(PendingFile(index)) }
        try PendingFile.publish(files)
        return report(
            .safetensors, files.map(\.path), tensorCount: tensors.count + aliases.count, aliasCount: aliases.count,
            byteCount: tensors.reduce(0) { $0 + $1.byteCount })
    }

    private func report(
        _ format: ConversionFormat, _ files: [FilePath], tensorCount: Int, aliasCount: Int, byteCount: Int
    ) -> ConversionReport {
        let kept = zip(names, source.tensors).filter { $0.0 != nil }.map(\.1.entry)
        let overflows = transform.overflowCounts
        var warnings = warnings
        if let first = overflows.keys.sorted().first {
            let count = overflows.values.reduce(0, +)
            warnings.append(
                "\(count) value\(count == 1 ? "" : "s") too large for \(options.dtype?.name ?? "it") became infinite "
                    + "(\(first)\(overflows.count > 1 ? ", …" : ""))")
        }
        return ConversionReport(
            format: format, files: files, tensorCount: tensorCount, aliasCount: aliasCount, byteCount: byteCount,
            castCount: kept.count(where: transform.casts), movedCount: kept.count(where: transform.moves),
            overflowCount: overflows.values.reduce(0, +), warnings: warnings)
    }
}

extension [TensorEntry] {
    /// One tensor of each storage.
    fileprivate var firstOfEachStorage: [TensorEntry] {
        var seen: Set<String> = []
        return filter { seen.insert($0.storage).inserted }
    }
}
