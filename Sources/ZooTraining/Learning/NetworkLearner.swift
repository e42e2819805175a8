import ZooCore
import ZooEngine
import ZooGraph
import ZooImage
import ZooRegistry
import ZooTensor

/// Trains a network, or some of its layers, on images.
final class NetworkLearner: Learner {
    /// What is learnt from and judged by.
    struct Images {
        var train: [ImageSample]
        var validation: [ImageSample]
        var preprocessing: Preprocessing
        var augmentation: Augmentation
        /// How many training images in a row belong together, such as the turns of one: they come in one batch, and what
        /// is drawn for one is drawn for all.
        var groupSize = 1
        /// What labels mean, where images have several.
        var tasks: LabelTasks?
    }

    let graph: Graph
    private let source: [String: Tensor]
    private let stages: [TrainedLayers.Stage]
    private let images: Images
    private let settings: TrainingSettings
    private let running: NetworkRunner.Options
    private let order: EpochOrder
    private let objective: Objective
    private let distiller: Distiller?
    /// 0 for weights that stay zero, 1 for the others, in PyTorch's order; and in the order of the elements in training.
    private let masks: [String: [Float]]
    private var orderedMasks: [String: [Float]] = [:]
    private var stage: Int?
    private var parameters: TrainableParameters
    private var plans: [Int: TrainingPlan] = [:]
    private var stepper: Stepper
    /// The layers for which there is no fast kernel, by name; known after the first epoch.
    private(set) var slowLayers: [String] = []

    /// A learner of `graph`, whose head is new.
    ///
    /// - Parameters:
    ///   - source: the parameters to begin with, the new head's among them.
    ///   - stages: what is trained when.
    ///   - distillation: what it is taught besides.
    ///   - masks: for parameters with weights that stay zero, 0 for those and 1 for the others.
    /// - Precondition: there are training images, in whole groups.
    init(
        _ graph: Graph, source: [String: Tensor], stages: [TrainedLayers.Stage], images: Images,
        settings: TrainingSettings, running: NetworkRunner.Options, distillation: Distillation? = nil,
        masks: [String: [Float]] = [:]
    ) throws {
        self.graph = graph
        self.masks = masks
        let isSame = images.augmentation.steps(for: images.preprocessing).isEmpty && settings.mixing == BatchMixing()
        distiller = try distillation.map {
            try Distiller($0, student: graph, train: images.train, keepsAnswers: isSame)
        }
        self.source = try distiller?.starting(source, seed: settings.seed) ?? source
        self.stages = stages
        self.images = images
        self.settings = settings
        self.running = running
        let labels = images.train.map(\.label)
        let leaders = stride(from: 0, to: labels.count, by: images.groupSize).map { labels[$0] }
        order = EpochOrder(labels: leaders, isBalanced: settings.balance == .sampler, seed: settings.seed)
        objective = Objective(
            settings, labels: labels, classCount: graph.head?.outputs ?? 0, tasks: images.tasks)
        parameters = try TrainableParameters(
            graph: distiller?.graph ?? graph, parameters: self.source, scope: stages[0].scope)
        let seenCount = Self.seenCount(images.train.count, settings.batchSize)
        let batches = (seenCount + settings.batchSize - 1) / settings.batchSize
        stepper = Stepper(
            settings, stepsPerEpoch: max(1, (batches + settings.accumulation - 1) / settings.accumulation))
    }

    /// How many images an epoch sees. A last batch of a single one is left out: batch norms need more than one.
    private static func seenCount(_ imageCount: Int, _ batchSize: Int) -> Int {
        imageCount > 1 && imageCount % batchSize == 1 ? imageCount - 1 : imageCount
    }

    var learningRates: [String: Float] { stepper.learningRates }

    var fixedRate: Double? {
        get { stepper.fixedRate }
        set { stepper.fixedRate = newValue }
    }

    // MARK: Stages

