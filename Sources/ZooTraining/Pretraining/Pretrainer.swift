import ZooCore
import ZooEngine
public import ZooGraph
public import ZooImage
public import ZooTensor

/// Trains a network on images of a domain before it learns the classes that are wanted.
///
/// What comes out is the network without its output layer, which `zoo finetune --model` takes.
public struct Pretrainer: Sendable {
    /// A pretrained network and how it came about.
    public struct Outcome: Sendable {
        /// The network; its head is not trained.
        public let graph: Graph
        /// All its tensors but the head's, after the last epoch, by PyTorch's names.
        public let tensors: [String: Tensor]
        /// Every epoch. Accuracies are those of the task: the share of turns that are known, or of views that are found
        /// among those of ``viewGroupSize`` images.
        public let epochs: [EpochRecord]
        /// Why the training ended before its last epoch, in words, if it did.
        public let earlyEnding: String?
        /// Why the training cannot have been what was wanted: the loss was no number any more.
        public let divergence: TrainingError?
        /// How many images were learned from.
        public let trainCount: Int
        /// How many images were judged by.
        public let valCount: Int
        /// The images that could not be read.
        public let failures: [ImageFailure]
        /// The layers for which there is no fast kernel, by name; worth a warning.
        public let slowLayers: [String]
    }

    /// Among how many images a view is to be found, where the task is ``PretextTask/simSiam(_:)``.
    public static let viewGroupSize = SiameseLearner.groupSize

    let network: PretrainedNetwork
    let task: PretextTask
    let settings: TrainingSettings
    let augmentation: Augmentation
    let running: NetworkRunner.Options

    /// A pretrainer of `network`.
    ///
    /// - Parameters:
    ///   - settings: how it is trained; batches are counted in images, whatever the task makes of them. The last epoch is
    ///     kept.
    ///   - augmentation: what is done to every image; what makes views different from each other.
    public init(
        _ network: PretrainedNetwork, task: PretextTask, settings: TrainingSettings, augmentation: Augmentation,
        running: NetworkRunner.Options
    ) {
        self.network = network
        self.task = task
        var settings = settings
        settings.keepsLastEpoch = true
        self.settings = settings
        self.augmentation = augmentation
        self.running = running
    }

    /// Trains on the images of a folder, whose labels do not matter.
    ///
    /// - Parameters:
    ///   - validation: images that show how well the task is done.
    ///   - run: where the run is written down, and resumed from; nowhere if `nil`.
    ///   - onProgress: called after every batch and epoch; what it throws ends the work.
    /// - Throws: ``TrainingError`` (`unusableData`) for fewer than two readable images to learn from or to judge by,
    ///   (`diverged`) if not one epoch was good; ``ZooGraph/GraphError`` (`noHead`) for a network that the task does not
    ///   suit; errors of the engine and of the images; what `onProgress` throws.
    public func train(
        on train: ImageFolder, validation: ImageFolder, run: (folder: RunFolder, description: RunDescription)? = nil,
        onProgress: (FineTuner.Progress) throws -> Void
    ) throws -> Outcome {
        let samples = train.samples + validation.samples
        let failures = try ReadableImages.failures(in: samples, threadCount: running.engineOptions.threads) {
            try onProgress(.checked(done: $0, total: samples.count))
        }
        let broken = Set(failures.map(\.sample.path))
        let parts = (train.without(broken), validation.without(broken))
        guard parts.0.samples.count > 1, parts.1.samples.count > 1 else {
            let reason = failures.first.map { "; the first that cannot be read: \($0.error)" } ?? ""
            throw TrainingError(
                .unusableData,
                "\(train.path): there are \(parts.0.samples.count) images to learn from and \(parts.1.samples.count) to "
                    + "judge by; at least two of each are needed\(reason)")
        }
        let student = try student(parts.0, parts.1)
        let recorder = run.map { RunRecorder($0.folder, $0.description) }
        recorder?.note(judged: student.judged, failures: failures)
        let outcome = try TrainingLoop(settings: student.settings, recorder: recorder).run(student.learner) { event in
            switch event {
            case .images(let done, let epoch):
                try onProgress(.images(done: done, total: student.seenCount, epoch: epoch))
            case .epoch(let record): try onProgress(.epoch(record, of: settings.epochs))
            }
        }
        return result(
            outcome, counts: (parts.0.samples.count, parts.1.samples.count), failures, student.slowLayers())
    }

    /// A learner of the task, and what the loop needs to know about it.
    private struct Student {
        let learner: any Learner
        let settings: TrainingSettings
        /// How many inputs an epoch sees.
        let seenCount: Int
        let judged: [ImageSample]
        let slowLayers: () -> [String]
    }

    private func student(_ train: ImageFolder, _ validation: ImageFolder) throws -> Student {
        switch task {
        case .rotation:
            let turned = (train.turned(), validation.turned())
            var settings = settings
            settings.batchSize *= ImageFolder.turnNames.count
            var images = NetworkLearner.Images(
                train: turned.0.samples, validation: turned.1.samples, preprocessing: network.preprocessing,
                augmentation: augmentation)
            images.groupSize = ImageFolder.turnNames.count
            let graph = try network.graph.replacingHead(outputs: ImageFolder.turnNames.count)
            let learner = try NetworkLearner(
                graph, source: parameters(of: graph), stages: TrainedLayers().stages(of: graph), images: images,
                settings: settings, running: running)
            return Student(
                learner: learner, settings: settings, seenCount: images.train.count, judged: images.validation
            ) { learner.slowLayers }
        case .simSiam(let layers):
            let graph = try network.graph.siamese(layers)
            let images = NetworkLearner.Images(
                train: train.samples, validation: validation.samples, preprocessing: network.preprocessing,
                augmentation: augmentation)
            let learner = try SiameseLearner(
                graph, source: parameters(of: graph), images: images, settings: settings, running: running)
            return Student(
                learner: learner, settings: settings, seenCount: images.train.count, judged: []
            ) { learner.slowLayers }
        }
    }

    /// The network's weights, and new ones for the layers that it does not have.
    private func parameters(of graph: Graph) -> [String: Tensor] {
        let head = (try? network.graph.headParameters) ?? []
        let known = network.parameters.filter { !head.contains($0.key) }
        return NetworkInitialisation.parameters(of: graph, seed: settings.seed).merging(known) { $1 }
    }

    private func result(
        _ outcome: TrainingLoop.Outcome, counts: (train: Int, val: Int), _ failures: [ImageFailure],
        _ slowLayers: [String]
    ) -> Outcome {
        let head = (try? network.graph.headParameters) ?? []
        let names = Set(network.graph.parameterSpecs.map(\.name)).subtracting(head)
        var divergence: TrainingError?
        if case .diverged(let error) = outcome.ending { divergence = error }
        return Outcome(
            graph: network.graph, tensors: outcome.best.filter { names.contains($0.key) }, epochs: outcome.epochs,
            earlyEnding: outcome.ending?.reason, divergence: divergence, trainCount: counts.train,
            valCount: counts.val, failures: failures, slowLayers: slowLayers)
    }
}
