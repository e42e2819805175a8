import ZooCore
import ZooEngine
import ZooGraph
import ZooImage
import ZooTensor

/// Trains a network to give two views of an image the same projection.
///
/// Both views of a batch go through the network one after the other, each normalised by its own batch, as in the paper's
/// code; so there are two plans, which share the parameters and add up their gradients.
///
/// What is judged is which of some images a view is of: among ``groupSize`` images, the one whose other view's projection
/// is the most like the view's prediction. A network that gives every image the same finds one in `groupSize`.
final class SiameseLearner: Learner {
    /// Among how many images the right one is to be found, if there are as many.
    static let groupSize = 16

    private let graph: Graph
    private let images: NetworkLearner.Images
    private let settings: TrainingSettings
    private let running: NetworkRunner.Options
    private let order: EpochOrder
    private let source: [String: Tensor]
    private var parameters: TrainableParameters
    private var plans: [Int: [TrainingPlan]] = [:]
    private var stepper: Stepper
    private(set) var slowLayers: [String] = []

    /// A learner of `graph`, which ends in projection and prediction.
    ///
    /// - Parameter source: the parameters to begin with, those of projection and prediction among them.
    /// - Precondition: there are at least two training images.
    init(
        _ graph: Graph, source: [String: Tensor], images: NetworkLearner.Images, settings: TrainingSettings,
        running: NetworkRunner.Options
    ) throws {
        self.graph = graph
        self.images = images
        self.settings = settings
        self.running = running
        order = EpochOrder(labels: images.train.map { _ in 0 }, isBalanced: false, seed: settings.seed)
        self.source = source
        parameters = try TrainableParameters(graph: graph, parameters: source, scope: Self.scope(of: graph))
        stepper = Stepper(
            settings, stepsPerEpoch: max(1, (images.train.count + settings.batchSize - 1) / settings.batchSize))
        try begin(with: source)
    }

    private static func scope(of graph: Graph) -> TrainingScope {
        var scope = TrainingScope.everything(of: graph)
        scope.parameters.subtract(["weight", "bias"].map { "\(SiameseNames.plainNorm).\($0)" })
        return scope
    }

    private func begin(with tensors: [String: Tensor]) throws {
        plans = [:]
        parameters = try TrainableParameters(graph: graph, parameters: tensors, scope: Self.scope(of: graph))
        // The order of elements is that of the first plan, so the plan comes before everything that has that order.
        _ = try plans(of: min(settings.batchSize, images.train.count))
        stepper.enter(settings.rates.groups(of: parameters.scope.parameters, in: graph))
    }

    var learningRates: [String: Float] { stepper.learningRates }

    var fixedRate: Double? {
        get { stepper.fixedRate }
        set { stepper.fixedRate = newValue }
    }

    private var groupSize: Int { min(Self.groupSize, images.train.count, images.validation.count) }

    private func plans(of count: Int) throws -> [TrainingPlan] {
        if let known = plans[count] { return known }
        let size = try Preprocessor(images.preprocessing).outputSize(for: images.train)
        let made = try (0..<2).map { _ in
            try TrainingPlan(
                parameters, batchSize: count, height: size.height, width: size.width, addsGradients: true,
                options: running.engineOptions)
        }
        plans[count] = made
        if slowLayers.isEmpty { slowLayers = made[0].slowLayers }
        return made
    }

    // MARK: Epochs

    func trainEpoch(_ epoch: Int, onBatch: (BatchReport) throws -> Void) throws -> JudgedLogits {
        let indices = order.indices(epoch: epoch)
        var tally = SiameseTally(groupSize: groupSize)
        try forEachPair(indices.map { images.train[$0] }, seed: SeededGenerator.mixed(settings.seed, UInt64(epoch))) {
            pair, number in
            guard pair.count > 1 else { return }  // Batch norms need more than one.
            let seed = SeededGenerator.mixed(settings.seed, UInt64(epoch) << 32 | UInt64(number))
            let loss = try train(pair, seed: seed, &tally)
            guard loss.isFinite else { throw TrainingError.diverged(epoch: epoch, learningRates: learningRates) }
            try onBatch(BatchReport(loss: loss, imageCount: min((number + 1) * settings.batchSize, indices.count)))
        }
        return tally.judged
    }

