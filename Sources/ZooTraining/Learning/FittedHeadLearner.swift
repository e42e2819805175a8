import ZooTensor

/// A learner whose result is a head.
protocol HeadLearning: Learner {
    /// The head of which these are the parameters, such as those of the best epoch.
    func head(of parameters: [String: Tensor]) throws -> any FeatureHead
}

extension HeadLearner: HeadLearning {}
extension HeadMinimiser: HeadLearning {}

/// Makes a head in one go, which is its only epoch.
final class FittedHeadLearner: HeadLearning {
    private let method: any HeadMethod
    private let train: FeatureSet
    private let validation: FeatureSet
    private let classCount: Int
    private let prefix: String
    private let seed: UInt64
    private var head: (any FeatureHead)?
    var fixedRate: Double?
    let learningRates: [String: Float] = [:]

    init(
        _ method: any HeadMethod, prefix: String, classCount: Int, copies: [FeatureSet], validation: FeatureSet,
        seed: UInt64
    ) {
        self.method = method
        self.prefix = prefix
        self.classCount = classCount
        self.validation = validation
        self.seed = seed
        train = copies.count == 1 ? copies[0] : FeatureSet(joining: copies)
    }

    func trainEpoch(_ epoch: Int, onBatch: (BatchReport) throws -> Void) throws -> JudgedLogits {
        let made = try method.fit(train, classCount: classCount, seed: seed) { loss in
            try onBatch(BatchReport(loss: loss, imageCount: train.count))
        }
        guard made.featureCount == train.features.columnCount, made.classCount == classCount else {
            throw TrainingError(
                .unusableData,
                "the head '\(type(of: made).kind)' takes \(made.featureCount) features for \(made.classCount) classes; "
                    + "there are \(train.features.columnCount) and \(classCount)")
        }
        head = made
        return JudgedLogits(logits: made.logits(of: train.features), labels: train.labels)
    }

    /// Before it is made, every class is as likely.
    func judge() throws -> JudgedLogits {
        let logits = head?.logits(of: validation.features) ?? Matrix(zeros: validation.count, classCount)
        return JudgedLogits(logits: logits, labels: validation.labels)
    }

    func hear(_ validation: JudgedLogits, after epoch: Int) {}

    func result() throws -> [String: Tensor] {
        Dictionary(
            uniqueKeysWithValues: (head?.tensors ?? []).map { ("\(prefix).\($0.name)", $0.tensor) })
    }

    func state() throws -> LearnerState {
        LearnerState(
            parameters: try result(), memory: StepperMemory(optimiser: [:], averages: [:]), plateau: PlateauState(),
            headSettings: head?.settings)
    }

    func restore(_ state: LearnerState, after epoch: Int) throws {
        guard let settings = state.headSettings else {
            throw TrainingError.unfitState("the settings of the head are missing")
        }
        head = try method.headType.init(states: state.parameters, prefix: prefix, settings: settings)
    }

    func head(of parameters: [String: Tensor]) throws -> any FeatureHead {
        guard let head else { throw TrainingError(.invalidSetting, "no head was made: it takes one epoch") }
        return head
    }
}
