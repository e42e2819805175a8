import Testing
import ZooCore
import ZooTraining

@Suite struct HeadTrainerTests {
    /// Two clouds of points, far apart.
    static func clouds(count: Int, seed: UInt64) -> FeatureSet {
        var generator = SeededGenerator(seed: seed)
        let labels = (0..<count).map { $0 % 2 }
        let values = labels.flatMap { label in
            (0..<4).map { _ in generator.uniform() - 0.5 + (label == 0 ? -1 : 1) }
        }
        return FeatureSet(features: Matrix(rowCount: count, columnCount: 4, values: values), labels: labels)
    }

    static func options(epochs: Int = 5, seed: UInt64 = 1, learningRate: Float = 0.1) -> HeadTrainingOptions {
        var options = HeadTrainingOptions()
        options.epochs = epochs
        options.batchSize = 8
        options.seed = seed
        options.optimiser.learningRate = learningRate
        return options
    }

    @Test func learnsWhatCanBeSeparated() throws {
        let outcome = try HeadTrainer(Self.options()).train(
            on: Self.clouds(count: 60, seed: 1), validation: Self.clouds(count: 20, seed: 2), classCount: 2)
        #expect(outcome.epochs.last?.valAccuracy == 1)
        #expect(outcome.epochs.map(\.epoch) == [1, 2, 3, 4, 5])
        let losses = outcome.epochs.map(\.trainLoss)
        #expect(losses[4] < losses[0] / 4)
    }

    @Test func theSameSeedGivesTheSameBitsAndAnotherDoesNot() throws {
        func head(seed: UInt64) throws -> LinearHead {
            try HeadTrainer(Self.options(seed: seed)).train(
                on: Self.clouds(count: 60, seed: 1), validation: Self.clouds(count: 20, seed: 2), classCount: 2
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
        let outcome = try HeadTrainer(Self.options()).train(on: train, validation: contrary, classCount: 2)
        let best = try #require(outcome.epochs.first { $0.epoch == outcome.bestEpoch })
        #expect(best.valLoss == outcome.epochs.map(\.valLoss).min())
        #expect(contrary.evaluate(outcome.head).loss == best.valLoss)
    }

    @Test func noEpochsLeaveTheNewHead() throws {
        let outcome = try HeadTrainer(Self.options(epochs: 0)).train(
            on: Self.clouds(count: 8, seed: 1), validation: Self.clouds(count: 8, seed: 2), classCount: 2)
        var generator = SeededGenerator(seed: 1)
        #expect(outcome.head == LinearHead(featureCount: 4, classCount: 2, generator: &generator))
        #expect(outcome.bestEpoch == 0)
    }

    @Test func aLossThatRunsAwayStopsWithAdvice() {
        #expect {
            try HeadTrainer(Self.options(epochs: 50, learningRate: 3e38)).train(
                on: Self.clouds(count: 60, seed: 1), validation: Self.clouds(count: 8, seed: 2), classCount: 2)
        } throws: { error in
            guard let error = error as? TrainingError else { return false }
            return error.code == .diverged && error.message.contains("try --lr")
        }
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
