import ZooCore

/// How a search goes through its space.
public enum SearchMethod: Sendable, Hashable {
    /// Every combination of the choices and of a few values of each range.
    case grid(points: Int)
    /// So many settings drawn at random (Bergstra and Bengio, "Random search for hyper-parameter optimization", 2012).
    case random(trials: Int)
    /// So many settings drawn at random begin with few epochs; the best third goes on with three times as many, and so on
    /// up to all of them (Jamieson and Talwalkar, "Non-stochastic best arm identification", 2016).
    case halving(trials: Int)
}

/// One training of a search that is still to be made.
public struct PlannedTrial: Sendable, Hashable {
    /// Its number within the search, from 1; a setting that goes on keeps its number.
    public let number: Int
    /// The setting.
    public let setting: SearchSetting
    /// The round of successive halving, from 1.
    public let round: Int
    /// How many epochs it is given.
    public let epochs: Int
}

/// What a search does in which order: rounds of trials, of which the next depends on the results of the last.
///
/// The plan follows from the space, the method, the seed and the results alone, so a search that was interrupted goes on to
/// the same trials.
public struct SearchPlan: Sendable {
    /// Each round keeps the best one of so many trials, and gives it so many times the epochs.
    public static let reduction = 3
    /// The most trials of a search.
    public static let largestCount = 100_000

    private let settings: [SearchSetting]
    private let epochs: [Int]

    /// A plan.
    ///
    /// - Parameters:
    ///   - epochs: how many epochs a whole trial has.
    ///   - meaning: what of a setting decides the result; of settings that mean the same only the first is tried.
    /// - Throws: ``TrainingError`` (`invalidSetting`) for a grid with too many combinations.
    public init(
        _ space: SearchSpace, method: SearchMethod, epochs: Int, seed: UInt64,
        meaning: (SearchSetting) -> SearchSetting = { $0 }
    ) throws(TrainingError) {
        var seen = Set<SearchSetting>()
        switch method {
        case .grid(let points):
            guard let grid = space.grid(points: points, limit: Self.largestCount) else {
                throw TrainingError(
                    .invalidSetting,
                    "the grid has more than \(Self.largestCount) combinations; search at random, or choose fewer values"
                )
            }
            settings = grid.filter { seen.insert(meaning($0)).inserted }
            self.epochs = [epochs]
        case .random(let trials), .halving(let trials):
            var generator = SeededGenerator(seed: seed, stream: 0x7365_6172_6368)
            var drawn: [SearchSetting] = []
            // Of few combinations some are drawn again and again; after many tries all of them are there.
            for _ in 0..<trials * 20 where drawn.count < trials {
                let setting = space.draw(&generator)
                if seen.insert(meaning(setting)).inserted { drawn.append(setting) }
            }
            settings = drawn
            self.epochs =
                if case .halving = method { Self.rounds(trials: drawn.count, epochs: epochs) } else { [epochs] }
        }
    }

    /// The epochs of each round of successive halving.
    static func rounds(trials: Int, epochs: Int) -> [Int] {
        var rounds = [epochs]
        var left = trials
        while left > reduction, let first = rounds.first, first > 1 {
            rounds.insert((first + reduction - 1) / reduction, at: 0)
            left = (left + reduction - 1) / reduction
        }
        return rounds
    }

    /// How many rounds there are.
    public var roundCount: Int { epochs.count }

    /// How many trainings there are, in all rounds.
    public var trialCount: Int {
        var (count, left) = (0, settings.count)
        for _ in epochs {
            count += left
            left = (left + Self.reduction - 1) / Self.reduction
        }
        return count
    }

    /// The trials of the first round.
    public var firstRound: [PlannedTrial] {
        settings.enumerated().map {
            PlannedTrial(number: $0 + 1, setting: $1, round: 1, epochs: epochs[0])
        }
    }

    /// The trials of the round that follows `results`, those of one round: the best third, best first; none after the last
    /// round.
    public func round(after results: [TrialResult]) -> [PlannedTrial] {
        guard let round = results.first?.round, round < epochs.count else { return [] }
        let best = results.filter { $0.accuracy != nil }.sorted { $0.isBetter(than: $1) }
        return best.prefix((results.count + Self.reduction - 1) / Self.reduction).map {
            PlannedTrial(number: $0.number, setting: $0.setting, round: round + 1, epochs: epochs[round])
        }
    }
}
