import ZooCore
import ZooGraph
public import ZooImage
import ZooTensor

/// Trains a linear layer on what several members say: scikit-learn's `StackingClassifier` with `LogisticRegression` for
/// the members' heads and for the layer on top.
///
/// Source: Wolpert, *Stacked Generalization* (1992). What the layer learns from must be what members say of images that
/// they did not learn from. So the heads are trained anew: once for each part of the images on all others, for the layer;
/// then on all, for use. For two classes scikit-learn gives the layer one probability a member, and zoo both.
public struct Stacking: Sendable {
    /// How many parts the images are divided into.
    public var foldCount: Int
    /// The `C` of the heads: how much images count against large weights.
    public var headC: Double
    /// The `C` of the layer on top.
    public var layerC: Double
    /// What the parts follow from.
    public var seed: UInt64

    /// Settings.
    ///
    /// - Precondition: there are at least two parts, and each `C` is positive.
    public init(foldCount: Int = 5, headC: Double = 1, layerC: Double = 1, seed: UInt64 = 0) {
        precondition(foldCount >= 2 && headC > 0 && layerC > 0, "two parts at least, and C above 0")
        self.foldCount = foldCount
        self.headC = headC
        self.layerC = layerC
        self.seed = seed
    }

    /// What came out.
    public struct Outcome: Sendable {
        /// The members with new heads, and the layer.
        public let ensemble: EnsembleClassifier
        /// The accuracy of each member's heads on the parts that they did not learn from.
        public let outOfFoldAccuracies: [Double]
        /// The images that could not be read.
        public let failures: [ImageFailure]
        /// The layers for which there is no fast kernel, by name.
        public let slowLayers: [String]
    }

    /// Trains heads on the networks, and the layer.
    ///
    /// - Parameters:
    ///   - networks: The members' bodies; their own output layers, and what those tell apart, do not matter.
    ///   - store: where features of images are found and kept.
    ///   - onProgress: called with the number of images that are done, over all networks.
    /// - Throws: ``TrainingError``: `unfitCheckpoint` for two networks with the same body, or one whose output layer is a
    ///   convolution; `unusableData` if no image can be read; `diverged` if a head cannot be found. What `onProgress`
    ///   throws.
    /// - Precondition: there is a network.
    /// - Complexity: one pass of each network for each image; O(folds · networks) heads.
    public func train(
        _ networks: [(name: String, network: PretrainedNetwork)], on train: ImageFolder,
        running: NetworkRunner.Options, store: FeatureStore?, onProgress: (Int) throws -> Void
    ) throws -> Outcome {
        let sources = try bodies(networks, classCount: train.classes.count)
        var found: [NetworkRunner.Outputs] = []
        for (number, source) in sources.enumerated() {
            let extractor = FeatureExtractor(
                graph: try source.graph.headFeatures(), parameters: source.parameters,
                preprocessing: source.preprocessing, running: running, store: store)
            found.append(
                try extractor.run(train.samples) { try onProgress(number * train.samples.count + $0) }.outputs)
        }
        let common = found.dropFirst().reduce(Set(found[0].sampleIndices)) { $0.intersection($1.sampleIndices) }
        guard !common.isEmpty else {
            let reason = found.lazy.flatMap(\.failures).first.map { "; the first: \($0.error)" } ?? ""
            throw TrainingError(.unusableData, "\(train.path): no image could be read\(reason)")
        }
        let labels = common.sorted().map { train.samples[$0].label }
        let features = found.map { outputs in
            outputs.rows.gatheringRows(
                outputs.sampleIndices.indices.filter { common.contains(outputs.sampleIndices[$0]) })
        }
        let folds = StratifiedFolds.assign(labels, classCount: train.classes.count, count: foldCount, seed: seed)
        let result = try fit(features, labels: labels, folds: folds, classCount: train.classes.count)
        let members = networks.indices.map {
            EnsembleClassifier.Member(name: networks[$0].name, source: $0, head: result.heads[$0])
        }
        return Outcome(
            ensemble: EnsembleClassifier(
                sources: sources, members: members, classes: train.classes, combination: .stack(result.layer),
                method: "stack"),
            outOfFoldAccuracies: result.outOfFold.map { Self.accuracy($0, labels) },
            failures: found[0].failures, slowLayers: found.flatMap(\.slowLayers))
    }

    private func bodies(
        _ networks: [(name: String, network: PretrainedNetwork)], classCount: Int
    ) throws -> [EnsembleSource] {
        var sources: [EnsembleSource] = []
        for (name, network) in networks {
            let graph = try network.graph.replacingHead(outputs: classCount)
            guard let head = graph.head, !head.isConvolution else {
                throw TrainingError(
                    .unfitCheckpoint,
                    "\(name): the output layer of a \(network.graph.name) is a convolution, which stacking cannot train "
                        + "anew; --prefit takes the members as they are")
            }
            let own = EnsembleSource(network)
            let source = EnsembleSource(
                graph: graph, head: head, parameters: own.parameters, preprocessing: own.preprocessing)
            if let twin = sources.firstIndex(where: { $0.isSame(as: source) }) {
                throw TrainingError(
                    .unfitCheckpoint,
                    "\(name) differs from \(networks[twin].name) in nothing but its output layer, and stacking trains "
                        + "those anew: both would say the same. --prefit takes the members as they are")
            }
            sources.append(source)
        }
        return sources
    }

