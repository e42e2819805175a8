import TestSupport
import Testing
import ZooTraining

/// The steps that `fixtures/generators/training.py` let PyTorch take.
struct SGDFixture: Decodable {
    struct Step: Decodable {
        let rows: [Int]
        let loss: Double
        let correct: Int
        let weightGradient, weight, bias: [Float]
    }
    let featureCount, classCount: Int
    let features: [Float]
    let labels: [Int]
    let initialWeight: [Float]
    let learningRate, momentum, weightDecay: Float
    let steps: [Step]
}

@Suite("a head's steps are PyTorch's") struct HeadStepTests {
    @Test func lossGradientAndParametersOfEveryStep() throws {
        let fixture = try Fixture.json("training/sgd-head.json", as: SGDFixture.self)
        let features = Matrix(
            rowCount: fixture.labels.count, columnCount: fixture.featureCount, values: fixture.features)
        let weight = Matrix(
            rowCount: fixture.classCount, columnCount: fixture.featureCount, values: fixture.initialWeight)
        var head = LinearHead(weight: weight, bias: Array(repeating: 0, count: fixture.classCount))
        let options = SGD.Options(
            learningRate: fixture.learningRate, momentum: fixture.momentum, weightDecay: fixture.weightDecay)
        var weightStep = SGD(options)
        var biasStep = SGD(options)
        for (index, step) in fixture.steps.enumerated() {
            let batch = features.gatheringRows(step.rows)
            let result = CrossEntropy.evaluate(
                logits: head.logits(of: batch), labels: step.rows.map { fixture.labels[$0] })
            let gradient = Matrix.product(result.gradient, .transposed, batch)
            #expect(abs(result.lossSum / Double(step.rows.count) - step.loss) < 1e-5, "loss of step \(index)")
            #expect(result.correctCount == step.correct, "hits of step \(index)")
            expectClose(gradient.values, step.weightGradient, "gradient of step \(index)")
            weightStep.step(&head.weight.values, gradient: gradient.values)
            biasStep.step(&head.bias, gradient: result.gradient.columnSums())
            expectClose(head.weight.values, step.weight, "weight after step \(index)")
            expectClose(head.bias, step.bias, "bias after step \(index)")
        }
    }

    private func expectClose(_ found: [Float], _ expected: [Float], _ what: Comment) {
        #expect(found.count == expected.count, what)
        let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
        #expect(worst < 2e-6, "\(what): worst difference \(worst)")
    }
}

@Suite struct MatrixTests {
    static let left = Matrix(rowCount: 2, columnCount: 3, values: [1, 2, 3, 4, 5, 6])
    static let right = Matrix(rowCount: 3, columnCount: 2, values: [1, 0, 0, 1, 1, 1])

    @Test func products() {
        #expect(Matrix.product(Self.left, .asIs, Self.right).values == [4, 5, 10, 11])
        #expect(Matrix.product(Self.left, .transposed, Self.left).values == [17, 22, 27, 22, 29, 36, 27, 36, 45])
        #expect(Matrix.product(Self.right, .transposed, Self.left, .transposed).values == [4, 10, 5, 11])
        #expect(Matrix.product(Matrix(zeros: 0, 3), .asIs, Self.right).rowCount == 0)
    }

    @Test func rowsAndSums() {
        #expect(Self.left.gatheringRows([1, 0, 1]).values == [4, 5, 6, 1, 2, 3, 4, 5, 6])
        #expect(Self.left.columnSums() == [5, 7, 9])
    }
}

@Suite struct CrossEntropyTests {
    @Test func hugeLogitsStayFinite() {
        let logits = Matrix(rowCount: 2, columnCount: 2, values: [3e38, -3e38, -1000, 1000])
        let result = CrossEntropy.evaluate(logits: logits, labels: [0, 1])
        #expect(result.lossSum == 0)
        #expect(result.correctCount == 2)
        #expect(result.gradient.values == [0, 0, 0, 0])
    }

    @Test func theFirstOfEqualLogitsCounts() {
        let logits = Matrix(rowCount: 2, columnCount: 3, values: [1, 1, 0, 1, 1, 0])
        #expect(CrossEntropy.evaluate(logits: logits, labels: [0, 1]).correctCount == 1)
    }

    @Test func probabilitiesSumToOne() {
        let probabilities = CrossEntropy.probabilities([1, 2, 3])
        #expect(abs(probabilities.reduce(0, +) - 1) < 1e-6)
        #expect(abs(probabilities[2] - 0.665_241) < 1e-5)
    }
}
