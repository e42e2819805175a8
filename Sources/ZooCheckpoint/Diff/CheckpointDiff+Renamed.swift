import ZooCore
import ZooTensor

extension CheckpointDiff {
    /// Pairs what is in one only with what has the same type, shape and bytes in the other; the rest is single.
    mutating func findRenamed(
        _ lefts: [DiffSide.Named], _ left: Checkpoint, _ rights: [DiffSide.Named], _ right: Checkpoint
    ) throws(CheckpointError) {
        let wanted = Set(lefts.compactMap { Kind($0.entry) })
        var candidates: [Content: [Int]] = [:]
        for (index, other) in rights.enumerated() {
            guard let kind = Kind(other.entry), wanted.contains(kind) else { continue }
            candidates[Content(kind: kind, digest: try right.tensor(other.entry).digest()), default: []].append(index)
        }
        let offered = Set(rights.compactMap { Kind($0.entry) })
        var taken: Set<Int> = []
        for (name, entry) in lefts {
            if let kind = Kind(entry), offered.contains(kind) {
                let content = Content(kind: kind, digest: try left.tensor(entry).digest())
                let free = candidates[content, default: []].filter { !taken.contains($0) }
                // Counters and zeros are alike; the longest common tail tells them apart.
                let nearest = NearestName(free.map { rights[$0].name }).nearest(to: name)
                if let other = free.first(where: { rights[$0].name == nearest }) ?? free.first {
                    taken.insert(other)
                    renamed.append(Renamed(left: name, right: rights[other].name))
                    continue
                }
            }
            onlyLeft.append(Single(name: name, dtype: entry.dtype, shape: entry.shape))
        }
        onlyRight = rights.indices.filter { !taken.contains($0) }.map { index in
            let (name, entry) = rights[index]
            return Single(name: name, dtype: entry.dtype, shape: entry.shape)
        }
    }

    private struct Kind: Hashable {
        let dtype: DType
        let shape: Shape

        /// `nil` for a tensor without values.
        init?(_ entry: TensorEntry) {
            guard !entry.isMeta else { return nil }
            dtype = entry.dtype
            shape = entry.shape
        }
    }

    private struct Content: Hashable {
        let kind: Kind
        let digest: SHA256Digest
    }
}
