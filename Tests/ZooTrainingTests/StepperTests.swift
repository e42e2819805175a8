import Testing

@testable import ZooTraining

/// A step is penalties, then clipping, then the optimiser at the schedule's rate, then the averages: the order of PyTorch's
/// scripts, in numbers that can be followed by hand.
@Suite("steps of a training") struct StepperTests {
    /// A head of one weight and one bias, with gradients of 3 and 4.
    private func parameters(weight: Float = 1, bias: Float = -2) -> HeadParameters<LinearHead> {
        let head = LinearHead(weight: Matrix(rowCount: 1, columnCount: 1, values: [weight]), bias: [bias])
        let parameters = HeadParameters(head, prefix: "fc")
        setGradients(parameters)
        return parameters
    }

    private func setGradients(_ parameters: HeadParameters<LinearHead>) {
        parameters.take([[3], [4]], adding: false)
    }

    private func stepper(_ parameters: HeadParameters<LinearHead>, _ change: (inout TrainingSettings) -> Void)
        -> Stepper
    {
        var settings = TrainingSettings()
        settings.epochs = 2
        settings.rates = LearningRates(base: 0.1, headFactor: 1)
        settings.rule = .sgd(SGD.Options(learningRate: 0, momentum: 0, weightDecay: 0))
        change(&settings)
        var stepper = Stepper(settings, stepsPerEpoch: 1)
        stepper.enter([.init(name: "head", rate: 0.1, parameters: Set(parameters.names))])
        return stepper
    }

    private func expect(_ parameters: HeadParameters<LinearHead>, _ weight: Float, _ bias: Float, _ what: Comment) {
        #expect(abs(parameters.head.weight.values[0] - weight) < 1e-6, what)
        #expect(abs(parameters.head.bias[0] - bias) < 1e-6, what)
    }

    @Test func plainSteps() {
        let parameters = parameters()
        var stepper = stepper(parameters) { _ in }
        stepper.step(parameters)
        expect(parameters, 1 - 0.3, -2 - 0.4, "0.1 times the gradient")
    }

    @Test func clippingComesAfterPenalties() {
        let parameters = parameters()
        var stepper = stepper(parameters) {
            $0.penalties = Regulariser.Strengths(l1: 3)
            $0.clipping = .norm(1)
        }
        stepper.step(parameters)
        // 3 + 3 and 4 − 3 have the norm √37.
        let norm = Float(37).squareRoot()
        expect(parameters, 1 - 0.6 / norm, -2 - 0.1 / norm, "a norm of 1 with the penalty in it")
    }

    @Test func theScheduleCountsEpochs() {
        let parameters = parameters()
        var stepper = stepper(parameters) { $0.plan = LearningRatePlan(.step(size: 1, gamma: 0.5)) }
        stepper.step(parameters)
        #expect(stepper.learningRates == ["head": 0.1])
        stepper.step(parameters)
        #expect(stepper.learningRates == ["head": 0.05])
        expect(parameters, 1 - 0.3 - 0.15, -2 - 0.4 - 0.2, "half the rate in the second epoch")
    }

    @Test func averagesAreJudgedAndTheOthersTrained() {
        let parameters = parameters()
        var stepper = stepper(parameters) { $0.averaging = .exponential(decay: 0.5) }
        stepper.step(parameters)
        stepper.step(parameters)
        // After 0.7 and 0.4: the first as it is, then half of each.
        stepper.withAverages(parameters) { expect(parameters, 0.55, -2.6, "the average") }
        expect(parameters, 0.4, -2.8, "the weights themselves")
    }

    @Test func aPlateauWaitsForTheValidation() {
        let parameters = parameters()
        var settings = Plateau()
        settings.patience = 0
        var stepper = stepper(parameters) { $0.plan = LearningRatePlan(.plateau(settings)) }
        let judged = JudgedLogits(logits: Matrix(zeros: 1, 2), labels: [0], loss: 1)
        stepper.hear(judged, after: 1)
        stepper.step(parameters)
        #expect(stepper.learningRates["head"] == 0.1)
        stepper.hear(judged, after: 2)
        stepper.step(parameters)
        #expect(abs((stepper.learningRates["head"] ?? 0) - 0.01) < 1e-8)
    }

    @Test func aStartHoldsPretrainedWeights() {
        let parameters = parameters()
        var settings = TrainingSettings()
        settings.rates = LearningRates(base: 0.1, headFactor: 1)
        settings.rule = .sgd(SGD.Options(learningRate: 0, momentum: 0, weightDecay: 0))
        settings.penalties = Regulariser.Strengths(towardsStart: 2)
        var stepper = Stepper(settings, stepsPerEpoch: 1)
        let group = LearningRates.Group(name: "body", rate: 0.1, parameters: Set(parameters.names))
        stepper.enter([group], starts: ["fc.weight": [0]])
        stepper.step(parameters)
        expect(parameters, 1 - 0.1 * (3 + 2 * 1), -2 - 0.4, "the weight is drawn to 0, the bias is not")
    }

    @Test func momentumOutlivesAnotherStage() {
        let parameters = parameters()
        var settings = TrainingSettings()
        settings.rule = .sgd(SGD.Options(learningRate: 0, momentum: 0.5, weightDecay: 0))
        var stepper = Stepper(settings, stepsPerEpoch: 1)
        stepper.enter([.init(name: "head", rate: 0.1, parameters: ["fc.weight"])])
        let weightOnly = WeightOnly(parameters)
        stepper.step(weightOnly)
        stepper.enter(
            [.init(name: "all", rate: 0.1, parameters: ["fc.weight", "fc.bias"])], memory: stepper.memory)
        stepper.step(parameters)
        // The weight has moved by 0.3, then by 0.1 · (0.5 · 3 + 3); the bias begins with 0.1 · 4.
        expect(parameters, 1 - 0.3 - 0.45, -2 - 0.4, "the weight's momentum is known, the bias's is new")
    }
}

/// The weight of a head, as if its bias were frozen.
private final class WeightOnly: LearntParameters {
    private let all: HeadParameters<LinearHead>

    init(_ all: HeadParameters<LinearHead>) {
        self.all = all
    }

    var names: [String] { ["fc.weight"] }

    func move(_ change: (String, inout MutableSpan<Float>, Span<Float>) -> Void) {
        all.move { name, values, gradient in
            if name == "fc.weight" { change(name, &values, gradient) }
        }
    }

    func changeGradients(_ change: (String, inout MutableSpan<Float>, Span<Float>) -> Void) {
        all.changeGradients { name, gradient, values in
            if name == "fc.weight" { change(name, &gradient, values) }
        }
    }
}
