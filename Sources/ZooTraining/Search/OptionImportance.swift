import ZooCore

/// How much of the differences between a search's accuracies one option explains by itself.
///
/// The settings are put into groups by the option's value (ranges of equally many settings, where there are many values), and
/// the variance between groups is compared with the whole: ε² = 1 − (SSwithin / (n − k)) / (SStotal / (n − 1)) (Kelley, "An
/// unbiased correlation ratio measure", 1935), which is 0 on average for an option that does nothing. Whether it is more than
/// chance is asked of permutations: accuracies dealt out to the settings at random. What options do only together is in none
/// of the numbers.
public struct OptionImportance: Sendable, Hashable {
    /// The option.
    public let name: String
    /// ε², from 0 to 1; what is below 0 by chance is 0.
    public let share: Double
    /// The share of permutations that explain as much.
    public let chance: Double

    /// Whether fewer than one permutation in twenty explains as much.
    public var isDistinct: Bool { chance < 0.05 }

    /// Fewer settings than these say nothing.
    public static let leastCount = 12
    /// How many times accuracies are dealt out.
    static let permutationCount = 999
    private static let mostGroups = 8

    /// The importance of each option of a space, in the order of the space.
    ///
    /// - Parameter trials: results with as many epochs each, so that they can be compared; those without an accuracy are
    ///   left out.
    /// - Returns: nothing for fewer than ``leastCount`` accuracies, or where all are the same.
    /// - Complexity: O(options · trials · permutations).
    public static func all(of space: SearchSpace, in trials: [TrialResult]) -> [OptionImportance] {
        let known = trials.filter { $0.accuracy != nil }
        let accuracies = known.compactMap(\.accuracy)
        guard accuracies.count >= leastCount, Set(accuracies).count > 1 else { return [] }
        return space.dimensions.enumerated().map { index, dimension in
            let groups = groups(known.map { $0.setting.pairs[index].value }, of: dimension.values)
            let observed = explained(accuracies, by: groups)
            var generator = SeededGenerator(seed: 0, stream: UInt64(index))
            var dealt = accuracies
            var asMuch = 1
            for _ in 0..<permutationCount {
                dealt.shuffle(using: &generator)
                if explained(dealt, by: groups) >= observed { asMuch += 1 }
            }
            return OptionImportance(
                name: dimension.name, share: max(0, observed), chance: Double(asMuch) / Double(permutationCount + 1))
        }
    }

    /// The number of the group of each value.
    static func groups(_ values: [String], of kind: SearchSpace.Values) -> [Int] {
        let names = Set(values)
        var limit = min(mostGroups, max(2, Int(Double(values.count).squareRoot() / 1.5)))
        if case .choices = kind { limit = .max }
        guard names.count > limit else {
            let numbers = Dictionary(uniqueKeysWithValues: names.sorted().enumerated().map { ($1, $0) })
            return values.map { numbers[$0] ?? 0 }
        }
        let numbers = values.map { Double($0) ?? 0 }
        let order = numbers.indices.sorted { (numbers[$0], $0) < (numbers[$1], $1) }
        var groups = [Int](repeating: 0, count: values.count)
        for (rank, index) in order.enumerated() {
            let isSame = rank > 0 && numbers[order[rank - 1]] == numbers[index]
            groups[index] = isSame ? groups[order[rank - 1]] : rank * limit / values.count
        }
        return groups
    }

    /// ε² of numbers in groups; 0 where every number is a group of its own, or all are in one.
    static func explained(_ values: [Double], by groups: [Int]) -> Double {
        let mean = values.reduce(0, +) / Double(values.count)
        var sums: [Int: (sum: Double, count: Int)] = [:]
        for (value, group) in zip(values, groups) {
            let known = sums[group] ?? (0, 0)
            sums[group] = (known.sum + value, known.count + 1)
        }
        guard sums.count > 1, values.count > sums.count else { return 0 }
        var (within, total) = (0.0, 0.0)
        for (value, group) in zip(values, groups) {
            let own = sums[group].map { $0.sum / Double($0.count) } ?? mean
            within += (value - own) * (value - own)
            total += (value - mean) * (value - mean)
        }
        guard total > 0 else { return 0 }
        return 1 - (within / Double(values.count - sums.count)) / (total / Double(values.count - 1))
    }
}
