/// The settings of a schedule that waits for a metric to become better, with the defaults of `ReduceLROnPlateau`.
public struct Plateau: Sendable, Hashable {
    /// What is watched, after each epoch.
    public enum Metric: String, Sendable, Hashable, CaseIterable {
        /// The validation loss, which shall fall.
        case loss
        /// The validation accuracy, which shall rise.
        case accuracy
    }

    /// What the rate is multiplied by, less than 1.
    public var factor = 0.1
    /// How many epochs without an improvement are accepted; the next one reduces the rate.
    public var patience = 10
    /// By how much the metric has to be better than the best one to count as an improvement.
    public var threshold = 1e-4
    /// Whether ``threshold`` is a difference of the metric itself, not a share of it.
    public var thresholdIsAbsolute = false
    /// For how many epochs after a reduction nothing is counted.
    public var cooldown = 0
    /// The lowest rate.
    public var minimum = 0.0
    /// What is watched.
    public var metric = Metric.loss

    /// PyTorch's defaults.
    public init() {}

    /// A reduction by less than this does not take place.
    private static let smallestReduction = 1e-8

    func rate(base: Double, after reductions: Int) -> Double {
        (0..<reductions).reduce(base) { rate, _ in
            let reduced = max(rate * factor, minimum)
            return rate - reduced > Self.smallestReduction ? reduced : rate
        }
    }

    fileprivate func isBetter(_ value: Double, than best: Double) -> Bool {
        switch (metric, thresholdIsAbsolute) {
        case (.loss, false): value < best * (1 - threshold)
        case (.loss, true): value < best - threshold
        case (.accuracy, false): value > best * (1 + threshold)
        case (.accuracy, true): value > best + threshold
        }
    }
}

/// What a plateau schedule was told so far; belongs into a run's checkpoint.
public struct PlateauState: Sendable, Hashable, Codable {
    /// The best value so far, `nil` before the first.
    public private(set) var best: Double?
    /// How many epochs in a row were not better.
    public private(set) var badEpochCount = 0
    /// For how many epochs nothing is counted.
    public private(set) var cooldownCount = 0
    /// How often the rate was to be reduced.
    public private(set) var reductionCount = 0

    /// The state before the first epoch.
    public init() {}

    /// Takes note of an epoch's metric, as `ReduceLROnPlateau.step` does. A value that is not a number is no improvement.
    public mutating func observe(_ value: Double, _ settings: Plateau) {
        if !value.isNaN, best.map({ settings.isBetter(value, than: $0) }) ?? true {
            best = value
            badEpochCount = 0
        } else {
            badEpochCount += 1
        }
        if cooldownCount > 0 {
            cooldownCount -= 1
            badEpochCount = 0
        }
        if badEpochCount > settings.patience {
            reductionCount += 1
            cooldownCount = settings.cooldown
            badEpochCount = 0
        }
    }
}
