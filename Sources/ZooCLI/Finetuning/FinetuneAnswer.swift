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
    }

    let output: String?
    let run: String?
    let report: String?
    let classes: [String]
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
        _ outcome: FineTuner.Outcome, classes: [String], output: String?, run: String? = nil, report: String? = nil,
        seconds: Double
    ) {
        self.output = output
        self.run = run
        self.report = report
        self.classes = classes
        bestEpoch = outcome.bestEpoch
        bestAccuracy = outcome.bestAccuracy
        epochs = outcome.epochs.map {
            Epoch(
                epoch: $0.epoch, trainLoss: $0.trainLoss, trainAccuracy: $0.trainAccuracy, valLoss: $0.valLoss,
                valAccuracy: $0.valAccuracy, learningRates: $0.learningRates, seconds: $0.seconds,
                top5Accuracy: $0.val.topKAccuracy, calibrationError: $0.val.calibrationError, macroF1: $0.val.macro.f1)
        }
        self.seconds = seconds
        featureSeconds = outcome.featureSeconds
        computedFeatureCount = outcome.computedFeatureCount
        trainCount = outcome.trainCount
        valCount = outcome.valCount
        unreadable = outcome.failures.map(\.sample.path.string)
        earlyEnding = outcome.earlyEnding ?? outcome.divergence?.message
    }

    /// One or two lines for a person.
    var summary: String {
        let accuracy = Formatting.percent(bestAccuracy)
        let early = earlyEnding.map { "ended early: \($0)\n" } ?? ""
        return bestEpoch == 0
            ? "no epochs: the new layer is untrained, validation accuracy \(accuracy)"
            : early
                + "best epoch \(bestEpoch): validation accuracy \(accuracy), after \(Formatting.seconds(seconds)) in all"
    }
}
