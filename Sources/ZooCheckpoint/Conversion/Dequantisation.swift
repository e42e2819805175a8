import ZooTensor

/// Which tensors of a network are integers that stand for float32, and what they are multiplied by.
///
/// Those of `zoo quantize`: `NAME`, int8, with `NAME_scale`, a number for each index of the first axis. Those that PyTorch
/// quantised: with a scale and a zero point for all elements, or for each index of an axis; integers of 8 and 32 bits.
struct Dequantisation: Sendable {
    /// What an integer stands for.
    private enum Scheme: Sendable {
        /// The integer times the number of its row.
        case rows(scales: TensorEntry)
        /// `(integer − zeroPoint) · scale`.
        case whole(scale: Double, zeroPoint: Int)
        /// The same for each index of an axis.
        case axis(Int, scales: TensorEntry, zeroPoints: TensorEntry)
    }

    private var schemes: [String: Scheme] = [:]
    /// The entries that the others take up, by name.
    private(set) var consumed: Set<String> = []

    /// Nothing is changed.
    init() {}

    /// What can be done with the tensors of a network.
    init(_ tensors: [(name: String, entry: TensorEntry)], in checkpoint: Checkpoint) {
        let byName = Dictionary(tensors.map { ($0.name, $0.entry) }) { first, _ in first }
        let all = Dictionary(checkpoint.tensors.map { ($0.name, $0) }) { first, _ in first }
        for (name, entry) in tensors where entry.dtype == .int8 || entry.dtype.plainInteger != nil {
            switch entry.quantisation {
            case .perTensor(let scale, let zeroPoint): schemes[entry.name] = .whole(scale: scale, zeroPoint: zeroPoint)
            case .perChannel(let axis, let scales, let zeroPoints):
                guard let scales = all[scales], let zeroPoints = all[zeroPoints] else { break }
                schemes[entry.name] = .axis(axis, scales: scales, zeroPoints: zeroPoints)
                consumed.formUnion([scales.name, zeroPoints.name])
            case nil:
                guard entry.dtype == .int8, let scales = byName[name + StateDict.scaleSuffix],
                    StateDict.isScale(scales.dtype, scales.shape, of: entry.shape)
                else { break }
                schemes[entry.name] = .rows(scales: scales)
                consumed.insert(scales.name)
            }
        }
    }

    /// How many tensors become float32.
    var count: Int { schemes.count }

    /// Whether a tensor becomes float32.
    func changes(_ entry: TensorEntry) -> Bool { schemes[entry.name] != nil }

    /// A tensor as float32.
    ///
    /// - Throws: ``CheckpointError`` as ``Checkpoint/tensor(_:)``; `malformed` if scales and integers do not fit.
    func tensor(_ entry: TensorEntry, of checkpoint: Checkpoint) throws(CheckpointError) -> Tensor {
        let tensor = try checkpoint.tensor(entry)
        let result: Tensor?
        switch schemes[entry.name] {
        case .rows(let scales): result = tensor.multiplied(byRows: try checkpoint.tensor(scales))
        case .whole(let scale, let zeroPoint):
            result = tensor.dequantised(axis: 0, scales: nil, scale: scale, zeroPoints: nil, zeroPoint: zeroPoint)
        case .axis(let axis, let scales, let zeroPoints):
            result = tensor.dequantised(
                axis: axis, scales: try? checkpoint.tensor(scales).float32Values(), scale: 1,
                zeroPoints: try? checkpoint.tensor(zeroPoints).float32Values(), zeroPoint: 0)
        case nil: result = tensor
        }
        guard let result else {
            throw CheckpointError(
                .malformed, "its scales do not fit its integers", place: entry.name, path: checkpoint.path)
        }
        return result
    }
}

extension Tensor {
    /// `(integer − zero point) · scale`, computed in float32 as PyTorch does; scale and zero point are those of the index
    /// along `axis` where there are several.
    ///
    /// - Returns: `nil` if there are not as many scales as the axis is long.
    fileprivate func dequantised(
        axis: Int, scales: [Float]?, scale: Double, zeroPoints: [Float]?, zeroPoint: Int
    ) -> Tensor? {
        guard var values = integerValues else { return nil }
        let inner = shape.sizes.dropFirst(axis + 1).reduce(1, *)
        let count = shape.rank > axis ? shape[axis] : 1
        for several in [scales, zeroPoints] {
            if let several, several.count != count || count == 0 { return nil }
        }
        for index in values.indices {
            let channel = index / max(inner, 1) % max(count, 1)
            values[index] =
                (values[index] - (zeroPoints?[channel] ?? Float(zeroPoint))) * (scales?[channel] ?? Float(scale))
        }
        return Tensor(values, shape: shape)
    }
}

extension Tensor {
    /// The integers of a tensor that PyTorch quantised, as float32.
    fileprivate var integerValues: [Float]? {
        guard let dtype = dtype.plainInteger,
            let layout = try? TensorLayout(
                dtype: dtype, shape: shape, strides: layout.strides, offset: layout.offset),
            let plain = try? Tensor(layout: layout, storage: storage)
        else { return nil }
        return try? plain.float32Values()
    }
}

extension DType {
    /// The type of the integers of a type that PyTorch quantises to; `nil` for others, and for integers of less than a
    /// byte.
    fileprivate var plainInteger: DType? {
        switch self {
        case .qint8: .int8
        case .quint8: .uint8
        case .qint32: .int32
        default: nil
        }
    }
}