    private func enter(_ epoch: Int) throws {
        let index = stages.lastIndex { $0.firstEpoch <= epoch } ?? 0
        guard index != stage else { return }
        try enterStage(index, tensors: stage == nil ? source : try parameters.tensors())
    }

    /// Makes the parameters and the plan of a stage; what was remembered of its parameters goes along.
    private func enterStage(_ index: Int, tensors: [String: Tensor]) throws {
        let (old, known) = (parameters, stage == nil ? nil : stepper.memory)
        plans = [:]
        parameters = try TrainableParameters(
            graph: distiller?.graph ?? graph, parameters: tensors, scope: stages[index].scope)
        // The order of elements is that of the first plan, so the plan comes before everything that has that order.
        _ = try plan(of: min(settings.batchSize, images.train.count))
        let kept = Set(parameters.names).intersection(old.names)
        let memory = try known?.reordered(where: kept.contains) { values, name in
            try parameters.optimiserOrder(old.rowMajor(values, of: name), of: name)
        }
        let groups = settings.rates.groups(of: stages[index].scope.parameters, in: graph)
        stepper.enter(groups, starts: try starts(), memory: memory)
        orderedMasks = [:]
        for name in parameters.names {
            guard let mask = masks[name] else { continue }
            orderedMasks[name] = try parameters.optimiserOrder(mask, of: name)
        }
        stage = index
    }

    /// Keeps at zero what was pruned.
    private func applyMasks() {
        guard !orderedMasks.isEmpty else { return }
        parameters.move { name, values, _ in
            guard let mask = orderedMasks[name] else { return }
            let factors = mask.span
            for index in values.indices { values[index] *= factors[index] }
        }
    }

    /// The pretrained values, for a penalty on moving away from them; the head has none.
    private func starts() throws -> [String: [Float]] {
        guard settings.penalties.towardsStart != 0 else { return [:] }
        let head = try graph.headParameters
        var starts: [String: [Float]] = [:]
        for name in parameters.names where !head.contains(name) {
            guard let tensor = source[name] else { continue }
            starts[name] = try parameters.optimiserOrder(try tensor.float32Values(), of: name)
        }
        return starts
    }

    private func plan(of count: Int) throws -> TrainingPlan {
        if let plan = plans[count] { return plan }
        let size = try Preprocessor(images.preprocessing).outputSize(for: images.train)
        let plan = try TrainingPlan(
            parameters, batchSize: count, height: size.height, width: size.width,
            addsGradients: settings.accumulation > 1, options: running.engineOptions)
        plans[count] = plan
        if slowLayers.isEmpty { slowLayers = plan.slowLayers }
        return plan
    }

    // MARK: Epochs

    func trainEpoch(_ epoch: Int, onBatch: (BatchReport) throws -> Void) throws -> JudgedLogits {
        try enter(epoch)
        let seenCount = Self.seenCount(images.train.count, settings.batchSize)
        let size = images.groupSize
        let indices = Array(
            order.indices(epoch: epoch).flatMap { $0 * size..<($0 + 1) * size }.prefix(seenCount))
        let batches = try ImageBatches(
            indices.map { images.train[$0] }, preprocessor: Preprocessor(images.preprocessing),
            batchSize: settings.batchSize, threadCount: running.engineOptions.threads,
            augmentation: images.augmentation, seed: SeededGenerator.mixed(settings.seed, UInt64(epoch)),
            streams: indices.indices.map { UInt64($0 / size) })
        var seen = EpochTally(classCount: graph.head?.outputs ?? 0)
        try batches.forEach { batch in
            if let failure = batch.failures.first {
                throw TrainingError(.unusableData, "\(failure.error): it could be read when the training began")
            }
            let isLast = batch.number + 1 == batches.count
            let places = batch.indices.map { indices[$0] }
            let loss = try train(batch, of: places, epoch: epoch, isLast: isLast, &seen)
            try onBatch(BatchReport(loss: loss, imageCount: seen.count))
        }
        return seen.judged(by: objective)
    }

