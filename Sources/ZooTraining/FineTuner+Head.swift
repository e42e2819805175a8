public import SystemPackage
import ZooCore
import ZooGraph
public import ZooImage
import ZooTensor

extension FineTuner {
    /// Trains the head on features, which every image gives once.
    func trainHead(
        _ train: ImageFolder, _ validation: ImageFolder, copies: Int, _ loop: TrainingLoop,
        _ onProgress: (Progress) throws -> Void
    ) throws -> Outcome {
        try requirePossibleHead()
        let clock = ContinuousClock.now
        var features = try features(train.samples, validation.samples, copies: copies, onProgress)
        if let seed = options.bootstrap {
            let rows = Bootstrap.rows(count: features.copies[0].count, seed: seed)
            features.copies = features.copies.map { $0.gatheringRows(rows) }
        }
        let featureSeconds = clock.secondsUntilNow
        let isUsable = !features.copies.contains { $0.count == 0 } && features.validation.count > 0
        try require(features.failures, train, usable: isUsable)
        let unread = Set(features.failures.map(\.sample.path))
        loop.recorder?.note(
            judged: validation.samples.filter { !unread.contains($0.path) }, failures: features.failures)
        let classCount = train.outputNames.count
        let trainer = HeadTrainer(
            options: options, prefix: makesNetwork ? network.head.prefix : "head", classCount: classCount,
            tasks: train.tasks, features: features,
            start: try startingHead(classCount: classCount, pixelCount: features.pixelCount))
        let (outcome, head) = try trainer.run(loop, onProgress)
        return Outcome(
            graph: makesNetwork ? try graph(classCount: classCount) : try network.graph.featureExtractor(),
            network: network, outcome,
            codes: makesNetwork
                ? nil : CodesClassifier(sources: try sources(features), head: head, classes: train.classes),
            trainCount: features.copies[0].count, valCount: features.validation.count, failures: features.failures,
            slowLayers: features.slowLayers, featureSeconds: featureSeconds,
            computedFeatureCount: features.computedCount, storeFailure: features.storeFailure)
    }

    /// Whether the result is an ordinary network, whose output layer is the head.
    var makesNetwork: Bool { others.isEmpty && options.head.isLayer(hasBias: network.head.hasBias) }

    /// - Throws: ``TrainingError`` (`invalidSetting`) for a head that the networks cannot have.
    func requirePossibleHead() throws {
        let convolution = ([network] + others).first { $0.head.isConvolution }
        guard let convolution, options.head != .linear || !others.isEmpty else { return }
        throw TrainingError(
            .invalidSetting,
            "the output layer '\(convolution.head.prefix)' of \(convolution.graph.name) is a convolution, whose features "
                + "are images and no vectors: it can have a linear head alone, of one network")
    }

    private func sources(_ features: Features) throws -> [CodesSource] {
        try ([network] + others).enumerated().map { number, network in
            CodesSource(
                name: network.graph.name, featureCount: network.head.inputFeatures,
                normalisation: features.normalisations.indices.contains(number) ? features.normalisations[number] : nil,
                body: try NetworkBody(network))
        }
    }

    /// The features of all images.
    struct Features {
        var copies: [FeatureSet] = []
        var validation: FeatureSet
        var failures: [ImageFailure]
        var slowLayers: [String] = []
        /// How many pixels the features of an image are, for a convolution with a ReLU and a mean behind it.
        var pixelCount: Int?
        /// How the features of each source were normalised before they were joined; empty for one source.
        var normalisations: [CodesNormalisation] = []
        var computedCount = 0
        var storeFailure: (any Error)?
    }

    /// - Complexity: One pass of the network for each image that is not known, and for each copy.
    func features(
        _ train: [ImageSample], _ validation: [ImageSample], copies: Int, _ onProgress: (Progress) throws -> Void
    ) throws -> Features {
        guard let memory else { return try joinedFeatures(train, validation, copies: copies, onProgress) }
        let isAugmented = !options.augmentation.steps(for: network.preprocessing).isEmpty
        let key = FeatureMemory.Key(
            train: train, validation: validation, augmentation: options.augmentation,
            draws: isAugmented ? [options.settings.seed, UInt64(copies)] : [], running: running)
        if let known = memory.features(for: key) { return known }
        let features = try joinedFeatures(train, validation, copies: copies, onProgress)
        memory.keep(features, for: key)
        return features
    }

