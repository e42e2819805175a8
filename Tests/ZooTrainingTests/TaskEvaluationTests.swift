import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooCore
import ZooGraph
import ZooImage
import ZooTensor

@testable import ZooTraining

@Suite("judging several tasks") struct TaskEvaluationTests {
    private static let known = [
        LabelTask(name: "colour", classes: ["blue", "green", "red"]),
        LabelTask(name: "size", classes: ["large", "small"]),
    ]

    @Test("tasks and classes are found by name, whatever their order in the data") func alignment() throws {
        // The data know no blue, and have the tasks the other way round.
        let data = LabelTasks(
            [LabelTask(name: "Size", classes: ["small"]), LabelTask(name: "colour", classes: ["green", "red"])],
            combinations: [[0, 0], [0, 1], [nil, 1]])
        let logits = Matrix(
            rowCount: 3, columnCount: 5,
            values: [
                0, 2, 1, 0, 1,  // green, small
                5, 2, 1, 3, 1,  // blue, large
                0, 1, 2, 9, 0,  // red, large
            ])
        let evaluation = try TaskEvaluation(logits: logits, labels: [0, 1, 2], data: data, tasks: Self.known)
        let (size, colour) = (evaluation.tasks[0], evaluation.tasks[1])
        #expect(size.rows == [0, 1] && size.evaluation.confusion.counts == [[1, 1]])
        #expect(colour.rows == [0, 1, 2])
        // The last column is blue, which the data do not have.
        #expect(colour.evaluation.confusion.counts == [[1, 0, 0], [0, 1, 1]])
        #expect(evaluation.isRight == [true, false, true])
        #expect(abs(evaluation.accuracy - (0.5 + 2.0 / 3) / 2) < 1e-12)
        let alone = CrossEntropy.evaluate(
            logits: Matrix(rowCount: 2, columnCount: 2, values: [0, 1, 3, 1]), labels: [1, 1])
        #expect(abs(size.evaluation.loss - alone.lossSum / 2) < 1e-12, "over the outputs of the task alone")
    }

    @Test(
        "what the network does not know",
        arguments: [
            (LabelTask(name: "shape", classes: ["round"]), "knows no task 'shape'; its tasks are colour, size"),
            (
                LabelTask(name: "colour", classes: ["green", "mauve"]),
                "task 'colour' does not know the class 'mauve' of the data; it knows 'blue', 'green', 'red'"
            ),
        ])
    func strangers(task: LabelTask, says: String) throws {
        let data = LabelTasks([task], combinations: [[0]])
        let error = try #require(
            #expect(throws: TrainingError.self) {
                try TaskEvaluation(logits: Matrix(zeros: 1, 5), labels: [0], data: data, tasks: Self.known)
            })
        #expect(error.code == .classMismatch && error.message.contains(says), "\(error)")
    }

    private static func model(_ tasks: [LabelTask]?, classes: [String]? = nil) throws -> FineTunedModel {
        let graph = try Architecture.graph(named: "resnet14_cifar", classes: 5)
        return FineTunedModel(
            graph: graph, tensors: NetworkInitialisation.parameters(of: graph, seed: 1),
            classes: classes ?? tasks?.outputNames ?? [], preprocessing: RunDetailsSample.preprocessing, provenance: [],
            tasks: tasks)
    }

    @Test("a file keeps its tasks", arguments: ["a.pth", "a.safetensors"]) func files(name: String) throws {
        let folder = try ScratchFolder()
        let path = folder.file(name)
        try Self.model(Self.known).write(to: path)
        let network = try NetworkLoader().load(path)
        #expect(network.tasks == Self.known)
        #expect(
            network.classes == ["colour: blue", "colour: green", "colour: red", "size: large", "size: small"])
        let error = #expect(throws: TrainingError.self) { try Evaluation.outputs(for: ["blue"], of: network) }
        #expect(error?.message.contains("it answers 2 questions about an image (colour, size)") == true)
        #expect(throws: TrainingError.self) { try EnsembleClassifier([("a", network), ("b", network)]) }
        #expect(throws: TrainingError.self) { try WeightSoup([("a", network), ("b", network)]) }
        #expect(throws: TrainingError.self) { try Distillation(teacher: network, outputs: [0]) }
        try Self.model(nil, classes: ["a", "b", "c", "d", "e"]).write(to: path)
        #expect(try NetworkLoader().load(path).tasks == nil)
    }

    @Test(
        "tasks that do not fit the network",
        arguments: [
            ([("colour", ["blue", "green", "red"])], "its tasks have 3 classes together, and the output layer has 5"),
            ([("a", ["x", "y"]), ("a", ["x", "y", "z"])], "two of its tasks have the same name"),
            ([("a", ["x", "x"]), ("b", ["x", "y", "z"])], "two classes of its task 'a' have the same name"),
            ([("a", []), ("b", ["v", "w", "x", "y", "z"])], "its 'tasks' are no list of names with classes"),
            ([], "its 'tasks' are no list of names with classes"),
        ] as [([(String, [String])], String)], ["a.pth", "a.safetensors"])
    func unfitFiles(_ row: ([(String, [String])], String), name: String) throws {
        let folder = try ScratchFolder()
        let path = folder.file(name)
        let classes = ["a", "b", "c", "d", "e"]
        try Self.model(row.0.map { LabelTask(name: $0, classes: $1) }, classes: classes).write(to: path)
        let error = try #require(#expect(throws: TrainingError.self) { try NetworkLoader().load(path) })
        #expect(error.code == .unfitCheckpoint && error.message.contains(row.1), "\(error)")
    }

    @Test("views are averaged task by task") func views() throws {
        struct Turning: Classifier {
            let tasks: [LabelTask]?
            let title = "test"
            let classes: [String]? = nil
            let outputCount = 5
            let path: FilePath = "test"
            var weightsDigest: SHA256Digest { SHA256().finish() }
            let hasFixedInputSize = true
            func logits(
                of samples: [ImageSample], running: NetworkRunner.Options, view: ImageView,
                onProgress: (Int) throws -> Void
            ) throws -> NetworkRunner.Outputs {
                let values: [Float] = view == .usual ? [1, 0, 2, 5, 1] : [0, 3, 1, 1, 2]
                return NetworkRunner.Outputs(
                    rows: Matrix(rowCount: 1, columnCount: 5, values: values), sampleIndices: [0], failures: [],
                    slowLayers: [])
            }
        }
        let sample = [ImageSample(path: "a", label: 0)]
        let views = [ImageView.usual, ImageView(.centre, isMirrored: true)]
        let running = NetworkRunner.Options()
        let seen = try Turning(tasks: Self.known).logits(of: sample, running: running, views: views) { _ in }
        let probabilities = CrossEntropy.probabilities(seen.rows.row(0)[3...])
        let (first, second) = (CrossEntropy.probabilities([5, 1]), CrossEntropy.probabilities([1, 2]))
        #expect(abs(probabilities[0] - (first[0] + second[0]) / 2) < 1e-6)
    }
}
