import SystemPackage
import ZooImage
import ZooTraining

/// The result of `zoo finetune` as `--json` prints it.
struct FinetuneAnswer: Encodable {
    struct Epoch: Encodable {
        let epoch: Int
        let trainLoss, trainAccuracy, valLoss, valAccuracy: Double
        let learningRates: [String: Float]
        let seconds: Double
        let top5Accuracy, calibrationError, macroF1: Double
        let tasks: [TaskEpoch]?
    }

    /// What an epoch gave for one of several tasks.
    struct TaskEpoch: Encodable {
        let name: String
        let trainLoss, trainAccuracy, valLoss, valAccuracy: Double
    }

    /// One of several tasks.
    struct Task: Encodable {
        let name: String
        let classes: [String]
        let trainCount, valCount: Int
        let bestAccuracy: Double?
    }

    let output: String?
    let run: String?
    let report: String?
    let classes: [String]
    let tasks: [Task]?
    let bestAccuracy: Double
    let bestEpoch: Int
    let epochs: [Epoch]
    let seconds: Double
    let featureSeconds: Double
    let computedFeatureCount: Int
    let trainCount: Int
    let valCount: Int
    let unreadable: [String]
    let earlyEnding: String?

    init(
        _ outcome: FineTuner.Outcome, _ splits: DataArgument.Splits, output: String?, run: String? = nil,
        report: String? = nil, seconds: Double
    ) {
        self.output = output
        self.run = run
        self.report = report
        classes = splits.train.outputNames
        tasks = Self.tasks(outcome, splits)
        bestEpoch = outcome.bestEpoch
        bestAccuracy = outcome.bestAccuracy
        epochs = outcome.epochs.map {
            Epoch(
                epoch: $0.epoch, trainLoss: $0.trainLoss, trainAccuracy: $0.trainAccuracy, valLoss: $0.valLoss,
                valAccuracy: $0.valAccuracy, learningRates: $0.learningRates, seconds: $0.seconds,
                top5Accuracy: $0.val.topKAccuracy, calibrationError: $0.val.calibrationError, macroF1: $0.val.macro.f1,
                tasks: $0.tasks?.map {
                    TaskEpoch(
                        name: $0.name, trainLoss: $0.trainLoss, trainAccuracy: $0.trainAccuracy, valLoss: $0.valLoss,
                        valAccuracy: $0.valAccuracy)
                })
        }
        self.seconds = seconds
        featureSeconds = outcome.featureSeconds
        computedFeatureCount = outcome.computedFeatureCount
        trainCount = outcome.trainCount
        valCount = outcome.valCount
        unreadable = outcome.failures.map(\.sample.path.string)
        earlyEnding = outcome.earlyEnding ?? outcome.divergence?.message
    }

    private static func tasks(_ outcome: FineTuner.Outcome, _ splits: DataArgument.Splits) -> [Task]? {
        guard let tasks = splits.train.tasks?.tasks else { return nil }
        let best = outcome.epochs.first { $0.epoch == outcome.bestEpoch }?.tasks
        let (train, validation) = (splits.train.outputCounts, splits.validation.outputCounts)
        return zip(tasks, tasks.outputRanges).enumerated().map { number, part in
            let (task, range) = part
            return Task(
                name: task.name, classes: task.classes, trainCount: train[range].reduce(0, +),
                valCount: validation[range].reduce(0, +), bestAccuracy: best?[number].valAccuracy)
        }
    }

    /// One or two lines for a person.
    var summary: String {
        let parts = (tasks ?? []).compactMap { task in
            task.bestAccuracy.map { "\(task.name) \(Formatting.percent($0))" }
        }
        let accuracy =
            Formatting.percent(bestAccuracy) + (parts.isEmpty ? "" : " (the mean of \(parts.joined(separator: ", ")))")
        let early = earlyEnding.map { "ended early: \($0)\n" } ?? ""
        return bestEpoch == 0
            ? "no epochs: the new layer is untrained, validation accuracy \(accuracy)"
            : early
                + "best epoch \(bestEpoch): validation accuracy \(accuracy), after \(Formatting.seconds(seconds)) in all"
    }
}
