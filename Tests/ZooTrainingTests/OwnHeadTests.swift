import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooCore
import ZooTensor

@testable import ZooTraining

/// Twice the cross-entropy.
private struct DoubledLoss: LossFunction {
    func evaluate(logits: Matrix, targets: Targets) -> LossResult {
        let plain = Loss.crossEntropy().evaluate(logits: logits, targets: targets)
        return LossResult(
            lossSum: 2 * plain.lossSum, weight: plain.weight, gradient: plain.gradient.scaled(by: 2), logits: logits,
            targets: targets)
    }
}

/// Takes every image for the class that most training images have, or for one that does not fit.
private struct Majority: HeadMethod {
    var extraFeatures = 0

    func fit(
        _ train: FeatureSet, classCount: Int, seed: UInt64, onStep: (Double) throws -> Void
    ) throws -> MajorityHead {
        let counts = (0..<classCount).map { label in train.labels.count { $0 == label } }
        return MajorityHead(counts: counts.map { Float($0) }, featureCount: train.features.columnCount + extraFeatures)
    }
}

private struct MajorityHead: FeatureHead {
    static let kind = "majority"
    let counts: [Float]
    let featureCount: Int
    var classCount: Int { counts.count }
    var tensors: [(name: String, tensor: Tensor)] { [("counts", Tensor(counts, shape: [counts.count]))] }
    var settings: [String: String] { ["features": "\(featureCount)"] }

    init(counts: [Float], featureCount: Int) {
        self.counts = counts
        self.featureCount = featureCount
    }

    init(tensors: [String: Tensor], settings: [String: String]) throws {
        guard let tensor = tensors["counts"], let count = settings["features"].flatMap({ Int($0) }) else {
            throw TrainingError(.unfitCheckpoint, "no majority")
        }
        self.init(counts: try tensor.float32Values(), featureCount: count)
    }

    func logits(of features: Matrix) -> Matrix {
        Matrix(
            rowCount: features.rowCount, columnCount: classCount,
            values: (0..<features.rowCount).flatMap { _ in counts })
    }
}

@Suite("losses and heads of one's own") struct OwnHeadTests {
    private let train = HeadLearnerTests.clouds(count: 60, seed: 1)
    private let validation = HeadLearnerTests.clouds(count: 20, seed: 2)

