internal import ZooCore

extension ImageFolder {
    /// Divides the samples into `count` parts of equal size and with the same shares of every class, and lets each part
    /// validate once while the others train: stratified k-fold cross-validation.
    ///
    /// The same seed gives the same parts. Sizes differ by one at most, in all and within each class; a class of fewer
    /// than `count` images is missing from some of the parts.
    ///
    /// - Parameters:
    ///   - count: the number of parts.
    ///   - seed: chooses the images.
    /// - Precondition: `count` is at least 2.
    /// - Complexity: O(*n* · `count`).
    public func folds(count: Int, seed: UInt64) -> [(train: ImageFolder, validation: ImageFolder)] {
        precondition(count >= 2, "cross-validation needs at least two parts")
        var members = [[Int]](repeating: [], count: classes.count)
        for (index, sample) in samples.enumerated() { members[sample.label].append(index) }
        var fold = [Int](repeating: 0, count: samples.count)
        var next = 0
        for (label, indices) in members.enumerated() {
            var generator = SeededGenerator(seed: seed, stream: UInt64(label))
            for index in indices.shuffled(using: &generator) {
                fold[index] = next
                next = (next + 1) % count
            }
        }
        return (0..<count).map { number in
            (part { fold[$0] != number }, part { fold[$0] == number })
        }
    }
}
