import Testing
import ZooCore
import ZooTensor

@testable import ZooTraining

/// Trains a head on features, without images or a run's folder.
func trainHead(
    _ settings: TrainingSettings, on train: [FeatureSet], validation: FeatureSet, hasBias: Bool = true,
    pixelCount: Int? = nil
) throws -> (head: LinearHead, outcome: TrainingLoop.Outcome) {
    var generator = SeededGenerator(seed: settings.seed)
    let start = LinearHead(
        featureCount: train[0].features.columnCount / (pixelCount ?? 1), classCount: 2, hasBias: hasBias,
        pixelCount: pixelCount, generator: &generator)
    let learner = HeadLearner(start, prefix: "fc", copies: train, validation: validation, settings: settings)
    let outcome = try TrainingLoop(settings: settings, recorder: nil).run(learner) { _ in }
    let head = LinearHead(
        weight: Matrix(
            rowCount: 2, columnCount: start.featureCount, values: try outcome.best["fc.weight"]?.float32Values() ?? []),
        bias: try outcome.best["fc.bias"]?.float32Values() ?? [], pixelCount: pixelCount)
    return (head, outcome)
}

@Suite("training a head") struct HeadLearnerTests {
    /// Two clouds of points, far apart.
    static func clouds(count: Int, seed: UInt64) -> FeatureSet {
        var generator = SeededGenerator(seed: seed)
        let labels = (0..<count).map { $0 % 2 }
        let values = labels.flatMap { label in
            (0..<4).map { _ in generator.uniform() - 0.5 + (label == 0 ? -1 : 1) }
        }
        return FeatureSet(features: Matrix(rowCount: count, columnCount: 4, values: values), labels: labels)
    }

    static func settings(epochs: Int = 5, seed: UInt64 = 1, learningRate: Double = 0.1) -> TrainingSettings {
        var settings = TrainingSettings()
        settings.epochs = epochs
        settings.batchSize = 8
        settings.seed = seed
        settings.rates = LearningRates(base: learningRate, headFactor: 1)
        return settings
    }

    @Test func learnsWhatCanBeSeparated() throws {
        let outcome = try trainHead(
            Self.settings(), on: [Self.clouds(count: 60, seed: 1)], validation: Self.clouds(count: 20, seed: 2)
        ).outcome
        #expect(outcome.epochs.last?.valAccuracy == 1)
        #expect(outcome.epochs.map(\.epoch) == [1, 2, 3, 4, 5])
        let losses = outcome.epochs.map(\.trainLoss)
        #expect(losses[4] < losses[0] / 4)
        let last = try #require(outcome.epochs.last)
        #expect(last.valConfusion == [[10, 0], [0, 10]] && last.val.macro.f1 == 1)
        #expect(outcome.epochs.allSatisfy { $0.trainConfusion.flatMap { $0 }.reduce(0, +) == 60 })
    }

    @Test func theSameSeedGivesTheSameBitsAndAnotherDoesNot() throws {
        func head(seed: UInt64) throws -> LinearHead {
            try trainHead(
                Self.settings(seed: seed), on: [Self.clouds(count: 60, seed: 1)],
                validation: Self.clouds(count: 20, seed: 2)
            ).head
        }
        #expect(try head(seed: 3) == head(seed: 3))
        #expect(try head(seed: 3) != head(seed: 4))
    }

    @Test func theBestEpochIsKept() throws {
        let train = Self.clouds(count: 60, seed: 1)
        // With the labels of the validation images exchanged, every step makes things worse.
        let honest = Self.clouds(count: 20, seed: 2)
        let contrary = FeatureSet(features: honest.features, labels: honest.labels.map { 1 - $0 })
        let (head, outcome) = try trainHead(Self.settings(), on: [train], validation: contrary)
        let best = try #require(outcome.epochs.first { $0.epoch == outcome.bestEpoch })
        #expect(best.valLoss == outcome.epochs.map(\.valLoss).min())
        #expect(contrary.evaluate(head).loss == best.valLoss)
    }

