public import SystemPackage
import ZooCore
public import ZooTensor

/// Writes safetensors files (github.com/huggingface/safetensors).
///
/// The same tensors give the same bytes. The format has no shared storages: of tensors that are the same view of one
/// storage the first is written, and `__metadata__` says for each of the others which it is (`name → name`), as
/// `safetensors.torch.save_model` does. Different views of one storage are written each with its own elements.
public enum SafetensorsWriter {
    /// Writes `tensors` to `path`, which appears when it is complete. The folder must exist.
    ///
    /// - Parameters:
    ///   - tensors: names and tensors; of two with one name the later counts.
    ///   - metadata: what else the file should say.
    /// - Throws: ``CheckpointError``: `unsupported` for an element type that the format lacks, `file` if the disk refuses.
    /// - Complexity: O(bytes written); contiguous tensors are not copied in memory.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to path: FilePath
    ) throws(CheckpointError) {
        let named = StateDict(tensors.map { StateDict.Entry(name: $0.name, tensor: $0.tensor) }).unique
        var firsts: [ViewIdentity: String] = [:]
        var metadata = metadata
        var planned: [PlannedTensor] = []
        for entry in named {
            let identity = ViewIdentity(entry.tensor)
            if let first = firsts[identity], entry.tensor.layout.byteCount > 0 {
                metadata[entry.name] = first
            } else {
                firsts[identity] = entry.name
                planned.append(PlannedTensor(name: entry.name, entry.tensor))
            }
        }
        do {
            let plan = try SafetensorsPlan(planned, metadata: metadata)
            let file = try prepare(plan, at: path, readsBack: false)
            try file.publish()
        } catch {
            throw CheckpointError.of(error, at: path)
        }
    }

    /// The complete file under its temporary name.
    ///
    /// - Parameters:
    ///   - readsBack: whether to open the file and compare every tensor in it, name, type, sizes and values.
    ///   - progress: hears of every part that is written; what it throws ends the writing.
    /// - Throws: what fetching throws; ``CheckpointError`` (`malformed`) if the file reads back otherwise;
    ///   ``ZooCore/FileError``.
    static func prepare(
        _ plan: SafetensorsPlan, at path: FilePath, readsBack: Bool,
        progress: ByteProgress? = nil
    ) throws -> AtomicFile {
        var file = try AtomicFile(at: path)
        try file.write(plan.bytes)
        try file.flush()
        try file.reserve(byteCount: plan.byteCount)
        // The header is in the file, which has its length: it can be opened before the tensors are in it.
        let copy = readsBack ? try ReadBack(file.temporary, expecting: plan.tensors) : nil
        try SafetensorsCopy(plan, into: file.placed, readBack: copy, progress: progress).run()
        return file
    }

    /// Which view of which storage a tensor is.
    private struct ViewIdentity: Hashable {
        let storage: ObjectIdentifier
        let layout: TensorLayout

        init(_ tensor: Tensor) {
            storage = ObjectIdentifier(tensor.storage)
            layout = tensor.layout
        }
    }
}

extension StateDict {
    /// The entries that a name leads to.
    fileprivate var unique: [Entry] {
        var last: [String: Int] = [:]
        for (index, entry) in entries.enumerated() { last[entry.name] = index }
        return entries.enumerated().filter { last[$1.name] == $0 }.map(\.element)
    }
}
