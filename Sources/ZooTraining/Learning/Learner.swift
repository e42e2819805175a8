import ZooTensor

/// Something that is trained epoch by epoch: a head on fixed features, or a network on images.
protocol Learner: AnyObject {
    /// The step size of each parameter group, as the last step had it.
    var learningRates: [String: Float] { get }

    /// The learning rate of pretrained layers in the next steps, whatever the schedule says; others in proportion.
    var fixedRate: Double? { get set }

    /// Sees the training images once.
    ///
    /// - Parameters:
    ///   - epoch: from 1; with the seed it decides the order, the augmentation and what is dropped.
    ///   - onBatch: called after each batch; what it throws ends the epoch.
    /// - Throws: ``TrainingError`` (`diverged`) when the loss is no longer finite.
    func trainEpoch(_ epoch: Int, onBatch: (BatchReport) throws -> Void) throws -> JudgedLogits

    /// Judges the validation images by plain cross-entropy, with averaged weights where weights are averaged.
    func judge() throws -> JudgedLogits

    /// Hears how the validation went, for schedules that wait for it.
    func hear(_ validation: JudgedLogits, after epoch: Int)

    /// The parameters that ``judge()`` judges, by PyTorch's names: all that differ from the source's.
    func result() throws -> [String: Tensor]

    /// What the next epoch depends on.
    func state() throws -> LearnerState

    /// Goes on where another learner with the same settings left off, after `epoch` epochs.
    func restore(_ state: LearnerState, after epoch: Int) throws
}

/// How far an epoch is.
struct BatchReport {
    /// The mean loss of the batch, before its step.
    let loss: Double
    /// How many images of the epoch were seen.
    let imageCount: Int
}

/// What the next epoch of a ``Learner`` depends on, by PyTorch's names and in PyTorch's order of elements.
struct LearnerState {
    /// The learnt parameters and what batch norms recorded.
    var parameters: [String: Tensor]
    /// What is remembered of each parameter.
    var memory: StepperMemory
    /// How far a schedule that waits for the validation is.
    var plateau: PlateauState
    /// The settings of a head that was made in one go.
    var headSettings: [String: String]?
}
