import ZooCore
public import ZooTensor

/// What is different between two checkpoints: names, element types, shapes, values.
///
/// Tensors are compared by their full names. If the two have no name in common, as a training checkpoint and the weights
/// taken out of it, the names in their state dicts are compared instead; what a file has beside its state dict is then in
/// that file only.
///
/// Two checkpoints are the same if nothing differs (``isEmpty``) and everything was compared (``isWhole``).
public struct CheckpointDiff: Sendable {
    /// How two tensors of one name differ.
    public struct Changed: Sendable {
        /// The name.
        public let name: String
        /// The tensor of the first checkpoint.
        public let left: TensorEntry
        /// The tensor of the second.
        public let right: TensorEntry
        /// How the values differ; `nil` if the shapes do, or if a tensor has no values.
        public let values: TensorDifference?
    }

    /// Two tensors of the same content under different names.
    public struct Renamed: Sendable, Hashable {
        /// The name in the first checkpoint.
        public let left: String
        /// The name in the second.
        public let right: String
    }

    /// A tensor of one checkpoint only.
    public struct Single: Sendable, Hashable {
        /// The name.
        public let name: String
        /// The element type.
        public let dtype: DType
        /// The sizes.
        public let shape: Shape

        /// Creates the description.
        public init(name: String, dtype: DType, shape: Shape) {
            self.name = name
            self.dtype = dtype
            self.shape = shape
        }
    }

    /// One of the two checkpoints, or both.
    public enum Side: String, Sendable, Hashable {
        /// The first.
        case left
        /// The second.
        case right
        /// Both.
        case both
    }

    /// A tensor that could not be compared.
    public struct Uncompared: Sendable, Hashable {
        /// The name, or for a tensor that has none the keys and indices that lead to it.
        public let name: String
        /// Where it cannot be read.
        public let side: Side
        /// Why it is not compared.
        public let reason: String
        /// Whether the other checkpoint has no tensor of this name, which is a difference whatever the values are.
        public let isAlone: Bool
    }

    /// A tensor whose numbers stand for something else in the second checkpoint: the size of a sparse tensor, the scale of
    /// a quantised one.
    public struct Redescribed: Sendable, Hashable {
        /// The name.
        public let name: String
        /// What it is in the first checkpoint.
        public let left: String
        /// What it is in the second.
        public let right: String
    }

    /// What only the first has, in its order.
    public internal(set) var onlyLeft: [Single] = []
    /// What only the second has, in its order.
    public internal(set) var onlyRight: [Single] = []
    /// What has another name in the second, found by content.
    public internal(set) var renamed: [Renamed] = []
    /// What both have, with another type, shape or values, in the first one's order.
    public private(set) var changed: [Changed] = []
    /// How many tensors both have, the same within the tolerances.
    public private(set) var sameCount = 0
    /// What stands for something else, whatever its numbers are.
    public private(set) var redescribed: [Redescribed] = []
    /// What could not be compared.
    public private(set) var uncompared: [Uncompared] = []
    /// The parts that were compared, such as `state_dict`; empty for the whole.
    public let parts: (left: String, right: String)

    /// Whether no difference was found.
    public var isEmpty: Bool {
        onlyLeft.isEmpty && onlyRight.isEmpty && renamed.isEmpty && changed.isEmpty && redescribed.isEmpty
            && !uncompared.contains(where: \.isAlone)
    }

    /// Whether every tensor was compared.
    public var isWhole: Bool { uncompared.isEmpty }

    /// Compares two checkpoints.
    ///
    /// - Parameters:
    ///   - select: the key of the part that counts, such as `state_dict`, in each checkpoint that has it; see
    ///     ``ConversionOptions/select``. Of a checkpoint that has it not, its own state dict counts.
    ///   - absoluteTolerance: elements differ if |a - b| > absolute + relative · |b|.
    ///   - relativeTolerance: see `absoluteTolerance`.
    ///   - onProgress: called now and then with the bytes that were compared and all that will be; what it throws ends the
    ///     comparison.
    /// - Throws: ``CheckpointError`` if the bytes of a tensor are damaged or missing, and `badRequest` if neither has the
    ///   selected part. Tensors of kinds that zoo does not read are no error but ``uncompared``.
    /// - Complexity: O(bytes of the tensors).
    public init(
        _ left: Checkpoint, _ right: Checkpoint, select: String? = nil, absoluteTolerance: Double = 0,
        relativeTolerance: Double = 0, onProgress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws {
        let (first, second) = try DiffSide.pair(left, right, select: select)
        parts = (first.part, second.part)
        let pairing = DiffPairing(first, second)
        uncompared = pairing.uncompared
        redescribed = pairing.redescribed
        let tolerances = (absoluteTolerance, relativeTolerance)
        let results = try Self.compare(pairing.common, left, right, tolerances, onProgress)
        for (pair, values) in zip(pairing.common, results) {
            let hasSameType = pair.left.dtype == pair.right.dtype && pair.left.shape == pair.right.shape
            if hasSameType, pair.hasNoValues || values?.differingCount == 0 {
                sameCount += 1
            } else {
                changed.append(Changed(name: pair.name, left: pair.left, right: pair.right, values: values))
            }
        }
        try onProgress(pairing.common.byteCount, pairing.common.byteCount)
        try findRenamed(pairing.onlyLeft, left, pairing.onlyRight, right)
    }

    /// The differences of the values, in order; `nil` for different shapes and for tensors without values.
    private static func compare(
        _ pairs: [DiffPairing.Pair], _ left: Checkpoint, _ right: Checkpoint,
        _ tolerances: (absolute: Double, relative: Double), _ onProgress: (Int, Int) throws -> Void
    ) throws -> [TensorDifference?] {
        let results = Monitor([TensorDifference?](repeating: nil, count: pairs.count))
        var done = 0
        // In portions, so that an interruption is noticed.
        for start in stride(from: 0, to: pairs.count, by: 16) {
            try onProgress(done, pairs.byteCount)
            done += pairs[start..<min(start + 16, pairs.count)].byteCount
            try ParallelTensors.forEach(min(16, pairs.count - start)) { index throws(CheckpointError) in
                let pair = pairs[start + index]
                guard pair.left.shape == pair.right.shape, !pair.left.isMeta, !pair.right.isMeta else { return }
                let (a, b) = (try left.tensor(pair.left), try right.tensor(pair.right))
                let difference: TensorDifference?
                do throws(TensorError) {
                    difference = try TensorDifference.between(
                        a, b, absoluteTolerance: tolerances.absolute, relativeTolerance: tolerances.relative)
                } catch {
                    throw CheckpointError(.unsupported, error.message, place: pair.name, cause: error)
                }
                results.change { results in
                    results[start + index] = difference
                    return false
                }
            }
        }
        return results.wait { Optional($0) }
    }
}
