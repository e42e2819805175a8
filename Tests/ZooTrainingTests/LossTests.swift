import TestSupport
import Testing
import ZooTraining

/// What `fixtures/generators/methods/losses.py` let PyTorch compute in float64.
struct LossFixture: Decodable {
    struct Case: Decodable {
        let kind, targets: String
        let smoothing, gamma, alpha: Double?
        let weights: [Float]?
        let mean: Double
        let gradient: [Double]

        /// PyTorch's loss as zoo's.
        var loss: Loss? {
            switch kind {
            case "cross-entropy": .crossEntropy(smoothing: smoothing ?? .nan, classWeights: weights)
            case "focal": .focal(gamma: gamma ?? .nan, smoothing: smoothing ?? .nan, classWeights: weights)
            case "binary": .binaryCrossEntropy(smoothing: smoothing ?? .nan, positiveWeights: weights)
            case "sigmoid-focal": .sigmoidFocal(alpha: alpha, gamma: gamma ?? .nan)
            default: nil
            }
        }
    }
    let classes: Int
    let logits, shares: [Float]
    let labels: [Int]
    let cases: [Case]

    func matrix(_ values: [Float]) -> Matrix {
        Matrix(rowCount: labels.count, columnCount: classes, values: values)
    }
}

@Suite("losses are PyTorch's") struct LossTests {
    @Test(arguments: ["cross-entropy", "focal", "binary", "sigmoid-focal"], ["classes", "shares"])
    func valuesAndGradients(kind: String, targets: String) throws {
        let fixture = try Fixture.json("methods/losses.json", as: LossFixture.self)
        let cases = fixture.cases.filter { $0.kind == kind && $0.targets == targets }
        #expect(cases.count == ["cross-entropy": 4, "focal": 7, "binary": 6, "sigmoid-focal": 6][kind])
        for expected in cases {
            let loss = try #require(expected.loss)
            let result = loss.evaluate(
                logits: fixture.matrix(fixture.logits),
                targets: targets == "classes" ? .classes(fixture.labels) : .shares(fixture.matrix(fixture.shares)))
            #expect(abs(result.mean - expected.mean) <= 1e-6 * expected.mean, "\(loss)")
            try #require(result.gradient.values.count == expected.gradient.count)
            for (index, wanted) in expected.gradient.enumerated() {
                let found = Double(result.gradient.values[index])
                #expect(
                    abs(found - wanted) <= 1e-6 * abs(wanted) + 1e-30,
                    "\(loss), \(index): \(found) instead of \(wanted)")
            }
        }
    }

    @Test func meansOfBatchesAddUpToTheMeanOfAll() {
        let logits = Matrix(rowCount: 3, columnCount: 2, values: [1, 0, 0.5, 2, -1, 3])
        let loss = Loss.crossEntropy(smoothing: 0.1, classWeights: [1, 3])
        let all = loss.evaluate(logits: logits, targets: .classes([0, 1, 0]))
        let first = loss.evaluate(logits: logits.gatheringRows([0, 1]), targets: .classes([0, 1]))
        let last = loss.evaluate(logits: logits.gatheringRows([2]), targets: .classes([0]))
        #expect(all.weight == 5)
        #expect(abs((first.lossSum + last.lossSum) / (first.weight + last.weight) - all.mean) < 1e-12)
        #expect(first.correctCount + last.correctCount == all.correctCount)
        #expect(all.correctCount == 2)
    }

    @Test func theLargestShareIsTheRightClass() {
        let logits = Matrix(rowCount: 2, columnCount: 3, values: [0, 1, 2, 0, 1, 2])
        let shares = Matrix(rowCount: 2, columnCount: 3, values: [0.25, 0, 0.75, 0.5, 0, 0.5])
        for loss in [Loss.crossEntropy(), .focal(), .binaryCrossEntropy(), .sigmoidFocal()] {
            #expect(loss.evaluate(logits: logits, targets: .shares(shares)).correctCount == 1, "\(loss)")
        }
    }

    private static let all: [Loss] = [
        .crossEntropy(), .crossEntropy(smoothing: 0.1), .focal(gamma: 0.5), .focal(gamma: 2, smoothing: 0.1),
        .binaryCrossEntropy(), .binaryCrossEntropy(positiveWeights: [2]), .sigmoidFocal(gamma: 0.5), .sigmoidFocal(),
    ]

    @Test(arguments: all) func hugeLogitsStayFinite(loss: Loss) {
        let logits = Matrix(rowCount: 2, columnCount: 2, values: [3e38, -3e38, -1000, 1000])
        for labels in [[0, 1], [1, 0]] {
            let result = loss.evaluate(logits: logits, targets: .classes(labels))
            #expect(result.lossSum.isFinite)
            #expect(result.gradient.values.allSatisfy { $0.isFinite })
        }
    }

    @Test(arguments: all) func whatIsNotANumberIsSeen(loss: Loss) {
        for value in [Float.nan, .infinity] {
            let logits = Matrix(rowCount: 1, columnCount: 2, values: [value, 1])
            #expect(!loss.evaluate(logits: logits, targets: .classes([1])).lossSum.isFinite)
        }
    }

    @Test func anEmptyBatchLosesNothing() {
        for loss in Self.all {
            let result = loss.evaluate(logits: Matrix(zeros: 0, 3), targets: .classes([]))
            #expect(result.mean == 0 && result.correctCount == 0 && result.gradient.values.isEmpty)
        }
    }

    @Test func classesWithoutWeightDoNotMove() {
        let logits = Matrix(rowCount: 1, columnCount: 2, values: [1, 2])
        let result = Loss.crossEntropy(classWeights: [0, 1]).evaluate(logits: logits, targets: .classes([0]))
        #expect(result.mean == 0 && result.gradient.values == [0, 0])
    }

    @Test func balancedWeightsAreScikitLearns() {
        // compute_class_weight("balanced", …) of 6, 3 and 1 labels.
        let weights = Loss.balancedWeights(counts: [6, 3, 0, 1])
        let expected: [Float] = [10.0 / 18, 10.0 / 9, 0, 10.0 / 3]
        #expect(zip(weights, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(weights)")
    }

    @Test func targetsThatDoNotFitAreProgrammersErrors() async {
        await #expect(processExitsWith: .failure) {
            _ = Loss.crossEntropy().evaluate(logits: Matrix(zeros: 1, 2), targets: .classes([2]))
        }
        await #expect(processExitsWith: .failure) {
            _ = Loss.binaryCrossEntropy().evaluate(logits: Matrix(zeros: 1, 2), targets: .shares(Matrix(zeros: 1, 3)))
        }
    }
}
