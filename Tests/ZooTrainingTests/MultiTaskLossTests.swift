import TestSupport
import Testing
import ZooImage
import ZooTensor

@testable import ZooTraining

/// What `fixtures/generators/methods/tasks.py` let PyTorch compute in float64.
struct TaskFixture: Decodable {
    struct Case: Decodable {
        let name: String
        let rows: [Int]
        let weights: [Double]
        let smoothing: Double
        let balanced: Bool
        let mean: Double
        let gradient: [Double]
    }
    struct Training: Decodable {
        let losses, weight, bias: [Double]
    }
    let sizes: [Int]
    let labels: [[Int]]
    let logits, features, start: [Float]
    let training: Training
    let cases: [Case]

    static func read() throws -> TaskFixture { try Fixture.json("methods/tasks.json", as: TaskFixture.self) }

    /// The tasks, with a combination for each row.
    var tasks: LabelTasks {
        LabelTasks(
            sizes.enumerated().map { task, size in
                LabelTask(name: "task \(task)", classes: (0..<size).map { "class \($0)" })
            }, combinations: labels.map { $0.map { $0 < 0 ? nil : $0 } })
    }

    var outputCount: Int { sizes.reduce(0, +) }

    func matrix(_ values: [Float]) -> Matrix {
        Matrix(rowCount: labels.count, columnCount: values.count / labels.count, values: values)
    }
}

@Suite("the loss of several tasks") struct MultiTaskLossTests {
    private static func settings(_ weights: [Double]) -> TrainingSettings {
        var settings = TrainingSettings()
        for (task, weight) in weights.enumerated() { settings.taskWeights["task \(task)"] = weight }
        return settings
    }

