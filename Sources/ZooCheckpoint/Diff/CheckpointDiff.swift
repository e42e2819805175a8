import ZooCore
public import ZooTensor

/// What is different between two checkpoints: names, element types, shapes, values.
///
/// Tensors are compared by their full names. If the two have no name in common, as a training checkpoint and the weights
/// taken out of it, the names in their state dicts are compared instead.
public struct CheckpointDiff: Sendable {
    /// How two tensors of one name differ.
    public struct Changed: Sendable {
        /// The name.
        public let name: String
        /// The tensor of the first checkpoint.
        public let left: TensorEntry
        /// The tensor of the second.
        public let right: TensorEntry
        /// How the values differ; `nil` if the shapes do.
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

    /// What only the first has, in its order.
    public private(set) var onlyLeft: [Single] = []
    /// What only the second has, in its order.
    public private(set) var onlyRight: [Single] = []
    /// What has another name in the second, found by content.
    public private(set) var renamed: [Renamed] = []
    /// What both have, with another type, shape or values, in the first one's order.
    public private(set) var changed: [Changed] = []
    /// How many tensors both have, the same within the tolerances.
    public private(set) var sameCount = 0
    /// The parts that were compared, such as `state_dict`; empty for the whole.
    public let parts: (left: String, right: String)

    /// Whether there is no difference.
    public var isEmpty: Bool { onlyLeft.isEmpty && onlyRight.isEmpty && renamed.isEmpty && changed.isEmpty }

    /// Compares two checkpoints.
    ///
    /// - Parameters:
    ///   - select: the key of the part of both that counts, such as `state_dict`; see ``ConversionOptions/select``.
    ///   - absoluteTolerance: elements differ if |a - b| > absolute + relative · |b|.
    ///   - relativeTolerance: see `absoluteTolerance`.
    ///   - check: called now and then; what it throws ends the comparison.
    /// - Throws: ``CheckpointError`` if a tensor cannot be read.
    /// - Complexity: O(bytes of the tensors).
    public init(
        _ left: Checkpoint, _ right: Checkpoint, select: String? = nil, absoluteTolerance: Double = 0,
        relativeTolerance: Double = 0, check: () throws -> Void = {}
    ) throws {
        let sides = try DiffSides(left, right, select: select)
        parts = sides.parts
        var common: [(name: String, left: TensorEntry, right: TensorEntry)] = []
        var unmatchedLeft: [(name: String, entry: TensorEntry)] = []
        let rights = Dictionary(sides.right, uniquingKeysWith: { first, _ in first })
        for (name, entry) in sides.left {
            if let other = rights[name] {
                common.append((name, entry, other))
            } else {
                unmatchedLeft.append((name, entry))
            }
        }
        let names = Set(sides.left.map(\.name))
        let unmatchedRight = sides.right.filter { !names.contains($0.name) }

        let results = try Self.compare(common, left, right, (absoluteTolerance, relativeTolerance), check)
        for (pair, values) in zip(common, results) {
            let isSame = pair.left.dtype == pair.right.dtype && values?.differingCount == 0
            if isSame {
                sameCount += 1
            } else {
                changed.append(Changed(name: pair.name, left: pair.left, right: pair.right, values: values))
            }
        }
        try check()
        try findRenamed(unmatchedLeft, left, unmatchedRight, right)
    }

    /// The differences of the values, in order; `nil` for different shapes.
    private static func compare(
        _ pairs: [(name: String, left: TensorEntry, right: TensorEntry)], _ left: Checkpoint, _ right: Checkpoint,
        _ tolerances: (absolute: Double, relative: Double), _ check: () throws -> Void
    ) throws -> [TensorDifference?] {
        let results = Monitor([TensorDifference?](repeating: nil, count: pairs.count))
        // In portions, so that an interruption is noticed.
        for start in stride(from: 0, to: pairs.count, by: 64) {
            try check()
            try ParallelTensors.forEach(min(64, pairs.count - start)) { index throws(CheckpointError) in
                let pair = pairs[start + index]
                guard pair.left.shape == pair.right.shape else { return }
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

    /// Pairs what is in one only with what has the same type, shape and bytes in the other; the rest is single.
    private mutating func findRenamed(
        _ lefts: [(name: String, entry: TensorEntry)], _ left: Checkpoint,
        _ rights: [(name: String, entry: TensorEntry)], _ right: Checkpoint
    ) throws(CheckpointError) {
        let wanted = Set(lefts.map { Kind($0.entry) })
        var candidates: [Content: [String]] = [:]
        for (name, entry) in rights where wanted.contains(Kind(entry)) {
            candidates[Content(kind: Kind(entry), digest: try right.tensor(entry).digest()), default: []].append(name)
        }
        let offered = Set(rights.map { Kind($0.entry) })
        var taken: Set<String> = []
        for (name, entry) in lefts {
            if offered.contains(Kind(entry)) {
                let content = Content(kind: Kind(entry), digest: try left.tensor(entry).digest())
                let free = candidates[content, default: []].filter { !taken.contains($0) }
                // Counters and zeros are alike; the longest common tail tells them apart.
                if let other = NearestName(free).nearest(to: name) ?? free.first {
                    taken.insert(other)
                    renamed.append(Renamed(left: name, right: other))
                    continue
                }
            }
            onlyLeft.append(Single(name: name, dtype: entry.dtype, shape: entry.shape))
        }
        onlyRight = rights.filter { !taken.contains($0.name) }
            .map { Single(name: $0.name, dtype: $0.entry.dtype, shape: $0.entry.shape) }
    }

    private struct Kind: Hashable {
        let dtype: DType
        let shape: Shape

        init(_ entry: TensorEntry) {
            dtype = entry.dtype
            shape = entry.shape
        }
    }

    private struct Content: Hashable {
        let kind: Kind
        let digest: SHA256Digest
    }
}

/// The tensors of two checkpoints under the names by which they are compared.
private struct DiffSides {
    let left: [(name: String, entry: TensorEntry)]
    let right: [(name: String, entry: TensorEntry)]
    let parts: (left: String, right: String)

    init(_ left: Checkpoint, _ right: Checkpoint, select: String?) throws(CheckpointError) {
        var options = ConversionOptions()
        if let select {
            options.select = select
            let sides = (
                try ConversionSource(left, options, holdsTrees: false),
                try ConversionSource(right, options, holdsTrees: false)
            )
            (self.left, self.right) = (sides.0.tensors, sides.1.tensors)
            parts = (select, select)
            return
        }
        let full = (left.tensors.map { ($0.name, $0) }, right.tensors.map { ($0.name, $0) })
        let names = Set(full.0.map(\.0))
        if !names.isEmpty, !full.1.contains(where: { names.contains($0.0) }),
            let ownLeft = try? ConversionSource(left, options, holdsTrees: false),
            let ownRight = try? ConversionSource(right, options, holdsTrees: false),
            !Set(ownLeft.tensors.map(\.name)).isDisjoint(with: ownRight.tensors.map(\.name))
        {
            (self.left, self.right) = (ownLeft.tensors, ownRight.tensors)
            parts = (ownLeft.networkName, ownRight.networkName)
        } else {
            (self.left, self.right) = full
            parts = ("", "")
        }
    }
}
