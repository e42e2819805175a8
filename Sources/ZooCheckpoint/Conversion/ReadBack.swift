import SystemPackage
import ZooCore
import ZooTensor

/// A file that was just written, opened again to see whether it holds what it should.
struct ReadBack: Sendable {
    private let copy: Checkpoint
    private let entries: [String: TensorEntry]

    /// Opens `path` and compares names, types and sizes.
    ///
    /// - Throws: ``CheckpointError`` (`malformed`) if a tensor is missing or described otherwise.
    init(_ path: FilePath, expecting tensors: [PlannedTensor]) throws(CheckpointError) {
        copy = try Checkpoint.open(path)
        entries = Dictionary(copy.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for tensor in tensors {
            guard let entry = entries[tensor.name], entry.dtype == tensor.dtype, entry.shape == tensor.shape else {
                throw Self.failure(tensor.name)
            }
        }
    }

    /// One tensor as it is in the file now.
    func written(_ planned: PlannedTensor) throws(CheckpointError) -> Tensor {
        guard let entry = entries[planned.name] else { throw Self.failure(planned.name) }
        return try copy.tensor(entry)
    }

    /// Compares the values of one tensor.
    func compare(_ planned: PlannedTensor, _ tensor: Tensor) throws(CheckpointError) {
        let written = try written(planned).contiguous()
        let expected = tensor.contiguous()
        let left = written.contiguousBytes
        let right = expected.contiguousBytes
        guard left.hasSameBytes(as: right) else { throw Self.failure(planned.name) }
    }

    /// Compares the values of all tensors, on every processor.
    func compareAll(_ tensors: [PlannedTensor]) throws(CheckpointError) {
        try ParallelTensors.forEach(tensors.count) { index throws(CheckpointError) in
            try compare(tensors[index], try tensors[index].fetch())
        }
    }

    /// Compares a PyTorch file with the tensors that were written into it, in order: their names are those of the tree.
    static func compare(_ path: FilePath, inOrder tensors: [Tensor]) throws(CheckpointError) {
        let copy = try Checkpoint.open(path)
        guard copy.tensors.count == tensors.count else { throw failure(copy.tensors.first?.name ?? "") }
        try ParallelTensors.forEach(tensors.count) { index throws(CheckpointError) in
            let entry = copy.tensors[index]
            guard entry.dtype == tensors[index].dtype, entry.shape == tensors[index].shape else {
                throw failure(entry.name)
            }
            let written = try copy.tensor(entry).contiguous()
            let expected = tensors[index].contiguous()
            let left = written.contiguousBytes
            let right = expected.contiguousBytes
            guard left.hasSameBytes(as: right) else { throw failure(entry.name) }
        }
    }

    static func failure(_ name: String) -> CheckpointError {
        CheckpointError(
            .malformed, "read back after writing, it is not what was written; the disk or the memory may be faulty",
            place: name)
    }
}

extension PendingFile {
    /// Compares what is in the file with what should be.
    func readBack(_ tensors: [Tensor]) throws(CheckpointError) {
        try ReadBack.compare(temporary, inOrder: tensors)
    }

    /// Compares what is in the file with what should be.
    func readBack(_ tensors: [PlannedTensor]) throws(CheckpointError) {
        try ReadBack(temporary, expecting: tensors).compareAll(tensors)
    }
}
