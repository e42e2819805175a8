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
    }

    let graph: Graph
    private let source: [String: Tensor]
    private let stages: [TrainedLayers.Stage]
    private let images: Images
    private let settings: TrainingSettings
    private let running: NetworkRunner.Options
    private let order: EpochOrder
    private let loss: Loss
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
    /// - Precondition: there are training images, in whole groups.
    init(
        _ graph: Graph, source: [String: Tensor], stages: [TrainedLayers.Stage], images: Images,
        settings: TrainingSettings, running: NetworkRunner.Options
    ) throws {
        self.graph = graph
        self.source = source
        self.stages = stages
        self.images = images
        self.settings = settings
        self.running = running
        let labels = images.train.map(\.label)
        let leaders = stride(from: 0, to: labels.count, by: images.groupSize).map { labels[$0] }
        order = EpochOrder(labels: leaders, isBalanced: settings.balance == .sampler, seed: settings.seed)
        loss = settings.loss.balanced(
            settings.balance, labels: labels, classCount: graph.head?.outputs ?? 0)
        parameters = try TrainableParameters(graph: graph, parameters: source, scope: stages[0].scope)
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
        parameters = try TrainableParameters(graph: graph, parameters: tensors, scope: stages[index].scope)
        // The order of elements is that of the first plan, so the plan comes before everything that has that order.
        _ = try plan(of: min(settings.batchSize, images.train.count))
        let kept = Set(parameters.names).intersection(old.names)
        let memory = try known?.reordered(where: kept.contains) { values, name in
            try parameters.optimiserOrder(old.rowMajor(values, of: name), of: name)
        }
        let groups = settings.rates.groups(of: stages[index].scope.parameters, in: graph)
        stepper.enter(groups, starts: try starts(), memory: memory)
        stage = index
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
        let preprocessor = Preprocessor(images.preprocessing)
        let size =
            try preprocessor.fixedOutputSize
            ?? preprocessor.outputSize(
                for: ImageDecoder.size(of: images.train[0].path))
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
        let indices = order.indices(epoch: epoch).flatMap { $0 * size..<($0 + 1) * size }.prefix(seenCount)
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
            let loss = try train(batch, epoch: epoch, isLast: isLast, &seen)
            try onBatch(BatchReport(loss: loss, imageCount: seen.count))
        }
        return seen.judged
    }

    /// - Returns: The mean loss of the batch.
    private func train(
        _ batch: borrowing ImageBatch, epoch: Int, isLast: Bool, _ seen: inout EpochTally
    ) throws -> Double {
        let plan = try plan(of: batch.count)
        let stream = UInt64(epoch) << 32 | UInt64(batch.number)
        let targets: Targets
        let logits: [Float]
        if settings.mixing != BatchMixing() {
            var pixels = Array(copying: batch.pixels)
            var generator = SeededGenerator(seed: settings.seed, stream: stream | 1 << 63)
            targets = .shares(
                settings.mixing.apply(
                    &pixels, labels: batch.labels, classCount: plan.outputCount, imageSize: batch.imageSize,
                    using: &generator))
            logits = try plan.forward(pixels.span, seed: SeededGenerator.mixed(settings.seed, stream))
        } else {
            targets = .classes(batch.labels)
            logits = try plan.forward(batch.pixels, seed: SeededGenerator.mixed(settings.seed, stream))
        }
        let rows = Matrix(rowCount: batch.count, columnCount: plan.outputCount, values: logits)
        let result = loss.evaluate(logits: rows, targets: targets)
        seen.add(rows, targets, result)
        guard result.lossSum.isFinite else {
            throw TrainingError.diverged(epoch: epoch, learningRates: learningRates)
        }
        if settings.accumulation > 1, batch.number % settings.accumulation == 0 { parameters.clearGradients() }
        try plan.backward(result.gradient.scaled(by: 1 / Float(settings.accumulation)).values.span)
        if (batch.number + 1) % settings.accumulation == 0 || isLast { stepper.step(parameters) }
        return result.mean
    }

    func judge() throws -> JudgedLogits {
        let runner = NetworkRunner(
            graph: graph, parameters: try result(), preprocessing: images.preprocessing, options: running)
        let outputs = try runner.run(images.validation)
        // Epochs that are judged by different images would not compare.
        if let failure = outputs.failures.first {
            throw TrainingError(.unusableData, "\(failure.error): it could be read when the training began")
        }
        return JudgedLogits(
            logits: outputs.rows, labels: outputs.sampleIndices.map { images.validation[$0].label })
    }

    func hear(_ validation: JudgedLogits, after epoch: Int) {
        stepper.hear(validation, after: epoch)
    }

    func result() throws -> [String: Tensor] {
        guard stage != nil else { return source }
        return try stepper.withAverages(parameters) { try parameters.tensors() }
    }

    // MARK: State

    func state() throws -> LearnerState { try LearnerState(parameters, stepper) }

    func restore(_ state: LearnerState, after epoch: Int) throws {
        let index = stages.lastIndex { $0.firstEpoch <= max(epoch, 1) } ?? 0
        try enterStage(index, tensors: source.merging(state.parameters) { $1 })
        try stepper.restore(state, of: parameters, after: epoch)
    }
}
