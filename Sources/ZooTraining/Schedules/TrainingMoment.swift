/// A moment of a training run, between two steps of the optimiser.
public struct TrainingMoment: Sendable, Hashable {
    /// How many steps were taken before, in all epochs.
    public var step: Int
    /// How many steps an epoch takes.
    public let stepsPerEpoch: Int
    /// How many epochs the run has.
    public let epochCount: Int

    /// A moment.
    ///
    /// - Precondition: An epoch has at least one step.
    public init(step: Int, stepsPerEpoch: Int, epochCount: Int) {
        precondition(step >= 0 && stepsPerEpoch > 0, "an epoch has at least one step")
        self.step = step
        self.stepsPerEpoch = stepsPerEpoch
        self.epochCount = epochCount
    }

    /// The beginning of an epoch; `epoch` counts from 0, as PyTorch's `last_epoch` does.
    public init(epoch: Int, stepsPerEpoch: Int, epochCount: Int) {
        self.init(step: epoch * stepsPerEpoch, stepsPerEpoch: stepsPerEpoch, epochCount: epochCount)
    }

    /// How many epochs were completed before.
    public var epoch: Int { step / stepsPerEpoch }
    /// How many steps the run has.
    public var stepCount: Int { epochCount * stepsPerEpoch }

    /// The same moment of a run that begins `epochs` later; its beginning before that.
    func skipping(epochs: Int) -> TrainingMoment {
        TrainingMoment(
            step: max(step - epochs * stepsPerEpoch, 0), stepsPerEpoch: stepsPerEpoch,
            epochCount: max(epochCount - epochs, 0))
    }
}
