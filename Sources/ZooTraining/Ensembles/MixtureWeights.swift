/// The weights with which the members' mean probability of the right classes is best: least mean negative logarithm.
///
/// That is a mixture with known parts, whose likelihood has one maximum; expectation–maximisation climbs to it without a
/// step size, and weights stay positive and sum to 1 (Dempster, Laird and Rubin, 1977; for classifiers Smyth and Wolpert,
/// *Linearly Combining Density Estimators via Stacking*, 1999).
enum MixtureWeights {
    /// Ends when no weight changes by more.
    private static let tolerance = 1e-7
    private static let maxStepCount = 10_000

    /// The weights.
    ///
    /// - Parameters:
    ///   - members: the logits of each member for the same images.
    ///   - labels: the right column of each image.
    /// - Precondition: there is a member, and a label for each row.
    /// - Complexity: O(steps · images · members).
    static func fit(_ members: [Matrix], labels: [Int]) -> [Double] {
        let likelihoods = members.map { member in
            let probabilities = member.softmax()
            return labels.enumerated().map { row, label in
                max(Double(probabilities.values[row * probabilities.columnCount + label]), 1e-30)
            }
        }
        var weights = Combination.equalWeights(members.count)
        guard !labels.isEmpty else { return weights }
        for _ in 0..<maxStepCount {
            var next = [Double](repeating: 0, count: weights.count)
            for row in labels.indices {
                var sum = 0.0
                for index in weights.indices { sum += weights[index] * likelihoods[index][row] }
                for index in weights.indices { next[index] += weights[index] * likelihoods[index][row] / sum }
            }
            let change = weights.indices.reduce(0.0) { max($0, abs(next[$1] / Double(labels.count) - weights[$1])) }
            weights = next.map { $0 / Double(labels.count) }
            if change <= tolerance { break }
        }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }
}

extension Combination {
    /// The mean with learnt weights, and what it says of each image with weights that were learnt on the other images: so
    /// that its accuracy is not flattered.
    ///
    /// The images are five parts; each in turn is judged with the weights that are best on the other four.
    static func learntAverage(
        _ members: [Matrix], labels: [Int]
    ) -> (combination: Combination, crossFitted: Matrix) {
        let combination = Combination.average(weights: MixtureWeights.fit(members, labels: labels))
        let partCount = 5
        var result = combination.combine(members)
        guard labels.count >= partCount else { return (combination, result) }
        for part in 0..<partCount {
            let others = labels.indices.filter { $0 % partCount != part }
            let held = labels.indices.filter { $0 % partCount == part }
            let weights = MixtureWeights.fit(
                members.map { $0.gatheringRows(others) }, labels: others.map { labels[$0] })
            let rows = Combination.average(weights: weights).combine(members.map { $0.gatheringRows(held) })
            for (position, row) in held.enumerated() {
                result.replaceRows(from: row, by: rows.gatheringRows(position..<position + 1))
            }
        }
        return (combination, result)
    }
}
