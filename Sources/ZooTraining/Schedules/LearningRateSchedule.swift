import Glibc

/// How the learning rate changes while a network is trained: the schedules of `torch.optim.lr_scheduler`.
///
/// All change from epoch to epoch, ``oneCycle(_:)`` from step to step. The rate follows from the moment alone, except
/// that ``plateau(_:)`` waits for what it is told, a ``PlateauState``.
///
/// ```swift
/// let schedule = try LearningRateSchedule("step=30/0.1")
/// let rate = schedule.rate(base: 0.1, at: TrainingMoment(epoch: 30, stepsPerEpoch: 1, epochCount: 90))    // 0.01
/// ```
public enum LearningRateSchedule: Sendable, Hashable {
    /// Always the same.
    case constant
    /// `StepLR`: times `gamma` after every `size` epochs.
    case step(size: Int, gamma: Double = 0.1)
    /// `MultiStepLR`: times `gamma` at the beginning of each of the epochs `milestones`, counted from 0.
    case multistep(milestones: [Int], gamma: Double = 0.1)
    /// `ExponentialLR`: times `gamma` after every epoch.
    case exponential(gamma: Double)
    /// `CosineAnnealingLR`: half a wave down to `minimum` in `epochs` (`T_max`; by default all), and up again.
    case cosine(epochs: Int? = nil, minimum: Double = 0)
    /// `LinearLR`: from `start` times the rate to `end` times the rate in `epochs` (by default all), then the same.
    case linear(start: Double = 1, end: Double = 0, epochs: Int? = nil)
    /// `PolynomialLR`: (1 − epoch/`epochs`)^`power` times the rate in `epochs` (by default all), then 0.
    case polynomial(power: Double = 1, epochs: Int? = nil)
    /// `OneCycleLR`: up and down again, step by step.
    case oneCycle(OneCycle = OneCycle())
    /// `ReduceLROnPlateau`: times a factor whenever a metric has not become better for a while.
    case plateau(Plateau = Plateau())

    /// The learning rate of the step that begins at a moment.
    ///
    /// - Parameters:
    ///   - base: The rate that was asked for: the first one of most schedules, the highest of ``oneCycle(_:)``.
    ///   - moment: When.
    ///   - plateau: What ``plateau(_:)`` was told so far; for the others it does not count.
    /// - Complexity: O(milestones, or reductions).
    public func rate(base: Double, at moment: TrainingMoment, plateau: PlateauState = PlateauState()) -> Double {
        let epoch = moment.epoch
        switch self {
        case .constant: return base
        case .step(let size, let gamma): return base * pow(gamma, Double(epoch / size))
        case .multistep(let milestones, let gamma):
            return base * pow(gamma, Double(milestones.count { $0 <= epoch }))
        case .exponential(let gamma): return base * pow(gamma, Double(epoch))
        case .cosine(let epochs, let minimum):
            let share = Double(epoch) / Double(epochs ?? max(moment.epochCount, 1))
            return minimum + (base - minimum) * (1 + cos(.pi * share)) / 2
        case .linear(let start, let end, let epochs):
            let length = epochs ?? max(moment.epochCount, 1)
            return base * (start + (end - start) * Double(min(epoch, length)) / Double(length))
        case .polynomial(let power, let epochs):
            let length = epochs ?? max(moment.epochCount, 1)
            return base * pow(1 - Double(min(epoch, length)) / Double(length), power)
        case .oneCycle(let cycle): return cycle.rate(highest: base, step: moment.step, of: moment.stepCount)
        case .plateau(let settings): return settings.rate(base: base, after: plateau.reductionCount)
        }
    }

    /// The momentum (β₁ of Adam) of the step that begins at a moment; `nil` where the schedule leaves it alone.
    public func momentum(at moment: TrainingMoment) -> Double? {
        guard case .oneCycle(let cycle) = self else { return nil }
        return cycle.momentum(step: moment.step, of: moment.stepCount)
    }
}
