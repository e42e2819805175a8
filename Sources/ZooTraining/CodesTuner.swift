import ZooCore
import ZooGraph
public import ZooImage

/// Trains a head on codes that were computed elsewhere: ``FineTuner`` without a network.
public struct CodesTuner: Sendable {
    private let codes: StoredCodes
    private let options: FineTuner.Options

    /// A tuner.
    ///
    /// - Parameter options: Those of ``FineTuner``; what is about images and networks says nothing here.
    public init(_ codes: StoredCodes, options: FineTuner.Options) {
        self.codes = codes
        self.options = options
    }

    /// Trains on the images of two folders, none of which is opened.
    ///
    /// Codes of several sources are normalised, each by its training images, and joined.
    ///
    /// - Returns: ``FineTuner/Outcome/codes`` has the head; the graph is that of an image, since there is no network.
    /// - Throws: ``TrainingError`` (`unusableData`) for fewer than two classes and for images whose codes are not there;
    ///   as ``FineTuner/train(on:validation:run:onProgress:)``.
    public func train(
        on train: ImageFolder, validation: ImageFolder, run: (folder: RunFolder, description: RunDescription)? = nil,
        onProgress: (FineTuner.Progress) throws -> Void
    ) throws -> FineTuner.Outcome {
        guard train.tasks == nil else {
            throw TrainingError(.invalidSetting, "codes that were computed elsewhere have one label an image")
        }
        guard train.classes.count > 1 else {
            throw TrainingError(
                .unusableData, "\(train.path): a classifier needs images of at least two classes")
        }
        let features = try features(train, validation)
        var settings = options.settings
        if settings.usesLBFGS || !options.head.isStepped { settings.epochs = min(settings.epochs, 1) }
        let loop = TrainingLoop(settings: settings, recorder: run.map { RunRecorder($0.folder, $0.description) })
        loop.recorder?.note(judged: validation.samples, failures: [])
        var generator = SeededGenerator(seed: settings.seed)
        let trainer = HeadTrainer(
            options: options, prefix: "head", classCount: train.classes.count, features: features,
            start: LinearHead(
                featureCount: features.validation.features.columnCount, classCount: train.classes.count,
                initialisation: options.headInitialisation, generator: &generator))
        let (outcome, head) = try trainer.run(loop, onProgress)
        let sources = codes.sources.enumerated().map { number, source in
            CodesSource(
                name: source.arch, featureCount: source.features,
                normalisation: features.normalisations.isEmpty ? nil : features.normalisations[number], body: nil)
        }
        let input = Graph.Node(name: "input", operation: .input(Input(channels: 3)), inputs: [])
        return FineTuner.Outcome(
            graph: try Graph(name: sources.map(\.name).joined(separator: "+"), nodes: [input], output: 0), known: [:],
            outcome, codes: CodesClassifier(sources: sources, head: head, classes: train.classes),
            trainCount: train.samples.count, valCount: validation.samples.count, failures: [], slowLayers: [])
    }

    private func features(_ train: ImageFolder, _ validation: ImageFolder) throws -> FineTuner.Features {
        let (learnt, judged) = (try codes.codes(of: train), try codes.codes(of: validation))
        let parts = zip(learnt, judged).map { learnt, judged in
            FineTuner.Features(
                copies: [FeatureSet(features: learnt, labels: train.samples.map(\.label))],
                validation: FeatureSet(features: judged, labels: validation.samples.map(\.label)), failures: [])
        }
        return parts.count == 1 ? parts[0] : try FineTuner.Features(joining: parts)
    }
}

extension CodesClassifier {
    /// The logits of a folder's images by codes that were computed elsewhere.
    ///
    /// - Throws: ``TrainingError`` (`unusableData`) if the codes are not those that the head wants, or lack an image.
    public func logits(of folder: ImageFolder, in codes: StoredCodes) throws(TrainingError) -> NetworkRunner.Outputs {
        let found = codes.sources
        guard found.map(\.arch) == sources.map(\.name), found.map(\.features) == sources.map(\.featureCount) else {
            let given = found.map { "\($0.features) numbers of \($0.arch)" }.joined(separator: ", then ")
            throw TrainingError(.unusableData, "\(path): the head wants \(wanted); the features are \(given)")
        }
        let rows = logits(ofCodes: try codes.codes(of: folder))
        return NetworkRunner.Outputs(
            rows: rows, sampleIndices: Array(folder.samples.indices), failures: [], slowLayers: [])
    }
}
