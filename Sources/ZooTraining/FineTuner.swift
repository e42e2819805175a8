import ZooCore
public import ZooGraph
public import ZooImage
public import ZooTensor

/// Fine-tunes a network on a folder of images.
///
/// The output layer is replaced by one with as many outputs as the data have classes, or as all tasks have together where
/// images have several labels. Then either only that head is
/// trained, on features that every image gives once (``Method/head(copies:)``), or layers of the network itself
/// (``Method/layers(_:)``). The epoch with the best validation accuracy is kept, of several tasks that of the best mean.
public struct FineTuner: Sendable {
    /// What is trained.
    public enum Method: Sendable, Hashable {
        /// The head alone. Each image goes through the frozen rest once; with augmentation once for each of `copies`.
        case head(copies: Int)
        /// Layers of the network, on images.
        case layers(TrainedLayers)
    }

    /// How the head starts.
    public enum HeadStart: Sendable, Hashable {
        /// With new weights.
        case new(HeadInitialisation)
        /// With rows of the source's classifier where classes match, and new weights elsewhere.
        case reuse(ClassifierReuse, others: HeadInitialisation)
    }

    /// Everything that decides the result besides the network and the images.
    public struct Options: Sendable, Hashable {
        /// What is trained.
        public var method: Method
        /// How it is trained.
        public var settings: TrainingSettings
        /// What is done to training images.
        public var augmentation = Augmentation.none
        /// Which head takes the place of the output layer; all but the linear one with ``Method/head(copies:)`` only.
        public var head = HeadChoice.linear
        /// How the head starts.
        public var headStart = HeadStart.new(.xavier)
        /// Whether an image that cannot be read ends the work.
        public var isStrict = false
        /// What a bootstrap sample of the training images follows from, as many as there are, drawn with replacement; `nil`
        /// to learn from each of them.
        public var bootstrap: UInt64?

        /// Options.
        public init(method: Method, settings: TrainingSettings) {
            self.method = method
            self.settings = settings
        }
    }

    /// What happens on the way, for those who watch.
    public enum Progress: Sendable {
        /// So many of all images were decoded to see whether they can be.
        case checked(done: Int, total: Int)
        /// So many of all images went through the network, or were known from an earlier run.
        case features(done: Int, total: Int)
        /// So many of an epoch's images were seen.
        case images(done: Int, total: Int, epoch: Int)
        /// An epoch ended.
        case epoch(EpochRecord, of: Int)
    }

    /// A trained network and how it came about.
    public struct Outcome: Sendable {
        /// The network with its new head.
        public let graph: Graph
        /// All its tensors after the best epoch, by PyTorch's names.
        public let tensors: [String: Tensor]
        /// What the head made of the network, or networks, where it is no layer of one: ``graph`` and ``tensors`` are those
        /// of the first source's body then.
        public let codes: CodesClassifier?
        /// The epoch of the best validation accuracy, the lowest loss among equals; 0 if no epoch was run.
        public let bestEpoch: Int
        /// The validation accuracy after it.
        public let bestAccuracy: Double
        /// The validation loss after it.
        public let bestLoss: Double
        /// Every epoch.
        public let epochs: [EpochRecord]
        /// Why the training ended before its last epoch, in words, if it did.
        public let earlyEnding: String?
        /// Why the training cannot have been what was wanted: the loss was no number any more.
        public let divergence: TrainingError?
        /// How many images were learned from.
        public let trainCount: Int
        /// How many images were validated on.
        public let valCount: Int
        /// The images that could not be read.
        public let failures: [ImageFailure]
        /// The layers for which there is no fast kernel, by name; worth a warning.
        public let slowLayers: [String]
        /// How long it took to get the features of a head; 0 otherwise.
        public let featureSeconds: Double
        /// For how many images features had to be computed; the others were known.
        public let computedFeatureCount: Int
        /// Why computed features could not be kept for the next run; worth a warning.
        public let storeFailure: (any Error)?
    }

    let network: PretrainedNetwork
    /// Networks whose features are joined with those of ``network``.
    let others: [PretrainedNetwork]
    let options: Options
    let running: NetworkRunner.Options
    let store: FeatureStore?
    let memory: FeatureMemory?
    let distillation: Distillation?
    let masks: [String: [Float]]