    /// Two views of the same images, `count×3×H×W` each.
    private struct Pair {
        let count: Int
        let pixels: [Float]

        var first: Span<Float> { pixels.span.extracting(..<(pixels.count / 2)) }
        var second: Span<Float> { pixels.span.extracting((pixels.count / 2)...) }
    }

    /// Calls `body` with the two views of every batch, and the number of the batch.
    private func forEachPair(
        _ samples: [ImageSample], seed: UInt64, _ body: (Pair, Int) throws -> Void
    ) throws {
        // A batch of views is a batch of images twice, so every view has a place, and draws, of its own.
        let views = stride(from: 0, to: samples.count, by: settings.batchSize).flatMap { start in
            let part = samples[start..<min(start + settings.batchSize, samples.count)]
            return part + part
        }
        let batches = try ImageBatches(
            views, preprocessor: Preprocessor(images.preprocessing), batchSize: 2 * settings.batchSize,
            threadCount: running.engineOptions.threads, augmentation: images.augmentation, seed: seed)
        try batches.forEach { batch in
            if let failure = batch.failures.first {
                throw TrainingError(.unusableData, "\(failure.error): it could be read when the training began")
            }
            try body(Pair(count: batch.count / 2, pixels: Array(copying: batch.pixels)), batch.number)
        }
    }

    /// - Returns: The mean loss of the batch.
    private func train(_ pair: Pair, seed: UInt64, _ tally: inout SiameseTally) throws -> Double {
        let plans = try plans(of: pair.count)
        parameters.clearGradients()
        let first = try plans[0].forward(pair.first, seed: seed)
        let second = try plans[1].forward(pair.second, seed: SeededGenerator.mixed(seed, 1))
        let width = plans[0].outputCount
        let results = (
            Matrix(rowCount: pair.count, columnCount: width, values: first),
            Matrix(rowCount: pair.count, columnCount: width, values: second)
        )
        let loss = SiameseLoss(results.0, results.1)
        tally.add(results, loss)
        guard loss.mean.isFinite else { return loss.mean }
        try plans[0].backward(loss.gradients.0.values.span)
        try plans[1].backward(loss.gradients.1.values.span)
        stepper.step(parameters)
        return loss.mean
    }

    /// Judges two views of each validation image, the same in every epoch.
    func judge() throws -> JudgedLogits {
        let runner = NetworkRunner(
            graph: graph, parameters: try result(), preprocessing: images.preprocessing, options: running)
        let views = try (1...2).map { view in
            let outputs = try runner.run(
                images.validation, augmentation: images.augmentation,
                seed: SeededGenerator.mixed(settings.seed, UInt64(view) | 1 << 42))
            if let failure = outputs.failures.first {
                throw TrainingError(.unusableData, "\(failure.error): it could be read when the training began")
            }
            return outputs.rows
        }
        var tally = SiameseTally(groupSize: groupSize)
        tally.add((views[0], views[1]), SiameseLoss(views[0], views[1]))
        return tally.judged
    }

    func hear(_ validation: JudgedLogits, after epoch: Int) { stepper.hear(validation, after: epoch) }

    func result() throws -> [String: Tensor] { try parameters.tensors() }

    // MARK: State

    func state() throws -> LearnerState { try LearnerState(parameters, stepper) }

    func restore(_ state: LearnerState, after epoch: Int) throws {
        try begin(with: source.merging(state.parameters) { $1 })
        try stepper.restore(state, of: parameters, after: epoch)
    }
}

/// What the batches of an epoch gave together.
private struct SiameseTally {
    private var cosines: [Float] = []
    private var own: [Int] = []
    private var lossSum = 0.0
    private var count = 0
    private let groupSize: Int

    init(groupSize: Int) {
        self.groupSize = groupSize
    }

    mutating func add(_ results: (Matrix, Matrix), _ loss: SiameseLoss) {
        let found = SiameseLoss.likenesses(results.0, results.1, groupSize: groupSize)
        cosines += found.cosines.values
        own += found.own
        lossSum += loss.mean * Double(results.0.rowCount)
        count += results.0.rowCount
    }

    var judged: JudgedLogits {
        JudgedLogits(
            logits: Matrix(rowCount: own.count, columnCount: groupSize, values: cosines), labels: own,
            loss: count > 0 ? lossSum / Double(count) : 0)
    }
}