    @Test func noEpochsLeaveTheNewHead() throws {
        let (head, outcome) = try trainHead(
            Self.settings(epochs: 0), on: [Self.clouds(count: 8, seed: 1)], validation: Self.clouds(count: 8, seed: 2))
        var generator = SeededGenerator(seed: 1)
        #expect(head == LinearHead(featureCount: 4, classCount: 2, generator: &generator))
        #expect(outcome.bestEpoch == 0)
    }

    @Test func aLossThatRunsAwayStopsWithAdvice() {
        #expect {
            try trainHead(
                Self.settings(epochs: 50, learningRate: 3e38), on: [Self.clouds(count: 60, seed: 1)],
                validation: Self.clouds(count: 8, seed: 2))
        } throws: { error in
            guard let error = error as? TrainingError else { return false }
            return error.code == .diverged && error.message.contains("--lr") && error.message.contains("3e+38")
        }
    }

    /// The best epoch so far is worth keeping when a later one breaks.
    @Test func aGoodEpochOutlivesALossThatRunsAway() throws {
        var settings = Self.settings(epochs: 50)
        settings.plan = LearningRatePlan(.multistep(milestones: [3], gamma: 1e40))
        // With wrong labels among the right ones there is always something to learn.
        let clean = Self.clouds(count: 60, seed: 1)
        let noisy = FeatureSet(
            features: clean.features, labels: clean.labels.enumerated().map { $0 % 7 == 0 ? 1 - $1 : $1 })
        let (head, outcome) = try trainHead(settings, on: [noisy], validation: Self.clouds(count: 20, seed: 2))
        #expect(outcome.epochs.count == 3)
        guard case .diverged(let error) = outcome.ending else {
            Issue.record("it did not diverge")
            return
        }
        #expect(error.message.contains("epoch 4"))
        #expect(head.weight.values.allSatisfy { $0.isFinite })
    }

    @Test func patienceEndsATrainingThatGetsNoBetter() throws {
        var settings = Self.settings(epochs: 50)
        settings.patience = 2
        let honest = Self.clouds(count: 20, seed: 2)
        let contrary = FeatureSet(features: honest.features, labels: honest.labels.map { 1 - $0 })
        let outcome = try trainHead(settings, on: [Self.clouds(count: 60, seed: 1)], validation: contrary).outcome
        #expect(outcome.epochs.count == outcome.bestEpoch + 2)
        #expect(outcome.ending == .patience(2))
    }

    /// Two halves of a batch, added up, are the batch.
    @Test func accumulatedBatchesTakeTheStepsOfLargeOnes() throws {
        var large = Self.settings(epochs: 3)
        large.batchSize = 16
        var small = large
        small.batchSize = 8
        small.accumulation = 2
        let heads = try [large, small].map {
            try trainHead($0, on: [Self.clouds(count: 64, seed: 1)], validation: Self.clouds(count: 20, seed: 2)).head
        }
        for (one, other) in zip(heads[0].weight.values, heads[1].weight.values) { #expect(abs(one - other) < 1e-5) }
    }

    /// Epochs take turns among augmented copies.
    @Test func copiesTakeTurns() throws {
        let (first, second) = (Self.clouds(count: 24, seed: 1), Self.clouds(count: 24, seed: 7))
        let validation = Self.clouds(count: 20, seed: 2)
        let once = try trainHead(Self.settings(epochs: 1), on: [first], validation: validation).outcome
        let both = try trainHead(Self.settings(epochs: 2), on: [first, second], validation: validation).outcome
        let same = try trainHead(Self.settings(epochs: 2), on: [first], validation: validation).outcome
        #expect(once.epochs[0].trainLoss == both.epochs[0].trainLoss)
        #expect(both.epochs[1].trainLoss != same.epochs[1].trainLoss)
    }

    @Test func xavierBoundsHold() {
        var generator = SeededGenerator(seed: 9)
        let head = LinearHead(featureCount: 50, classCount: 10, generator: &generator)
        let bound = Float(0.1).squareRoot()
        #expect(head.weight.values.allSatisfy { abs($0) <= bound })
        let mean = head.weight.values.reduce(0, +) / 500
        #expect(abs(mean) < 0.03)
        #expect(head.weight.values.contains { abs($0) > 0.9 * bound })
        #expect(head.bias.allSatisfy { $0 == 0 })
    }
}