    /// A fine-tuner of `network`.
    ///
    /// - Parameters:
    ///   - others: networks whose features are joined with its own, each normalised; for ``Method/head(copies:)`` only.
    ///   - store: where features of images are kept for the next run.
    ///   - memory: where features are kept for other trainings of this network in this process.
    ///   - distillation: what the network is taught besides labels, where layers are trained.
    ///   - masks: where layers are trained, for tensors with weights that stay zero, 0 for those and 1 for the others; by
    ///     PyTorch's names, in its order.
    public init(
        _ network: PretrainedNetwork, joining others: [PretrainedNetwork] = [], options: Options,
        running: NetworkRunner.Options, store: FeatureStore? = nil, memory: FeatureMemory? = nil,
        distillation: Distillation? = nil, masks: [String: [Float]] = [:]
    ) {
        self.network = network
        self.others = others
        self.options = options
        self.running = running
        self.store = store
        self.memory = memory
        self.distillation = distillation
        self.masks = masks
    }

    /// Trains on the classes of two folders.
    ///
    /// - Parameters:
    ///   - train: the images to learn from.
    ///   - validation: the images that choose the best epoch.
    ///   - run: where the run is written down, and resumed from; nowhere if `nil`.
    ///   - onProgress: called after every batch and epoch; what it throws ends the work.
    /// - Throws: ``TrainingError`` (`unusableData`) for fewer than two classes, of any task, no readable images, or with strictness an
    ///   unreadable one, (`diverged`) if not one epoch was good; errors of the engine; what `onProgress` throws.
    public func train(
        on train: ImageFolder, validation: ImageFolder, run: (folder: RunFolder, description: RunDescription)? = nil,
        onProgress: (Progress) throws -> Void
    ) throws -> Outcome {
        try requireTeachable(train, validation)
        var settings = options.settings
        // L-BFGS sees all images in every step; its steps are one epoch.
        if settings.usesLBFGS { settings.epochs = min(settings.epochs, 1) }
        if !options.head.isStepped { settings.epochs = 1 }
        let loop = TrainingLoop(
            settings: settings, recorder: run.map { RunRecorder($0.folder, $0.description) })
        switch options.method {
        case .head(let copies):
            guard distillation == nil else {
                throw TrainingError(
                    .invalidSetting, "a teacher teaches layers of a network; leave out --head-only, or the teacher")
            }
            return try trainHead(train, validation, copies: copies, loop, onProgress)
        case .layers(let layers):
            guard options.head == .linear, others.isEmpty else {
                throw TrainingError(
                    .invalidSetting,
                    "layers of a network are trained with a linear head, of one network; other heads, and features of several "
                        + "networks, are for the head alone")
            }
            return try trainLayers(train, validation, layers, loop, onProgress)
        }
    }

    /// The network with an output for each class.
    func graph(classCount: Int) throws -> Graph {
        if case .mlp(let hiddenCount) = options.head {
            return try network.graph.replacingHead(
                outputs: classCount, hidden: hiddenCount, dropout: options.settings.dropout)
        }
        let graph = try network.graph.replacingHead(outputs: classCount)
        guard options.settings.dropout > 0, case .layers = options.method else { return graph }
        return try graph.addingHeadDropout(options.settings.dropout)
    }

    /// The head before its first step.
    func startingHead(classCount: Int, pixelCount: Int?) throws -> LinearHead {
        var generator = SeededGenerator(seed: options.settings.seed)
        let description = network.head
        var head = LinearHead(
            featureCount: description.inputFeatures + others.reduce(0) { $0 + $1.head.inputFeatures },
            classCount: classCount, hasBias: description.hasBias || !others.isEmpty, pixelCount: pixelCount,
            initialisation: options.headInitialisation, generator: &generator)
        if case .reuse(let reuse, _) = options.headStart {
            let known = try network.classifier()
            reuse.apply(to: &head, weight: known.weight, bias: known.bias)
        }
        return head
    }

    func require(_ failures: [ImageFailure], _ train: ImageFolder, usable: Bool) throws {
        guard usable else {
            let reason = failures.first.map { "; the first: \($0.error)" } ?? ""
            throw TrainingError(.unusableData, "\(train.path): no image could be read\(reason)")
        }
        if options.isStrict, let first = failures.first {
            throw TrainingError(
                .unusableData,
                "\(failures.count) of the images cannot be read; the first: \(first.error); mend or remove them, or go on "
                    + "without them by leaving out --strict")
        }
    }
}

extension PretrainedNetwork {
    /// The output layer's weight, `outputs × features`, and its bias, empty where there is none.
    func classifier() throws -> (weight: Matrix, bias: [Float]) {
        guard let weight = parameters["\(head.prefix).weight"] else {
            throw TrainingError(.unfitCheckpoint, "\(path): the output layer '\(head.prefix)' has no weight")
        }
        let values = try weight.float32Values()
        return (
            Matrix(rowCount: head.outputs, columnCount: values.count / max(head.outputs, 1), values: values),
            try parameters["\(head.prefix).bias"]?.float32Values() ?? []
        )
    }
}