    /// Twice the loss with half the learning rate takes the same steps.
    @Test func aLossOfOnesOwn() throws {
        var settings = HeadLearnerTests.settings(learningRate: 0.05)
        let plain = try trainHead(HeadLearnerTests.settings(), on: [train], validation: validation)
        settings.loss = .custom(DoubledLoss())
        let own = try trainHead(settings, on: [train], validation: validation)
        let worst = zip(own.head.weight.values, plain.head.weight.values).map { abs($0 - $1) }.max() ?? 1
        #expect(worst < 1e-5)
        #expect(
            abs((own.outcome.epochs.first?.trainLoss ?? 0) - 2 * (plain.outcome.epochs.first?.trainLoss ?? 1)) < 1e-5)
        #expect(own.outcome.epochs.map(\.trainAccuracy) == plain.outcome.epochs.map(\.trainAccuracy))
        #expect(settings.loss == .custom(DoubledLoss()) && settings.loss != .crossEntropy())
    }

    @Test func aHeadOfOnesOwnIsMadeInOneEpoch() throws {
        let learner = FittedHeadLearner(
            Majority(), prefix: "head", classCount: 2, copies: [train], validation: validation, seed: 0)
        var settings = TrainingSettings()
        settings.epochs = 1
        let outcome = try TrainingLoop(settings: settings, recorder: nil).run(learner) { _ in }
        #expect(outcome.bestEpoch == 1 && outcome.bestAccuracy == 0.5)
        #expect(try learner.head(of: outcome.best) is MajorityHead)
        let again = FittedHeadLearner(
            Majority(), prefix: "head", classCount: 2, copies: [train], validation: validation, seed: 0)
        try again.restore(try learner.state(), after: 1)
        #expect(try again.judge().logits == learner.judge().logits)
    }

    @Test func aHeadOfOtherFeaturesIsRefused() throws {
        let learner = FittedHeadLearner(
            Majority(extraFeatures: 1), prefix: "head", classCount: 2, copies: [train], validation: validation, seed: 0)
        let error = #expect(throws: TrainingError.self) { try learner.trainEpoch(1) { _ in } }
        #expect(error?.message.contains("takes 5 features for 2 classes; there are 4 and 2") == true)
    }

    @Test(arguments: ["own.pth", "own.safetensors"]) func aFileIsReadByWhoKnowsTheHead(name: String) throws {
        let folder = try ScratchFolder()
        let path = folder.file(name)
        let head = try Majority().fit(train, classCount: 2, seed: 0) { _ in }
        let source = CodesSource(name: "elsewhere", featureCount: 4, normalisation: nil, body: nil)
        try CodesClassifier(sources: [source], head: head, classes: ["a", "b"]).write(to: path, provenance: [])
        let known = try ClassifierLoader(heads: [MajorityHead.self]).load(path)
        #expect(known.title == "majority on elsewhere" && known.classes == ["a", "b"] && known.outputCount == 2)
        let error = #expect(throws: TrainingError.self) { try ClassifierLoader().load(path) }
        #expect(error?.message.contains("'majority' is none of the heads cosine, knn, linear, mlp") == true)
        #expect(throws: TrainingError.self) { try NetworkLoader().load(path) }
    }

    enum Defect: String, CaseIterable {
        case description, fewerClasses, otherNormalisation, noSource, hugeSource
    }

    @Test(arguments: Defect.allCases) func aBrokenFileIsRefused(defect: Defect) throws {
        let folder = try ScratchFolder()
        let path = folder.file("broken.pth")
        var (features, codes) = (4, #"{"sources":[{"arch":"x","features":4}],"head":"linear","settings":{}}"#)
        var classes = ["a", "b"]
        switch defect {
        case .description: codes = "{"
        case .fewerClasses: classes = ["a"]
        case .otherNormalisation: features = 3
        case .noSource: codes = #"{"sources":[],"head":"linear","settings":{}}"#
        case .hugeSource: codes = #"{"sources":[{"arch":"x","features":1099511627776}],"head":"linear","settings":{}}"#
        }
        let states: [(String, SavedValue)] = [
            ("head.weight", .tensor(Tensor(Array(repeating: Float(1), count: 8), shape: [2, 4]))),
            ("normalisation.0.mean", .tensor(Tensor(Array(repeating: Float(0), count: features), shape: [features]))),
            ("normalisation.0.scale", .tensor(Tensor([Float(1)], shape: [1]))),
        ]
        try PyTorchZipWriter.write(
            .dictionary([
                ("state_dict", .orderedDictionary(states)), ("codes", .string(codes)),
                ("classes", .list(classes.map { .string($0) })), ("zoo", .dictionary([])),
            ]), to: path)
        let error = #expect(throws: TrainingError.self) { try ClassifierLoader().load(path) }
        #expect(error?.code == .unfitCheckpoint)
    }
}

@Suite("features of several sources") struct JoinedFeaturesTests {
    private func set(_ values: [Float], _ labels: [Int]) -> FeatureSet {
        FeatureSet(
            features: Matrix(rowCount: labels.count, columnCount: values.count / labels.count, values: values),
            labels: labels)
    }

    @Test func eachSourceIsNormalisedByItsTrainingImages() throws {
        let small = FineTuner.Features(
            copies: [set([1, 2, 3, 4], [0, 1])], validation: set([5, 6], [1]), failures: [])
        let large = FineTuner.Features(copies: [set([100, 300], [0, 1])], validation: set([200], [1]), failures: [])
        let joined = try FineTuner.Features(joining: [small, large])
        #expect(joined.copies[0].features.values == [-1, -1, -1, 1, 1, 1] && joined.copies[0].labels == [0, 1])
        #expect(joined.validation.features.values == [3, 3, 0])
        #expect(joined.normalisations.map(\.scale) == [1, 0.01])
    }

    @Test func sourcesThatReadOtherImagesAreRefused() throws {
        let one = FineTuner.Features(copies: [set([1, 2], [0, 1])], validation: set([5], [1]), failures: [])
        let other = FineTuner.Features(copies: [set([1, 2], [0, 0])], validation: set([5], [1]), failures: [])
        #expect(throws: TrainingError.self) { try FineTuner.Features(joining: [one, other]) }
    }

    @Test func whatNeverVariesIsNotMultiplied() {
        #expect(CodesNormalisation(Matrix(rowCount: 2, columnCount: 1, values: [3, 3])).scale == 1)
    }
}
