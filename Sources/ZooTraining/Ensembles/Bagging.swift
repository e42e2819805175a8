import ZooEngine
import ZooGraph
public import ZooImage
import ZooTensor

/// Trains several networks, or heads on one network, each on a bootstrap sample of the images.
///
/// Source: Breiman, *Bagging Predictors* (1996). The answer is the mean of the members' probabilities. Each image is left
/// out by about 37 % of the members; what those say of it is its out-of-bag judgement, which needs no other images.
public struct Bagging: Sendable {
    /// What came out.
    public struct Outcome: Sendable {
        /// The members together.
        public let ensemble: EnsembleClassifier
        /// The trainings, in the order of the members.
        public let trainings: [FineTuner.Outcome]
        /// The accuracy on training images of the members that did not learn from them; `nil` if every member learnt from
        /// every image.
        public let outOfBagAccuracy: Double?
        /// How many images that is over.
        public let outOfBagCount: Int
    }

    private let network: PretrainedNetwork
    private let options: FineTuner.Options
    private let running: NetworkRunner.Options
    private let store: FeatureStore?
    private let memberCount: Int

    /// Bagging of a network.
    ///
    /// - Parameters:
    ///   - options: how each member is trained; the bootstrap samples follow from the seed.
    ///   - store: where features of images are kept for the next run.
    /// - Precondition: there is a member.
    public init(
        _ network: PretrainedNetwork, memberCount: Int, options: FineTuner.Options, running: NetworkRunner.Options,
        store: FeatureStore? = nil
    ) {
        precondition(memberCount > 0, "an ensemble has members")
        self.network = network
        self.memberCount = memberCount
        self.options = options
        self.running = running
        self.store = store
    }

    /// Trains the members.
    ///
    /// - Parameters:
    ///   - validation: the images that choose each member's best epoch.
    ///   - onProgress: called with the number of the member and what happens to it.
    /// - Throws: what ``FineTuner/train(on:validation:run:onProgress:)`` throws.
    /// - Complexity: For heads one pass of the network for each image, whatever the number of members.
    public func train(
        on train: ImageFolder, validation: ImageFolder, onProgress: (Int, FineTuner.Progress) throws -> Void
    ) throws -> Outcome {
        let memory = FeatureMemory()
        var trainings: [FineTuner.Outcome] = []
        var networks: [(name: String, network: PretrainedNetwork)] = []
        for number in 0..<memberCount {
            let tuner = tuner(number, memory)
            let outcome = try tuner.train(on: train, validation: validation) { try onProgress(number, $0) }
            if let divergence = outcome.divergence { throw divergence }
            guard let head = outcome.graph.head else { continue }
            trainings.append(outcome)
            networks.append(
                (
                    "bag \(number + 1)",
                    PretrainedNetwork(
                        graph: outcome.graph, head: head, parameters: outcome.tensors,
                        preprocessing: network.preprocessing, classes: train.classes, path: network.path,
                        report: network.report, prefix: "", hasHead: true)
                ))
        }
        let ensemble = try EnsembleClassifier(networks, method: "bag")
        let judged = try outOfBag(ensemble, train, validation, memory) { try onProgress(memberCount, $0) }
        return Outcome(
            ensemble: ensemble, trainings: trainings, outOfBagAccuracy: judged.accuracy,
            outOfBagCount: judged.count)
    }

    private func tuner(_ number: Int, _ memory: FeatureMemory) -> FineTuner {
        var options = options
        options.bootstrap = seed(number)
        return FineTuner(network, options: options, running: running, store: store, memory: memory)
    }

    private func seed(_ number: Int) -> UInt64 { options.settings.seed &* 1_000_003 &+ UInt64(number) }

    /// Lets each member judge the images that it did not learn from.
    private func outOfBag(
        _ ensemble: EnsembleClassifier, _ train: ImageFolder, _ validation: ImageFolder, _ memory: FeatureMemory,
        _ onProgress: (FineTuner.Progress) throws -> Void
    ) throws -> (accuracy: Double?, count: Int) {
        var members: [(rows: [Int], logits: Matrix)] = []
        let labels: [Int]
        if case .head(let copies) = options.method {
            let features = try tuner(0, memory).features(
                train.samples, validation.samples, copies: copies, onProgress)
            let images = features.copies[0]
            labels = images.labels
            for (number, member) in ensemble.members.enumerated() {
                guard let known = member.layer?.head else { continue }
                let rows = Bootstrap.rowsLeft(count: images.count, seed: seed(number))
                let head = LinearHead(weight: known.weight, bias: known.bias, pixelCount: features.pixelCount)
                members.append((rows, head.logits(of: images.features.gatheringRows(rows))))
            }
        } else {
            let broken = Set(
                try ReadableImages.failures(in: train.samples, threadCount: running.engineOptions.threads) {
                    try onProgress(.checked(done: $0, total: train.samples.count))
                }.map(\.index))
            let readable = train.samples.indices.filter { !broken.contains($0) }.map { train.samples[$0] }
            labels = readable.map(\.label)
            for (number, member) in ensemble.members.enumerated() {
                guard let (source, head) = member.layer else { continue }
                let rows = Bootstrap.rowsLeft(count: readable.count, seed: seed(number))
                let result = try ensemble.sources[source].logits(
                    of: rows.map { readable[$0] }, heads: [head], running: running, view: .usual
                ) { try onProgress(.features(done: $0, total: rows.count)) }
                members.append((result.outputs.sampleIndices.map { rows[$0] }, result.logits[0]))
            }
        }
        return Self.accuracy(members, labels: labels)
    }

    /// The accuracy of the mean probability of those members that have a row for the image.
    static func accuracy(
        _ members: [(rows: [Int], logits: Matrix)], labels: [Int]
    ) -> (accuracy: Double?, count: Int) {
        let classCount = members.first?.logits.columnCount ?? 0
        var sums = Matrix(zeros: labels.count, classCount)
        var isJudged = [Bool](repeating: false, count: labels.count)
        for member in members {
            let probabilities = member.logits.softmax()
            for (position, row) in member.rows.enumerated() {
                isJudged[row] = true
                for column in 0..<classCount {
                    sums.values[row * classCount + column] += probabilities.values[position * classCount + column]
                }
            }
        }
        let judged = isJudged.indices.filter { isJudged[$0] }
        let best = sums.gatheringRows(judged).largestColumns()
        let hits = zip(judged, best).count { labels[$0] == $1 }
        return (judged.isEmpty ? nil : Double(hits) / Double(judged.count), judged.count)
    }
}