    /// The heads and the layer for features of the same images.
    ///
    /// - Parameter folds: the part of each image.
    func fit(
        _ features: [Matrix], labels: [Int], folds: [Int], classCount: Int
    ) throws -> (heads: [LinearHead], outOfFold: [Matrix], layer: LinearHead) {
        let method = LogisticRegression(c: headC)
        var heads: [LinearHead] = []
        var outOfFold: [Matrix] = []
        for matrix in features {
            let set = FeatureSet(features: matrix, labels: labels)
            var probabilities = Matrix(zeros: labels.count, classCount)
            for fold in Set(folds).sorted() {
                let held = folds.indices.filter { folds[$0] == fold }
                let head = try method.fit(
                    set.gatheringRows(folds.indices.filter { folds[$0] != fold }), classCount: classCount)
                let rows = head.logits(of: matrix.gatheringRows(held)).softmax()
                for (position, row) in held.enumerated() {
                    probabilities.replaceRows(from: row, by: rows.gatheringRows(position..<position + 1))
                }
            }
            outOfFold.append(probabilities)
            heads.append(try method.fit(set, classCount: classCount))
        }
        return (heads, outOfFold, try layer(outOfFold, labels: labels, classCount: classCount))
    }

    /// The layer on top of members that say these probabilities.
    func layer(_ probabilities: [Matrix], labels: [Int], classCount: Int) throws -> LinearHead {
        try LogisticRegression(c: layerC).fit(
            FeatureSet(features: Matrix(joiningColumns: probabilities), labels: labels), classCount: classCount)
    }

    static func accuracy(_ rows: Matrix, _ labels: [Int]) -> Double {
        let hits = zip(rows.largestColumns(), labels).count { $0 == $1 }
        return labels.isEmpty ? 0 : Double(hits) / Double(labels.count)
    }
}

extension Stacking {
    /// A layer on top of members as they are, learnt from what they say of images that they did not learn from.
    ///
    /// - Parameters:
    ///   - answers: what the members say of those images.
    ///   - labels: the right output of each row.
    /// - Returns: The ensemble with the layer; and what a layer says of each part of the images that learnt from the other
    ///   parts, whose accuracy is not flattered.
    /// - Throws: ``TrainingError`` (`diverged`) if a layer cannot be found.
    public func onTop(
        of ensemble: EnsembleClassifier, _ answers: EnsembleClassifier.MemberOutputs, labels: [Int]
    ) throws -> (ensemble: EnsembleClassifier, crossFitted: NetworkRunner.Outputs) {
        let probabilities = answers.logits.map { $0.softmax() }
        let classCount = ensemble.outputCount
        var result = ensemble
        result.method = "stack"
        result.combination = .stack(try layer(probabilities, labels: labels, classCount: classCount))
        var rows = Matrix(zeros: labels.count, classCount)
        let folds = StratifiedFolds.assign(labels, classCount: classCount, count: foldCount, seed: seed)
        for fold in Set(folds).sorted() {
            let (held, others) = (
                folds.indices.filter { folds[$0] == fold }, folds.indices.filter { folds[$0] != fold }
            )
            let head = try layer(
                probabilities.map { $0.gatheringRows(others) }, labels: others.map { labels[$0] },
                classCount: classCount)
            let said = head.logits(of: Matrix(joiningColumns: probabilities.map { $0.gatheringRows(held) }))
            for (position, row) in held.enumerated() {
                rows.replaceRows(from: row, by: said.gatheringRows(position..<position + 1))
            }
        }
        return (
            result,
            NetworkRunner.Outputs(
                rows: rows, sampleIndices: answers.outputs.sampleIndices, failures: answers.outputs.failures,
                slowLayers: answers.outputs.slowLayers)
        )
    }
}

extension EnsembleClassifier {
    /// The same members with the weights of their mean that are best for these images; and what the mean says of each part
    /// of them with weights that were learnt on the other parts, whose accuracy is not flattered.
    ///
    /// - Parameter labels: the right output of each row.
    /// - Complexity: O(steps · images · members).
    public func withLearntWeights(
        _ answers: MemberOutputs, labels: [Int]
    ) -> (ensemble: EnsembleClassifier, crossFitted: NetworkRunner.Outputs) {
        var result = self
        let (combination, rows) = Combination.learntAverage(answers.logits, labels: labels)
        result.combination = combination
        return (
            result,
            NetworkRunner.Outputs(
                rows: rows, sampleIndices: answers.outputs.sampleIndices, failures: answers.outputs.failures,
                slowLayers: answers.outputs.slowLayers)
        )
    }
}
