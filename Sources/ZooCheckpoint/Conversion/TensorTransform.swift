import Synchronization
import ZooTensor

/// What a conversion does to the elements of the network's tensors.
final class TensorTransform: Sendable {
    private let checkpoint: Checkpoint
    private let dtype: DType?
    private let isChannelsLast: Bool
    private let dequantisation: Dequantisation
    private let overflows = Mutex<[String: Int]>([:])

    init(_ checkpoint: Checkpoint, _ options: ConversionOptions, _ dequantisation: Dequantisation) {
        self.dequantisation = dequantisation
        self.checkpoint = checkpoint
        dtype = options.dtype
        isChannelsLast = options.isChannelsLast
    }

    /// How many finite elements became infinite, by tensor.
    var overflowCounts: [String: Int] { overflows.withLock { $0 } }

    /// Whether the elements of a tensor change.
    func changes(_ entry: TensorEntry) -> Bool {
        dequantisation.changes(entry) || casts(entry) || moves(entry)
    }

    /// The type of the elements before they are rounded.
    private func dtype(of entry: TensorEntry) -> DType { dequantisation.changes(entry) ? .float32 : entry.dtype }

    func casts(_ entry: TensorEntry) -> Bool {
        let own = dtype(of: entry)
        return own.isFloatingPoint && dtype ?? own != own
    }

    func moves(_ entry: TensorEntry) -> Bool {
        isChannelsLast && dtype(of: entry).isFloatingPoint && entry.shape.rank == 4
    }

    /// The tensor as it will be written under `name`.
    func plan(_ name: String, _ entry: TensorEntry) -> PlannedTensor {
        var shape = entry.shape
        if moves(entry) { shape = Shape([shape[0], shape[2], shape[3], shape[1]]) }
        let dtype = casts(entry) ? self.dtype ?? entry.dtype : dtype(of: entry)
        return PlannedTensor(name: name, dtype: dtype, shape: shape) { [self] () throws(CheckpointError) in
            changes(entry) || entry.quantisation != nil ? nil : try checkpoint.uncheckedTensor(entry)
        } fetch: { [self] () throws(CheckpointError) in
            try tensor(entry).contiguous()
        }
    }

    /// The tensor as it is stored.
    ///
    /// - Throws: ``CheckpointError`` (`unsupported`) for a quantised tensor, which is more than its integers.
    func untouched(_ entry: TensorEntry) throws(CheckpointError) -> Tensor {
        guard entry.quantisation == nil else {
            throw CheckpointError(
                .unsupported,
                "a quantised tensor is not written, for its scale would be lost; write float32 with --dequantize (8 and 32 bits), or use "
                    + "--exclude", place: entry.name, path: checkpoint.path)
        }
        return try checkpoint.tensor(entry)
    }

    /// The tensor with the elements that it will have: as it is stored where nothing changes.
    func tensor(_ entry: TensorEntry) throws(CheckpointError) -> Tensor {
        var tensor =
            dequantisation.changes(entry)
            ? try dequantisation.tensor(entry, of: checkpoint) : try untouched(entry)
        do {
            if casts(entry), let dtype {
                let result = try tensor.cast(to: dtype)
                if result.overflowCount > 0 {
                    overflows.withLock { $0[entry.name] = result.overflowCount }
                }
                tensor = result.tensor
            }
            return moves(entry) ? try tensor.channelsLast() : tensor
        } catch {
            throw CheckpointError(
                .unsupported, error.message, place: entry.name, cause: error, path: checkpoint.path)
        }
    }
}

/// Which elements of which storage a tensor shows; tensors with the same identity are the same tensor.
struct TensorIdentity: Hashable {
    private let storage: String
    private let layout: TensorLayout
    private let isConjugated, isNegated: Bool

    /// `nil` for a tensor without elements, which shares nothing.
    init?(_ entry: TensorEntry) {
        guard entry.layout.byteCount > 0 else { return nil }
        storage = entry.storage
        layout = entry.layout
        isConjugated = entry.isConjugated
        isNegated = entry.isNegated
    }
}
