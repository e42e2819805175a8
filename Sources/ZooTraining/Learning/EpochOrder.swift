import ZooCore

/// In which order an epoch sees the training images.
struct EpochOrder {
    private let labels: [Int]
    private let seed: UInt64
    /// For each image the sum of the weights up to it; `nil` where every image is seen once.
    private let cumulativeWeights: [Double]?

    /// - Parameter isBalanced: whether images are drawn so that classes are seen equally often.
    init(labels: [Int], isBalanced: Bool, seed: UInt64) {
        self.labels = labels
        self.seed = seed
        guard isBalanced else {
            cumulativeWeights = nil
            return
        }
        let counts = labels.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
        var sum = 0.0
        cumulativeWeights = labels.map { label in
            sum += 1 / Double(counts[label] ?? 1)
            return sum
        }
    }

    /// The indices of the images of an epoch, counted from 1; as many as there are images.
    ///
    /// - Complexity: O(*n*), O(*n* log *n*) for balanced ones.
    func indices(epoch: Int) -> [Int] {
        var generator = SeededGenerator(seed: seed, stream: UInt64(epoch))
        guard let weights = cumulativeWeights, let total = weights.last else {
            return Array(labels.indices).shuffled(using: &generator)
        }
        return labels.indices.map { _ in
            let point = Double(generator.next() >> 11) * 0x1p-53 * total
            return Self.firstIndex(in: weights, above: point)
        }
    }

    private static func firstIndex(in ascending: [Double], above point: Double) -> Int {
        var (low, high) = (0, ascending.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if ascending[middle] > point { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
