import ZooCore
import ZooImage
import ZooTensor

/// Trains a head on features that do not change, by steps along gradients.
///
/// While the rest of the network is frozen, and its batch norm stays in evaluation mode, an image has the same features
/// in every epoch; so they are computed once and an epoch costs only the head. With augmented copies, epochs take turns
/// among the copies.
final class HeadLearner<Head: DifferentiableHead>: Learner {
    private let copies: [FeatureSet]
    private let validation: FeatureSet
    private let settings: TrainingSettings
    private let parameters: HeadParameters<Head>
    private let order: EpochOrder
    private let objective: Objective
    private var stepper: Stepper

    /// A learner whose head starts as `head`.
    ///
    /// - Parameters:
    ///   - copies: the features of the training images, one set for each augmented copy; rows of all sets belong to the
    ///     same images.
    ///   - validation: the features that choose the best epoch.
    ///   - tasks: what labels mean, where images have several; the head then has an output for each class of each.
    init(
        _ head: Head, prefix: String, copies: [FeatureSet], validation: FeatureSet, settings: TrainingSettings,
        tasks: LabelTasks? = nil
    ) {
        self.copies = copies
        self.validation = validation
        self.settings = settings
        let labels = copies[0].labels
        parameters = HeadParameters(head, prefix: prefix)
        order = EpochOrder(labels: labels, isBalanced: settings.balance == .sampler, seed: settings.seed)
        objective = Objective(settings, labels: labels, classCount: head.classCount, tasks: tasks)
        let batches = (labels.count + settings.batchSize - 1) / settings.batchSize
        stepper = Stepper(
            settings, stepsPerEpoch: max(1, (batches + settings.accumulation - 1) / settings.accumulation))
        let rate = settings.rates.base * settings.rates.headFactor
        stepper.enter([.init(name: "head", rate: rate, parameters: Set(parameters.names))])
    }

    var learningRates: [String: Float] { stepper.learningRates }

    var fixedRate: Double? {
        get { stepper.fixedRate }
        set { stepper.fixedRate = newValue }
    }

    func trainEpoch(_ epoch: Int, onBatch: (BatchReport) throws -> Void) throws -> JudgedLogits {
        let train = copies[(epoch - 1) % copies.count]
        let indices = order.indices(epoch: epoch)
        var logits = Matrix(zeros: indices.count, parameters.head.classCount)
        var (lossSum, weight) = (0.0, 0.0)
        for (number, start) in stride(from: 0, to: indices.count, by: settings.batchSize).enumerated() {
            let chosen = indices[start..<min(start + settings.batchSize, indices.count)]
            let pass = parameters.head.pass(train.features.gatheringRows(chosen)) {
                drop(&$0, epoch: epoch, batch: number)
            }
            logits.replaceRows(from: start, by: pass.logits)
            let result = objective.evaluate(
                logits: pass.logits, targets: .classes(chosen.map { train.labels[$0] }))
            lossSum += result.lossSum
            weight += result.weight
            guard lossSum.isFinite else {
                throw TrainingError.diverged(epoch: epoch, learningRates: learningRates)
            }
            let isLast = start + settings.batchSize >= indices.count
            let slopes = parameters.head.slopes(
                result.gradient.scaled(by: 1 / Float(settings.accumulation)), pass)
            parameters.take(slopes, adding: number % settings.accumulation != 0)
            if (number + 1) % settings.accumulation == 0 || isLast { stepper.step(parameters) }
            try onBatch(BatchReport(loss: result.mean, imageCount: start + chosen.count))
        }
        return objective.judgeTraining(
            logits, indices.map { train.labels[$0] }, loss: weight > 0 ? lossSum / weight : 0)
    }

    /// Zeroes some of the output layer's inputs and makes up for it with the others.
    private func drop(_ batch: inout Matrix, epoch: Int, batch number: Int) {
        guard settings.dropout > 0 else { return }
        var generator = SeededGenerator(seed: settings.seed, stream: UInt64(epoch) << 32 | UInt64(number) | 1 << 62)
        let (threshold, factor) = (Float(settings.dropout), Float(1 / (1 - settings.dropout)))
        for index in batch.values.indices {
            batch.values[index] *= generator.uniform() < threshold ? 0 : factor
        }
    }

    func judge() throws -> JudgedLogits {
        stepper.withAverages(parameters) {
            objective.judge(parameters.head.logits(of: validation.features), validation.labels)
        }
    }

    func hear(_ validation: JudgedLogits, after epoch: Int) {
        stepper.hear(validation, after: epoch)
    }

    func result() throws -> [String: Tensor] {
        stepper.withAverages(parameters) { tensors }
    }

    private var tensors: [String: Tensor] { parameters.tensors }

    func head(of parameters: [String: Tensor]) throws -> any FeatureHead {
        let best = HeadParameters(self.parameters.head, prefix: self.parameters.prefix)
        try best.replace(parameters)
        return best.head
    }

    func state() throws -> LearnerState {
        LearnerState(parameters: tensors, memory: stepper.memory, plateau: stepper.plateau)
    }

    func restore(_ state: LearnerState, after epoch: Int) throws {
        try parameters.replace(state.parameters)
        try stepper.restore(
            state.memory, plateau: state.plateau, after: epoch, elementCounts: parameters.elementCounts)
    }
}