    /// - Parameter places: which training images the batch has.
    /// - Returns: The mean loss of the batch.
    private func train(
        _ batch: borrowing ImageBatch, of places: [Int], epoch: Int, isLast: Bool, _ seen: inout EpochTally
    ) throws -> Double {
        let plan = try plan(of: batch.count)
        let stream = UInt64(epoch) << 32 | UInt64(batch.number)
        let judged: (result: LossResult, logits: Matrix)
        let targets: Targets
        if settings.mixing != BatchMixing() {
            var pixels = Array(copying: batch.pixels)
            var generator = SeededGenerator(seed: settings.seed, stream: stream | 1 << 63)
            targets = .shares(
                settings.mixing.apply(
                    &pixels, labels: batch.labels, classCount: graph.head?.outputs ?? 0, imageSize: batch.imageSize,
                    using: &generator))
            judged = try judge(pixels.span, of: places, targets, plan, stream)
        } else {
            targets = .classes(batch.labels)
            judged = try judge(batch.pixels, of: places, targets, plan, stream)
        }
        let (result, rows) = judged
        seen.add(rows, targets, result)
        guard result.lossSum.isFinite else {
            throw TrainingError.diverged(epoch: epoch, learningRates: learningRates)
        }
        if settings.accumulation > 1, batch.number % settings.accumulation == 0 { parameters.clearGradients() }
        try plan.backward(result.gradient.scaled(by: 1 / Float(settings.accumulation)).values.span)
        if (batch.number + 1) % settings.accumulation == 0 || isLast {
            stepper.step(parameters)
            applyMasks()
        }
        return result.mean
    }

    /// The loss of images by all that they should be taken for, with the gradient by what the plan gives; and their logits.
    private func judge(
        _ pixels: Span<Float>, of places: [Int], _ targets: Targets, _ plan: TrainingPlan, _ stream: UInt64
    ) throws -> (result: LossResult, logits: Matrix) {
        let values = try plan.forward(pixels, seed: SeededGenerator.mixed(settings.seed, stream))
        let rows = Matrix(rowCount: places.count, columnCount: plan.outputCount, values: values)
        guard let distiller else { return (objective.evaluate(logits: rows, targets: targets), rows) }
        let taught = try distiller.ask(
            pixels, images: places, batchSize: min(settings.batchSize, images.train.count), plan: plan,
            preprocessing: images.preprocessing)
        return distiller.evaluate(
            rows, targets, objective.loss, taught: taught, images: places, isMixed: settings.mixing != BatchMixing())
    }

    func judge() throws -> JudgedLogits {
        let runner = NetworkRunner(
            graph: graph, parameters: try result(), preprocessing: images.preprocessing, options: running)
        let outputs = try runner.run(images.validation)
        // Epochs that are judged by different images would not compare.
        if let failure = outputs.failures.first {
            throw TrainingError(.unusableData, "\(failure.error): it could be read when the training began")
        }
        return objective.judge(outputs.rows, outputs.sampleIndices.map { images.validation[$0].label })
    }

    func hear(_ validation: JudgedLogits, after epoch: Int) {
        stepper.hear(validation, after: epoch)
    }

    func result() throws -> [String: Tensor] {
        let tensors = stage == nil ? source : try stepper.withAverages(parameters) { try parameters.tensors() }
        return try distiller?.student(tensors) ?? tensors
    }

    // MARK: State

    func state() throws -> LearnerState { try LearnerState(parameters, stepper) }

    func restore(_ state: LearnerState, after epoch: Int) throws {
        let index = stages.lastIndex { $0.firstEpoch <= max(epoch, 1) } ?? 0
        try enterStage(index, tensors: source.merging(state.parameters) { $1 })
        try stepper.restore(state, of: parameters, after: epoch)
    }
}
