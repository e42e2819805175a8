import TestSupport
import Testing
import ZooCore

@testable import ZooTraining

/// Against the formulas in NumPy, which agree with cleanlab's counts (fixtures/generators/explaining.py).
@Suite("confident learning") struct ConfidentLearningTests {
    struct Expectation: Decodable {
        let classes: Int
        let labels: [Int]
        let probabilities: [Float]
        let thresholds: [Double]
        let joint: [[Int]]
        let calibrated: [[Double]]
        let issues: [[Int]]
    }

    @Test("thresholds, joint and candidates are the paper's", arguments: 0..<4)
    func reference(index: Int) throws {
        let expected = try Fixture.json("explaining/confident.json", as: [Expectation].self)[index]
        let found = ConfidentLearning(
            probabilities: Matrix(
                rowCount: expected.labels.count, columnCount: expected.classes, values: expected.probabilities),
            labels: expected.labels)
        #expect(zip(found.thresholds, expected.thresholds).allSatisfy { abs($0 - $1) < 1e-7 })
        #expect(found.joint == expected.joint)
        for (row, other) in zip(found.distribution, expected.calibrated) {
            #expect(zip(row, other).allSatisfy { abs($0 - $1) < 1e-12 })
        }
        #expect(found.candidates.map { [$0.row, $0.suggestion] }.sorted { $0[0] < $1[0] } == expected.issues)
        let order = found.candidates.map(\.labelProbability)
        #expect(order == order.sorted(), "the least probable labels first")
        let offDiagonal = 1 - expected.calibrated.indices.reduce(0) { $0 + expected.calibrated[$1][$1] }
        #expect(abs(found.noiseShare - offDiagonal) < 1e-12)
    }

    @Test func aClassWithoutImagesIsNeverSuggested() {
        let probabilities = Matrix(rowCount: 2, columnCount: 3, values: [0.3, 0.1, 0.6, 0.1, 0.3, 0.6])
        let found = ConfidentLearning(probabilities: probabilities, labels: [0, 1])
        #expect(found.candidates.isEmpty && found.thresholds[2] == .infinity)
        #expect(found.distribution[2] == [0, 0, 0] && found.noiseShare == 0)
    }

    /// Two bundles of points, a label of each swapped: out of fold, both are found and nothing else.
    @Test func swappedLabelsAreFoundOutOfFold() throws {
        var generator = SeededGenerator(seed: 3)
        var values: [Float] = []
        var labels: [Int] = []
        for row in 0..<80 {
            values += [Float(row % 2) * 4 + generator.uniform(), generator.uniform() * 100, 7]
            labels.append(row % 2)
        }
        labels[10] = 1
        labels[33] = 0
        var folds: [Int] = []
        let probabilities = try OutOfFoldProbabilities.compute(
            features: Matrix(rowCount: 80, columnCount: 3, values: values), labels: labels, classCount: 2, foldCount: 4,
            seed: 1
        ) { folds.append($0) }
        #expect(folds == [1, 2, 3, 4])
        #expect(probabilities.values.allSatisfy { $0 >= 0 && $0 <= 1 })
        let found = ConfidentLearning(probabilities: probabilities, labels: labels)
        #expect(Set(found.candidates.map(\.row)) == [10, 33], "\(found.candidates)")
    }

    @Test func everyClassIsInEveryFold() {
        let labels = (0..<60).map { $0 % 3 }
        let folds = StratifiedFolds.assign(labels, classCount: 3, count: 4, seed: 5)
        for fold in 0..<4 {
            #expect(Set(labels.indices.filter { folds[$0] == fold }.map { labels[$0] }) == [0, 1, 2])
            #expect(folds.count { $0 == fold } == 15)
        }
    }

    @Test func tooFewImagesAreRefused() {
        let error = #expect(throws: TrainingError.self) {
            try OutOfFoldProbabilities.compute(
                features: Matrix(zeros: 3, 1), labels: [0, 1, 0], classCount: 2, foldCount: 4, seed: 0)
        }
        #expect(error?.code == .unusableData)
    }
}