    @Test func valuesAndGradientsArePyTorchs() throws {
        let fixture = try TaskFixture.read()
        #expect(fixture.cases.count == 16)
        for expected in fixture.cases {
            var settings = Self.settings(expected.weights)
            settings.loss = .crossEntropy(smoothing: expected.smoothing)
            settings.balance = expected.balanced ? .weights : .none
            let loss = MultiTaskLoss(settings, fixture.tasks, labels: Array(fixture.labels.indices))
            let logits = fixture.matrix(fixture.logits).gatheringRows(expected.rows)
            let result = loss.evaluate(logits: logits, labels: expected.rows)
            #expect(abs(result.mean - expected.mean) <= 1e-6 * expected.mean, "\(expected.name) \(expected.weights)")
            try #require(result.gradient.values.count == expected.gradient.count)
            for (index, wanted) in expected.gradient.enumerated() {
                let found = Double(result.gradient.values[index])
                #expect(
                    abs(found - wanted) <= 1e-6 * abs(wanted) + 1e-9,
                    "\(expected.name) \(expected.weights), \(index): \(found) instead of \(wanted)")
            }
        }
    }

    private static let losses: [Loss] = [
        .crossEntropy(smoothing: 0.1), .focal(gamma: 2), .binaryCrossEntropy(smoothing: 0.1), .sigmoidFocal(),
    ]

    @Test("gradients are the slopes of the loss", arguments: losses) func finiteDifferences(loss: Loss) throws {
        let fixture = try TaskFixture.read()
        var settings = Self.settings([0.5, 2, 1])
        settings.loss = loss
        let labels = Array(fixture.labels.indices)
        let sum = MultiTaskLoss(settings, fixture.tasks, labels: labels)
        let logits = fixture.matrix(fixture.logits)
        let gradient = sum.evaluate(logits: logits, labels: labels).gradient
        for index in logits.values.indices {
            let step: Float = 1.0 / 64
            var (above, below) = (logits, logits)
            above.values[index] += step
            below.values[index] -= step
            let rise =
                sum.evaluate(logits: above, labels: labels).mean - sum.evaluate(logits: below, labels: labels).mean
            let slope = rise / Double(above.values[index] - below.values[index])
            #expect(abs(slope - Double(gradient.values[index])) < 1e-4, "\(index)")
        }
    }

    @Test func aHeadLearnsAsInPyTorch() throws {
        let fixture = try TaskFixture.read()
        var settings = Self.settings([1, 0.5, 2])
        settings.loss = .crossEntropy(smoothing: 0.1)
        settings.epochs = fixture.training.losses.count
        settings.batchSize = fixture.labels.count
        settings.rates = LearningRates(base: 0.25, headFactor: 1)
        settings.keepsLastEpoch = true
        let set = FeatureSet(features: fixture.matrix(fixture.features), labels: Array(fixture.labels.indices))
        let start = LinearHead(
            weight: Matrix(
                rowCount: fixture.outputCount, columnCount: set.features.columnCount, values: fixture.start),
            bias: [Float](repeating: 0, count: fixture.outputCount))
        let learner = HeadLearner(
            start, prefix: "fc", copies: [set], validation: set, settings: settings, tasks: fixture.tasks)
        let outcome = try TrainingLoop(settings: settings, recorder: nil).run(learner) { _ in }
        for (record, wanted) in zip(outcome.epochs, fixture.training.losses) {
            #expect(abs(record.trainLoss - wanted) < 1e-5, "epoch \(record.epoch): \(record.trainLoss), \(wanted)")
        }
        for (name, wanted) in [("fc.weight", fixture.training.weight), ("fc.bias", fixture.training.bias)] {
            let found = try outcome.best[name]?.float32Values() ?? []
            try #require(found.count == wanted.count)
            let worst = zip(found, wanted).map { abs(Double($0) - $1) }.max() ?? 0
            #expect(worst < 1e-5, "\(name): \(worst)")
        }
    }

    @Test func oneTaskWithEveryLabelIsTheLossItself() {
        let labels = [0, 2, 1, 2]
        let logits = Matrix(rowCount: 4, columnCount: 3, values: (0..<12).map { Float($0 * 7 % 5) - 2 })
        let tasks = LabelTasks(
            [LabelTask(name: "a", classes: ["x", "y", "z"])], combinations: [[0], [1], [2]])
        let alone = Loss.crossEntropy(smoothing: 0.2).evaluate(logits: logits, targets: .classes(labels))
        var settings = TrainingSettings()
        settings.loss = .crossEntropy(smoothing: 0.2)
        let together = MultiTaskLoss(settings, tasks, labels: labels).evaluate(logits: logits, labels: labels)
        #expect(abs(together.mean - alone.mean) < 1e-12)
        #expect(together.gradient == alone.gradient)
        #expect(together.correctCount == alone.correctCount)
    }

    @Test func aRowIsRightWhereEveryLabelOfItIs() {
        let tasks = LabelTasks(
            [LabelTask(name: "a", classes: ["x", "y"]), LabelTask(name: "b", classes: ["u", "v"])],
            combinations: [[0, 0], [0, nil], [nil, 0], [nil, nil]])
        let logits = Matrix(rowCount: 4, columnCount: 4, values: (0..<4).flatMap { _ in [2, 1, 0, 3] as [Float] })
        let loss = MultiTaskLoss(TrainingSettings(), tasks, labels: [0, 1, 2, 3])
        #expect(loss.evaluate(logits: logits, labels: [0, 1, 2, 3]).correctCount == 2)
        let nothing = loss.evaluate(logits: logits.gatheringRows([3]), labels: [3])
        #expect(nothing.mean == 0 && nothing.gradient.values == [0, 0, 0, 0])
    }

    @Test func whatIsNotANumberIsSeen() {
        let tasks = LabelTasks([LabelTask(name: "a", classes: ["x", "y"])], combinations: [[0]])
        let loss = MultiTaskLoss(TrainingSettings(), tasks, labels: [0])
        let logits = Matrix(rowCount: 1, columnCount: 2, values: [.nan, 1])
        #expect(!loss.evaluate(logits: logits, labels: [0]).lossSum.isFinite)
    }

    @Test("the mean of tasks counts each alike, whatever its labels") func accuracyIsTheMeanOfTasks() throws {
        let tasks = LabelTasks(
            [
                LabelTask(name: "a", classes: ["x", "y"]), LabelTask(name: "b", classes: ["u", "v"]),
                LabelTask(name: "c", classes: ["p", "q"]),
            ], combinations: [[0, nil, nil], [0, 1, nil], [1, nil, nil], [0, 0, nil]])
        // a is right in rows 0, 1 and 3 of four, b in row 3 of two, and no row has a label for c.
        let logits = Matrix(
            rowCount: 4, columnCount: 6, values: (0..<4).flatMap { _ in [3, 1, 2, 1, 0, 0] as [Float] })
        var settings = TrainingSettings()
        settings.taskWeights = ["b": 4]
        let labels = [0, 1, 2, 3]
        let judged = Objective(settings, labels: labels, classCount: 6, tasks: tasks).judge(logits, labels)
        #expect(judged.tasks.map(\.accuracy) == [0.75, 0.5, 0])
        #expect(judged.accuracy == 0.625)
        #expect(abs(judged.loss - (judged.tasks[0].loss + 4 * judged.tasks[1].loss)) < 1e-12)
        #expect(judged.confusion[0][0] == 3 && judged.confusion[1][0] == 1)
        #expect(judged.confusion[2][2] == 1 && judged.confusion[3][2] == 1)
        #expect(judged.confusion.joined().reduce(0, +) == 6)
        let metrics = judged.metrics
        #expect(metrics.count == 6 && metrics.accuracy == 0.625)
        #expect(metrics.perClass.map(\.support) == [3, 1, 1, 1, 0, 0])
    }

    @Test(
        "weights that make no sense",
        arguments: [
            (["shap": 1.0], "the tasks are shape, outline. Did you mean 'shape'?"),
            (["shape": 0], "the weight of the task 'shape' is 0.0, expected a positive number"),
            (["outline": -.infinity], "expected a positive number"),
        ] as [([String: Double], String)])
    func weights(_ weights: [String: Double], says: String) throws {
        var settings = TrainingSettings()
        settings.taskWeights = weights
        let tasks = ["shape", "outline"].map { LabelTask(name: $0, classes: ["x", "y"]) }
        let error = try #require(#expect(throws: TrainingError.self) { try settings.requireWeights(of: tasks) })
        #expect(error.code == .invalidSetting && error.message.contains(says), "\(error)")
    }
}
