import ZooImage
import ZooTensor

/// Finds the head with the least loss on features that do not change, by L-BFGS: all images in every step, one epoch in
/// all.
///
/// The loss is that of the settings plus weightDecay/2·Σp², which is what a weight decay of SGD pulls towards.
final class HeadMinimiser: Learner {
    private let train: FeatureSet
    private let validation: FeatureSet
    private let prefix: String
    private let objective: Objective
    private let weightDecay: Double
    private let iterationCount: Int
    private var head: LinearHead
    var fixedRate: Double?
    let learningRates: [String: Float] = ["head": 1]

    /// - Parameter tasks: what labels mean, where images have several.
    init(
        _ head: LinearHead, prefix: String, copies: [FeatureSet], validation: FeatureSet, settings: TrainingSettings,
        tasks: LabelTasks? = nil
    ) {
        self.head = head
        self.prefix = prefix
        self.validation = validation
        iterationCount = settings.epochs
        train = FeatureSet(joining: copies)
        objective = Objective(settings, labels: train.labels, classCount: head.classCount, tasks: tasks)
        weightDecay = settings.rule.weightDecay
    }

    func trainEpoch(_ epoch: Int, onBatch: (BatchReport) throws -> Void) throws -> JudgedLogits {
        var options = LBFGS.Options()
        options.maxIterations = iterationCount
        var parameters = head.weight.values + head.bias
        let outcome = try LBFGS(options).minimise(
            &parameters,
            onIteration: { outcome in
                try onBatch(BatchReport(loss: outcome.loss, imageCount: train.count))
            }
        ) { values in
            set(values)
            return evaluate(values)
        }
        set(parameters)
        guard outcome.ending != .notFinite else {
            throw TrainingError(.diverged, "the loss of the new layer is not a finite number; are the features?")
        }
        return objective.judgeTraining(head.logits(of: train.features), train.labels, loss: outcome.loss)
    }

    private func set(_ values: [Float]) {
        let weightCount = head.weight.values.count
        head.weight.values = Array(values[..<weightCount])
        head.bias = Array(values[weightCount...])
    }

    private func evaluate(_ values: [Float]) -> LBFGS.Evaluation {
        let responses = head.responses(to: train.features)
        let result = objective.evaluate(logits: head.average(responses), targets: .classes(train.labels))
        let slopes = head.slopes(result.gradient, responses: responses, features: train.features)
        var gradient = slopes.weight.values + slopes.bias
        guard weightDecay > 0 else { return (result.mean, gradient) }
        var squares = 0.0
        for index in gradient.indices {
            gradient[index] += Float(weightDecay) * values[index]
            squares += Double(values[index]) * Double(values[index])
        }
        return (result.mean + weightDecay / 2 * squares, gradient)
    }

    func judge() throws -> JudgedLogits {
        objective.judge(head.logits(of: validation.features), validation.labels)
    }

    /// The head as it is now.
    var learntHead: LinearHead { head }

    func hear(_ validation: JudgedLogits, after epoch: Int) {}

    func result() throws -> [String: Tensor] {
        Dictionary(uniqueKeysWithValues: head.tensors(prefix: prefix).map { ($0.name, $0.tensor) })
    }

    func head(of parameters: [String: Tensor]) throws -> any FeatureHead {
        let last = head
        defer { head = last }
        try take(parameters)
        return head
    }

    func state() throws -> LearnerState {
        LearnerState(
            parameters: try result(), memory: StepperMemory(optimiser: [:], averages: [:]), plateau: PlateauState())
    }

    func restore(_ state: LearnerState, after epoch: Int) throws {
        try take(state.parameters)
    }

    private func take(_ parameters: [String: Tensor]) throws {
        let weight = try parameters["\(prefix).weight"]?.float32Values() ?? []
        let bias = try parameters["\(prefix).bias"]?.float32Values() ?? []
        guard weight.count == head.weight.values.count, bias.count == head.bias.count else {
            throw TrainingError.unfitState("the head is missing or has another size")
        }
        set(weight + bias)
    }
}
