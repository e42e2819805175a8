import ZooCore
import ZooTensor

/// Runs the epochs of a learner and keeps the best one.
struct TrainingLoop {
    /// What happens on the way.
    enum Event {
        /// So many of the epoch's images were seen.
        case images(Int, epoch: Int)
        /// An epoch ended.
        case epoch(EpochRecord)
    }

    /// The best epoch and how it came about.
    struct Outcome {
        /// The learnt parameters after the best epoch, by PyTorch's names.
        var best: [String: Tensor]
        /// The epoch of the best validation accuracy, the lowest loss among equals; 0 if no epoch was run.
        var bestEpoch: Int
        /// The validation accuracy after it.
        var bestAccuracy: Double
        /// The validation loss after it.
        var bestLoss: Double
        /// Every epoch.
        var epochs: [EpochRecord]
        /// Why the training ended before its last epoch, if it did.
        var ending: Ending?
    }

    /// Why a training ends early.
    enum Ending: Hashable {
        /// No better epoch for a while.
        case patience(Int)
        /// The loss was not a finite number any more; the text says more.
        case diverged(TrainingError)

        /// In words.
        var reason: String {
            switch self {
            case .patience(let count): "no better epoch for \(count) epochs"
            case .diverged(let error): error.message
            }
        }
    }

    let settings: TrainingSettings
    let recorder: RunRecorder?

    /// Trains from the state of the recorder on, or from the beginning.
    ///
    /// - Throws: ``TrainingError`` (`diverged`) if there is not one good epoch to keep; what `onEvent` and the learner
    ///   throw.
    func run(_ learner: any Learner, onEvent: (Event) throws -> Void) throws -> Outcome {
        var outcome = try begin(learner)
        // Whatever ends the training, the report has the images of the best epoch.
        defer { try? recorder?.savePredictions() }
        for epoch in stride(from: outcome.epochs.count + 1, through: settings.epochs, by: 1) {
            if let patience = settings.patience, epoch - 1 - outcome.bestEpoch >= patience, outcome.bestEpoch > 0 {
                outcome.ending = .patience(patience)
                break
            }
            do {
                try runEpoch(epoch, learner, &outcome, onEvent)
            } catch let error as TrainingError where error.code == .diverged && outcome.bestEpoch > 0 {
                outcome.ending = .diverged(error)
                break
            }
        }
        try recorder?.finish(outcome, learner)
        return outcome
    }

    private func begin(_ learner: any Learner) throws -> Outcome {
        if let saved = try recorder?.resume() {
            try learner.restore(saved.state, after: saved.outcome.epochs.count)
            return saved.outcome
        }
        let untrained = try learner.judge()
        recorder?.keep(untrained, ofEpoch: 0)
        return Outcome(
            best: try learner.result(), bestEpoch: 0, bestAccuracy: untrained.accuracy, bestLoss: untrained.loss,
            epochs: [])
    }

    private func runEpoch(
        _ epoch: Int, _ learner: any Learner, _ outcome: inout Outcome, _ onEvent: (Event) throws -> Void
    ) throws {
        let clock = ContinuousClock.now
        let train = try learner.trainEpoch(epoch) { try onEvent(.images($0.imageCount, epoch: epoch)) }
        let val = try learner.judge()
        guard val.loss.isFinite else {
            throw TrainingError.diverged(epoch: epoch, learningRates: learner.learningRates)
        }
        let rates = learner.learningRates
        learner.hear(val, after: epoch)
        var record = EpochRecord(
            epoch: epoch, trainLoss: train.loss, trainAccuracy: train.accuracy, valLoss: val.loss,
            valAccuracy: val.accuracy, learningRates: rates, seconds: clock.secondsUntilNow,
            train: train.metrics, val: val.metrics, trainConfusion: train.confusion, valConfusion: val.confusion)
        if !val.tasks.isEmpty { record.tasks = zip(train.tasks, val.tasks).map { TaskRecord(train: $0, val: $1) } }
        outcome.epochs.append(record)
        if settings.keepsLastEpoch || outcome.bestEpoch == 0
            || (val.accuracy, -val.loss) > (outcome.bestAccuracy, -outcome.bestLoss)
        {
            outcome.best = try learner.result()
            (outcome.bestEpoch, outcome.bestAccuracy, outcome.bestLoss) = (epoch, val.accuracy, val.loss)
            recorder?.keep(val, ofEpoch: epoch)
        }
        try recorder?.record(record, outcome, learner)
        try onEvent(.epoch(record))
    }
}