    func computedFeatures(
        _ train: [ImageSample], _ validation: [ImageSample], copies: Int, _ onProgress: (Progress) throws -> Void
    ) throws -> Features {
        let extractor = FeatureExtractor(
            graph: try network.graph.headFeatures(), parameters: network.parameters,
            preprocessing: network.preprocessing, running: running, store: store)
        let isAugmented = !options.augmentation.steps(for: network.preprocessing).isEmpty
        // Without augmentation one pass sees all images, so that its last batch is the only one that is not full.
        let plain = isAugmented ? validation : train + validation
        let total = plain.count + (isAugmented ? copies * train.count : 0)
        var done = 0
        let judged = try extractor.run(plain) { try onProgress(.features(done: $0, total: total)) }
        done = plain.count
        let channels = network.head.isConvolution ? network.head.inputFeatures : nil
        let trainCount = isAugmented ? 0 : judged.outputs.sampleIndices.count { $0 < train.count }
        let rowCount = judged.outputs.rows.rowCount
        var features = Features(
            validation: judged.outputs.featureSet(rows: trainCount..<rowCount, labels: plain, channels: channels),
            failures: judged.outputs.failures, slowLayers: judged.outputs.slowLayers,
            pixelCount: channels.map { judged.outputs.rows.columnCount / $0 }, computedCount: judged.computedCount,
            storeFailure: judged.storeFailure)
        guard isAugmented else {
            features.copies = [judged.outputs.featureSet(rows: 0..<trainCount, labels: plain, channels: channels)]
            return features
        }
        for copy in 0..<copies {
            let seed = SeededGenerator.mixed(options.settings.seed, UInt64(copy) | 1 << 41)
            let result = try extractor.run(train, augmentation: options.augmentation, seed: seed) {
                try onProgress(.features(done: done + $0, total: total))
            }
            done += train.count
            if copy == 0 { features.failures += result.outputs.failures }
            features.copies.append(
                result.outputs.featureSet(rows: 0..<result.outputs.rows.rowCount, labels: train, channels: channels))
            features.computedCount += result.computedCount
            features.storeFailure = features.storeFailure ?? result.storeFailure
        }
        return features
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

extension FineTuner.Outcome {
    init(
        graph: Graph, network: PretrainedNetwork, _ outcome: TrainingLoop.Outcome, codes: CodesClassifier? = nil,
        trainCount: Int, valCount: Int, failures: [ImageFailure], slowLayers: [String], featureSeconds: Double = 0,
        computedFeatureCount: Int = 0, storeFailure: (any Error)? = nil
    ) {
        self.init(
            graph: graph, known: network.parameters, outcome, codes: codes, trainCount: trainCount, valCount: valCount,
            failures: failures, slowLayers: slowLayers, featureSeconds: featureSeconds,
            computedFeatureCount: computedFeatureCount, storeFailure: storeFailure)
    }

    /// - Parameter known: What the network had; the learnt parameters take the place of theirs.
    init(
        graph: Graph, known: [String: Tensor], _ outcome: TrainingLoop.Outcome, codes: CodesClassifier? = nil,
        trainCount: Int, valCount: Int,
        failures: [ImageFailure], slowLayers: [String], featureSeconds: Double = 0, computedFeatureCount: Int = 0,
        storeFailure: (any Error)? = nil
    ) {
        var divergence: TrainingError?
        var ending: String?
        switch outcome.ending {
        case .patience: ending = outcome.ending?.reason
        case .diverged(let error): divergence = error
        case nil: break
        }
        self.init(
            graph: graph, tensors: known.merging(outcome.best) { $1 }, codes: codes, bestEpoch: outcome.bestEpoch,
            bestAccuracy: outcome.bestAccuracy, bestLoss: outcome.bestLoss, epochs: outcome.epochs,
            earlyEnding: ending, divergence: divergence, trainCount: trainCount, valCount: valCount,
            failures: failures, slowLayers: slowLayers, featureSeconds: featureSeconds,
            computedFeatureCount: computedFeatureCount, storeFailure: storeFailure)
    }
}

extension FineTuner.Outcome {
    /// Writes what was trained: a network, or a head on codes; see ``FineTunedModel/write(to:)`` and
    /// ``CodesClassifier/write(to:provenance:)``.
    ///
    /// - Parameters:
    ///   - network: What was fine-tuned.
    ///   - classes: The names of the outputs.
    ///   - tasks: The tasks that the outputs are of, where there are several.
    ///   - provenance: How it was made.
    /// - Throws: ``ZooCore/FileError``.
    public func write(
        to path: FilePath, network: PretrainedNetwork, classes: [String], tasks: [LabelTask]? = nil,
        provenance: [(key: String, value: String)]
    ) throws {
        if let codes { return try codes.write(to: path, provenance: provenance) }
        try FineTunedModel(
            graph: graph, tensors: tensors, classes: classes, preprocessing: network.preprocessing,
            provenance: provenance, tasks: tasks
        ).write(to: path)
    }
}
