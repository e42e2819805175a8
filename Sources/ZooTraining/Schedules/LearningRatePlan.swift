/// A schedule with its warm-up: the learning rate at every moment of a run.
public struct LearningRatePlan: Sendable, Hashable {
    /// How the rate changes after, or besides, the warm-up.
    public var schedule: LearningRateSchedule
    /// How the rate grows at first.
    public var warmUp: WarmUp?

    /// A plan.
    public init(_ schedule: LearningRateSchedule = .constant, warmUp: WarmUp? = nil) {
        self.schedule = schedule
        self.warmUp = warmUp
    }

    /// The learning rate of the step that begins at a moment; see ``LearningRateSchedule/rate(base:at:plateau:)``.
    public func rate(base: Double, at moment: TrainingMoment, plateau: PlateauState = PlateauState()) -> Double {
        switch warmUp?.length {
        case .epochs(let count) where moment.epoch < count:
            return base * (warmUp?.factor(moment.epoch, of: count) ?? 1)
        case .steps(let count):
            let factor = warmUp?.factor(moment.step, of: count) ?? 1
            return factor * schedule.rate(base: base, at: moment, plateau: plateau)
        case .epochs, nil:
            return schedule.rate(base: base, at: moment.skipping(epochs: warmUpEpochCount), plateau: plateau)
        }
    }

    /// The momentum (β₁ of Adam) of the step that begins at a moment; `nil` where the plan leaves it alone.
    public func momentum(at moment: TrainingMoment) -> Double? {
        moment.epoch < warmUpEpochCount ? nil : schedule.momentum(at: moment.skipping(epochs: warmUpEpochCount))
    }

    /// Tells a plateau schedule what an epoch gave; the epochs of a warm-up do not count. Does nothing for others.
    ///
    /// - Parameters:
    ///   - epoch: The epoch that ended, from 0.
    ///   - loss: Its validation loss.
    ///   - accuracy: Its validation accuracy.
    ///   - state: What the schedule was told before.
    public func observe(epoch: Int, loss: Double, accuracy: Double, _ state: inout PlateauState) {
        guard case .plateau(let settings) = schedule, epoch >= warmUpEpochCount else { return }
        state.observe(settings.metric == .loss ? loss : accuracy, settings)
    }

    private var warmUpEpochCount: Int {
        if case .epochs(let count)? = warmUp?.length { count } else { 0 }
    }
}
