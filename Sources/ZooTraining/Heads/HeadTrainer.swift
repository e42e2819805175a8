import ZooCore

/// The settings of training a head on fixed features.
public struct HeadTrainingOptions: Sendable, Hashable {
    /// How many times all features are seen.
    public var epochs = 20
    /// How many features make one step.
    public var batchSize = 64
    /// Step size, momentum and weight decay.
    public var optimiser = SGD.Options(learningRate: 0.1, momentum: 0.9, weightDecay: 0)
    /// What the initial weights and the order of the features follow from.
    public var seed: UInt64 = 0

    /// The defaults of `zoo finetune --head-only`.
    public init() {}
}

/// What one epoch gave.
public struct EpochRecord: Sendable, Hashable {
    /// The number of the epoch, from 1.
    public let epoch: Int
    /// The mean loss over the epoch, each batch before its step.
    public let trainLoss: Double
    /// The share of training images that were right, each batch before its step.
    public let trainAccuracy: Double
    /// The mean loss of the validation images after the epoch.
    public let valLoss: Double
    /// The share of validation images that are right after the epoch.
    public let valAccuracy: Double
    /// The step size of each parameter group.
    public let learningRates: [String: Float]
    /// How long the epoch took.
    public let seconds: Double
}

/// Trains a linear head on features that do not change.
///
/// While the rest of the network is frozen, and its batch norm stays in evaluation mode, an image has the same features
/// in every epoch; so they are computed once and an epoch costs only the head.
public struct HeadTrainer: Sendable {
    /// The head after training, and how it got there.
    public struct Outcome: Sendable {
        /// The head after its best epoch.
        public let head: LinearHead
        /// The epoch of the best validation accuracy, the lowest loss among equals; 0 if no epoch was run.
        public let bestEpoch: Int
        /// The validation accuracy of ``head``.
        public let bestAccuracy: Double
        /// Every epoch.
        public let epochs: [EpochRecord]
    }

    private let options: HeadTrainingOptions

    /// A trainer with the given settings.
    public init(_ options: HeadTrainingOptions) {
        self.options = options
    }

    /// Trains a new head.
    ///
    /// The same features, options and number of BLAS threads give the same bits.
    ///
    /// - Parameters:
    ///   - train: the features to learn from.
    ///   - validation: the features that choose the best epoch.
    ///   - classCount: the number of outputs.
    ///   - hasBias: whether the layer adds a bias.
    ///   - pixelCount: how many pixels the features of an image are, for a convolution with a ReLU and a mean behind it.
    ///   - onEpoch: called after each epoch; what it throws ends the training.
    /// - Throws: ``TrainingError`` (`diverged`) when the loss is no longer finite; what `onEpoch` throws.
    /// - Complexity: O(epochs · N · features · classes).
    public func train(
        on train: FeatureSet, validation: FeatureSet, classCount: Int, hasBias: Bool = true, pixelCount: Int? = nil,
        onEpoch: (EpochRecord) throws -> Void = { _ in }
    ) throws -> Outcome {
        var generator = SeededGenerator(seed: options.seed)
        var head = LinearHead(
            featureCount: train.features.columnCount / (pixelCount ?? 1), classCount: classCount, hasBias: hasBias,
            pixelCount: pixelCount, generator: &generator)
        var weightStep = SGD(options.optimiser)
        var biasStep = SGD(options.optimiser)
        let untrained = validation.evaluate(head)
        var best = (head: head, epoch: 0, accuracy: untrained.accuracy, loss: untrained.loss)
        var records: [EpochRecord] = []

        for epoch in stride(from: 1, through: options.epochs, by: 1) {
            let clock = ContinuousClock.now
            var shuffler = SeededGenerator(seed: options.seed, stream: UInt64(epoch))
            let order = Array(0..<train.count).shuffled(using: &shuffler)
            let running = try runEpoch(epoch, train, order, &head, &weightStep, &biasStep)
            let judged = validation.evaluate(head)
            let record = EpochRecord(
                epoch: epoch, trainLoss: running.loss, trainAccuracy: running.accuracy,
                valLoss: judged.loss, valAccuracy: judged.accuracy,
                learningRates: ["head": options.optimiser.learningRate], seconds: clock.secondsUntilNow)
            records.append(record)
            try onEpoch(record)
            if best.epoch == 0 || (judged.accuracy, -judged.loss) > (best.accuracy, -best.loss) {
                best = (head, epoch, judged.accuracy, judged.loss)
            }
        }
        return Outcome(head: best.head, bestEpoch: best.epoch, bestAccuracy: best.accuracy, epochs: records)
    }

    private func runEpoch(
        _ epoch: Int, _ train: FeatureSet, _ order: [Int],
        _ head: inout LinearHead, _ weightStep: inout SGD, _ biasStep: inout SGD
    ) throws(TrainingError) -> (loss: Double, accuracy: Double) {
        var lossSum = 0.0
        var correctCount = 0
        for start in stride(from: 0, to: order.count, by: options.batchSize) {
            let indices = order[start..<min(start + options.batchSize, order.count)]
            let batch = train.features.gatheringRows(indices)
            let responses = head.responses(to: batch)
            let result = CrossEntropy.evaluate(
                logits: head.average(responses), labels: indices.map { train.labels[$0] })
            lossSum += result.lossSum
            correctCount += result.correctCount
            guard lossSum.isFinite else {
                throw .diverged(epoch: epoch, learningRate: options.optimiser.learningRate)
            }
            let slopes = head.slopes(result.gradient, responses: responses, features: batch)
            weightStep.step(&head.weight.values, gradient: slopes.weight.values)
            biasStep.step(&head.bias, gradient: slopes.bias)
        }
        return (lossSum / Double(order.count), Double(correctCount) / Double(order.count))
    }
}
