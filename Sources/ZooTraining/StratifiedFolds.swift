import ZooCore

/// Parts of images for cross-validation.
enum StratifiedFolds {
    /// The fold of each row: every fold has its share of every class, as ``ZooImage/ImageFolder/folds(count:seed:)``.
    ///
    /// - Complexity: O(*n* · classes).
    static func assign(_ labels: [Int], classCount: Int, count: Int, seed: UInt64) -> [Int] {
        var folds = [Int](repeating: 0, count: labels.count)
        var next = 0
        for label in 0..<classCount {
            var generator = SeededGenerator(seed: seed, stream: UInt64(label))
            for row in labels.indices.filter({ labels[$0] == label }).shuffled(using: &generator) {
                folds[row] = next
                next = (next + 1) % count
            }
        }
        return folds
    }
}
