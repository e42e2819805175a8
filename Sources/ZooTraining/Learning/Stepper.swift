import ZooCore

/// Takes the steps of a training: schedule, penalties, clipping, optimiser, averages, in the order of PyTorch's scripts.
struct Stepper {
    private let settings: TrainingSettings
    private let stepsPerEpoch: Int
    private var groups: [LearningRates.Group] = []
    private var optimiser = Optimiser([])
    private var regulariser: Regulariser
    private var average: WeightAverage?
    private var stepCount = 0
    /// What a schedule that waits for the validation was told.
    private(set) var plateau = PlateauState()
    /// The learning rate of pretrained layers in the next steps, whatever the schedule says; others in proportion.
    var fixedRate: Double?
    /// The step size of each group, as the last step had it.
    private(set) var learningRates: [String: Float] = [:]

    /// - Parameter stepsPerEpoch: how many steps of the optimiser an epoch has, at least one.
    init(_ settings: TrainingSettings, stepsPerEpoch: Int) {
        self.settings = settings
        self.stepsPerEpoch = stepsPerEpoch
        regulariser = Regulariser(settings.penalties)
        average = settings.averaging.map { WeightAverage($0) }
    }

    /// Moves these groups from the next step on.
    ///
    /// - Parameters:
    ///   - starts: what pretrained parameters were at first, in the order of their elements.
    ///   - memory: what an earlier stage remembers of the same parameters, in the same order.
    mutating func enter(
        _ groups: [LearningRates.Group], starts: [String: [Float]] = [:], memory: StepperMemory? = nil
    ) {
        self.groups = groups
        learningRates = Dictionary(uniqueKeysWithValues: groups.map { ($0.name, Float($0.rate)) })
        optimiser = Optimiser(
            groups.map { Optimiser.Group($0.name, settings.rule.withLearningRate(Float($0.rate)), $0.parameters) })
        regulariser = Regulariser(settings.penalties)
        for (name, values) in starts { regulariser.remember(name, values.span) }
        guard let memory else { return }
        optimiser.adopt(memory.optimiser)
        average = average.map {
            WeightAverage($0.rule, averages: memory.averages, updateCount: memory.averages.isEmpty ? 0 : stepCount)
        }
    }

    /// Moves every parameter along its gradient.
    ///
    /// - Complexity: O(elements).
    mutating func step(_ parameters: some LearntParameters) {
        let moment = TrainingMoment(step: stepCount, stepsPerEpoch: stepsPerEpoch, epochCount: settings.epochs)
        let momentum = settings.plan.momentum(at: moment)
        for group in groups {
            let planned = settings.plan.rate(base: group.rate, at: moment, plateau: plateau)
            let rate = Float(fixedRate.map { $0 * group.rate / settings.rates.base } ?? planned)
            learningRates[group.name] = rate
            optimiser.setLearningRate(rate, of: group.name)
            if let momentum { optimiser.setMomentum(momentum, of: group.name) }
        }
        adjustGradients(parameters)
        // The closures below may not capture the stepper itself.
        var (optimiser, average) = (optimiser, average)
        (self.optimiser, self.average) = (Optimiser([]), nil)
        average?.beginUpdate()
        parameters.move { name, values, gradient in
            optimiser.step(name, &values, gradient: gradient)
            average?.update(name, values.span)
        }
        (self.optimiser, self.average) = (optimiser, average)
        stepCount += 1
    }

    private func adjustGradients(_ parameters: some LearntParameters) {
        if settings.penalties != Regulariser.Strengths() {
            parameters.changeGradients { name, gradient, values in
                regulariser.add(to: &gradient, of: name, values: values)
            }
        }
        guard let clipping = settings.clipping else { return }
        var norm = GradientNorm()
        if case .norm = clipping { parameters.changeGradients { _, gradient, _ in norm.add(gradient.span) } }
        parameters.changeGradients { _, gradient, _ in clipping.apply(to: &gradient, norm: norm) }
    }

    /// Calls `body` while the parameters have their averages in place of their values, where averages are kept.
    mutating func withAverages<Result>(
        _ parameters: some LearntParameters, _ body: () throws -> Result
    ) rethrows -> Result {
        exchangeAverages(parameters)
        defer { exchangeAverages(parameters) }
        return try body()
    }

    private mutating func exchangeAverages(_ parameters: some LearntParameters) {
        guard var average, average.updateCount > 0 else { return }
        self.average = nil
        parameters.move { name, values, _ in
            if average.averages[name] != nil { average.exchange(name, &values) }
        }
        self.average = average
    }

    /// Hears how an epoch, from 1, went.
    mutating func hear(_ validation: JudgedLogits, after epoch: Int) {
        settings.plan.observe(
            epoch: epoch - 1, loss: validation.loss, accuracy: validation.accuracy, &plateau)
    }

    /// What is remembered of each parameter.
    var memory: StepperMemory {
        StepperMemory(optimiser: optimiser.states, averages: average?.averages ?? [:])
    }

    /// Goes on after `epochs` epochs of another stepper with the same settings, whose groups were entered before.
    ///
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`) for a memory that does not fit.
    mutating func restore(
        _ memory: StepperMemory, plateau: PlateauState, after epochs: Int, elementCounts: [String: Int]
    ) throws(TrainingError) {
        try optimiser.restore(memory.optimiser, elementCounts: elementCounts)
        for (name, values) in memory.averages where elementCounts[name] != values.count {
            throw TrainingError.unfitState("the average of '\(name)' has another size")
        }
        self.plateau = plateau
        stepCount = epochs * stepsPerEpoch
        average = average.map {
            WeightAverage($0.rule, averages: memory.averages, updateCount: memory.averages.isEmpty ? 0 : stepCount)
        }
    }
}

/// What is remembered of each parameter from step to step, by the parameters' names.
struct StepperMemory {
    /// What the optimiser remembers.
    var optimiser: [String: OptimiserState]
    /// The averages of the values; empty where none are kept.
    var averages: [String: [Float]]

    /// The same with every buffer in another order; parameters for which `isKept` is false are left out.
    func reordered(
        where isKept: (String) -> Bool = { _ in true }, _ reorder: ([Float], String) throws -> [Float]
    ) rethrows -> StepperMemory {
        var result = StepperMemory(optimiser: [:], averages: [:])
        for (name, state) in optimiser where isKept(name) {
            result.optimiser[name] = OptimiserState(
                step: state.step, buffers: try state.buffers.mapValues { try reorder($0, name) })
        }
        for (name, values) in averages where isKept(name) { result.averages[name] = try reorder(values, name) }
        return result
    }
}
