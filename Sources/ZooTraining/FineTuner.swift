import ZooCore
import ZooGraph
public import ZooImage

/// Fine-tunes a pretrained network on a folder of images: a new head, everything else frozen.
///
/// 1. The output layer is replaced by one with as many outputs as the data have classes.
/// 2. Every image goes once through the frozen rest, whose batch norm stays in evaluation mode: its *features*.
/// 3. The head is trained on the features; the best epoch is kept.
public struct FineTuner: Sendable {
    /// What happens on the way, for those who watch.
    public enum Progress: Sendable {
        /// So many of all images went through the network.
        case features(done: Int, total: Int)
        /// An epoch ended.
        case epoch(EpochRecord, of: Int)
    }

    /// A trained head and how it came about.
    public struct Outcome: Sendable {
        /// The head and its history.
        public let training: HeadTrainer.Outcome
        /// How many images were learned from and validated on.
        public let trainCount: Int
        /// How many images were validated on.
        public let valCount: Int
        /// The images that could not be read.
        public let failures: [ImageFailure]
        /// The layers for which there is no fast kernel, by name; worth a warning.
        public let slowLayers: [String]
        /// How long the features took.
        public let featureSeconds: Double
    }

    private let network: PretrainedNetwork
    private let options: HeadTrainingOptions
    private let running: NetworkRunner.Options

    /// A fine-tuner of `network`.
    public init(_ network: PretrainedNetwork, options: HeadTrainingOptions, running: NetworkRunner.Options) {
        self.network = network
        self.options = options
        self.running = running
    }

    /// Trains a head for the classes of `splits`.
    ///
    /// - Parameters:
    ///   - train: the images to learn from.
    ///   - validation: the images that choose the best epoch.
    ///   - onProgress: called after every batch and epoch; what it throws ends the work.
    /// - Throws: ``TrainingError`` (`unusableData`) for fewer than two classes or no readable images; errors of the
    ///   engine; what `onProgress` throws.
    public func trainHead(
        on train: ImageFolder, validation: ImageFolder, onProgress: (Progress) throws -> Void
    ) throws -> Outcome {
        guard train.classes.count > 1 else {
            throw TrainingError(
                .unusableData,
                "\(train.path): there is only the class '\(train.classes.first ?? "")'; a classifier needs a folder "
                    + "for each of at least two classes")
        }
        let clock = ContinuousClock.now
        let runner = NetworkRunner(
            graph: try network.graph.headFeatures(), parameters: network.parameters,
            preprocessing: network.preprocessing, options: running)
        let samples = train.samples + validation.samples
        let outputs = try runner.run(samples) { done in
            try onProgress(.features(done: done, total: samples.count))
        }
        let trainCount = outputs.sampleIndices.count { $0 < train.samples.count }
        let featureSeconds = clock.secondsUntilNow
        // A convolution takes pixels one after another, each with all its channels.
        let channels = network.head.isConvolution ? network.head.inputFeatures : nil
        let trainSet = outputs.featureSet(rows: 0..<trainCount, labels: samples, channels: channels)
        let validationSet = outputs.featureSet(
            rows: trainCount..<outputs.rows.rowCount, labels: samples, channels: channels)
        guard trainSet.count > 0, validationSet.count > 0 else {
            let reason = outputs.failures.first.map { "; the first: \($0.error)" } ?? ""
            throw TrainingError(.unusableData, "\(train.path): no image could be read\(reason)")
        }
        let training = try HeadTrainer(options).train(
            on: trainSet, validation: validationSet, classCount: train.classes.count, hasBias: network.head.hasBias,
            pixelCount: channels.map { outputs.rows.columnCount / $0 }
        ) { record in
            try onProgress(.epoch(record, of: options.epochs))
        }
        return Outcome(
            training: training, trainCount: trainSet.count, valCount: validationSet.count,
            failures: outputs.failures, slowLayers: outputs.slowLayers, featureSeconds: featureSeconds)
    }
}

extension NetworkRunner.Outputs {
    /// Some of the rows as features, with the labels of their samples; rows of images of so many channels pixel by pixel.
    fileprivate func featureSet(rows range: Range<Int>, labels samples: [ImageSample], channels: Int?) -> FeatureSet {
        let features = rows.gatheringRows(range)
        return FeatureSet(
            features: channels.map { features.pixelByPixel(channels: $0) } ?? features,
            labels: sampleIndices[range].map { samples[$0].label })
    }
}
