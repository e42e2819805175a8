import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooEngine
import ZooGraph
import ZooImage
import ZooRegistry
import ZooTensor

@testable import ZooTraining

@Suite("what a teacher teaches") struct DistillationTests {
    struct LossFixture: Decodable {
        struct Case: Decodable {
            let temperature, mean: Double
            let gradient: [Double]
        }
        let classes: Int
        let student, teacher: [Float]
        let cases: [Case]

        func matrix(_ values: [Float]) -> Matrix {
            Matrix(rowCount: values.count / classes, columnCount: classes, values: values)
        }
    }

    @Test func softTargetsAreHintonsInPyTorch() throws {
        let fixture = try Fixture.json("methods/distillation.json", as: LossFixture.self)
        #expect(fixture.cases.map(\.temperature) == [1, 4, 20])
        for expected in fixture.cases {
            let result = SoftTargetLoss(temperature: expected.temperature).evaluate(
                student: fixture.matrix(fixture.student), teacher: fixture.matrix(fixture.teacher))
            #expect(abs(result.mean - expected.mean) <= 1e-6 * expected.mean, "T = \(expected.temperature)")
            try #require(result.gradient.values.count == expected.gradient.count)
            let worst = zip(result.gradient.values, expected.gradient).map { abs(Double($0) - $1) }.max() ?? 1
            #expect(worst < 1e-6, "T = \(expected.temperature): worst difference of gradients \(worst)")
        }
    }

    @Test func aStudentThatSaysTheSameHasNothingToLearn() {
        let logits = Matrix(rowCount: 2, columnCount: 3, values: [1, -2, 90, 0.5, 0, -200])
        let result = SoftTargetLoss(temperature: 2).evaluate(student: logits, teacher: logits)
        #expect(abs(result.lossSum) < 1e-12 && result.correctCount == 2)
        #expect(result.gradient.values.allSatisfy { abs($0) < 1e-12 })
    }

    private static let images = (0..<4).map { ImageSample(path: FilePath("\($0).png"), label: $0 % 2) }

    /// A distiller of a small network, whose teacher has other channels.
    private func distiller(
        labelWeight: Double = 0.25, featureWeight: Double = 0, unlabelled: Set<Int> = []
    ) throws -> (distiller: Distiller, student: Graph) {
        var settings = Distillation.Settings()
        (settings.temperature, settings.labelWeight, settings.featureWeight) = (3, labelWeight, featureWeight)
        let teacher = try network(stage: 12)
        let distillation = try Distillation(
            teacher: teacher, outputs: [1, 0], settings: settings,
            unlabelled: Set(unlabelled.map { Self.images[$0].path }))
        let student = try Self.graph(channels: 5)
        return (
            try Distiller(distillation, student: student, train: Self.images, keepsAnswers: false), student
        )
    }

    private static func graph(channels: Int) throws -> Graph {
        var net = GraphBuilder("tiny")
        let x = net.relu(net.convolution("conv", net.input, channels: channels, kernel: 3, padding: 1))
        let features = net.flatten(net.globalAveragePool(x))
        let output = net.linear("fc", features, outputs: 2)
        return try net.graph(output: output, head: "fc")
    }

    private func network(stage channels: Int) throws -> PretrainedNetwork {
        let graph = try Self.graph(channels: channels)
        let parameters = NetworkInitialisation.parameters(of: graph, seed: 4)
        let head = try #require(graph.head)
        return PretrainedNetwork(
            graph: graph, head: head, parameters: parameters, preprocessing: .imageNet, classes: nil, path: "t.pth",
            report: StateDict([]).bind(to: []).report, prefix: "", hasHead: true)
    }

    private static let logits = Matrix(rowCount: 4, columnCount: 2, values: [1, 2, -1, 0.5, 3, 3, 0, -2])
    private static let taught = Teacher.Answer(
        logits: Matrix(rowCount: 4, columnCount: 2, values: [0, 1, 2, -1, 1, 1, -3, 2]),
        features: Matrix(rowCount: 4, columnCount: 12, values: SeededNumbers.uniform("f", 48).map { Float($0) }))

    @Test("labels count where there are any", arguments: [[], [1, 3], [0, 1, 2, 3]] as [Set<Int>])
    func labelsCountWhereThereAreAny(unlabelled: Set<Int>) throws {
        let (distiller, _) = try distiller(unlabelled: unlabelled)
        let targets = Targets.classes([0, 1, 0, 1])
        let result = distiller.evaluate(
            Self.logits, targets, .crossEntropy(), taught: Self.taught, images: [0, 1, 2, 3], isMixed: false
        ).result
        let soft = SoftTargetLoss(temperature: 3).evaluate(student: Self.logits, teacher: Self.taught.logits)
        let labelled = [0, 1, 2, 3].filter { !unlabelled.contains($0) }
        let hard = Loss.crossEntropy().evaluate(
            logits: Self.logits.gatheringRows(labelled), targets: .classes(labelled.map { $0 % 2 }))
        #expect(abs(result.mean - (0.75 * soft.mean + 0.25 * hard.mean)) < 1e-12)
        for row in 0..<4 {
            let place = labelled.firstIndex(of: row)
            for column in 0..<2 {
                let label = place.map { hard.gradient.values[2 * $0 + column] } ?? 0
                let wanted = 0.75 * soft.gradient.values[2 * row + column] + 0.25 * label
                #expect(abs(result.gradient.values[2 * row + column] - wanted) < 1e-6)
            }
        }
    }

    @Test func ofMixedImagesBothNeedLabels() throws {
        let (distiller, _) = try distiller(unlabelled: [0])
        let mixed = { (isMixed: Bool) in
            distiller.evaluate(
                Self.logits, .classes([0, 1, 0, 1]), .crossEntropy(), taught: Self.taught, images: [0, 1, 2, 3],
                isMixed: isMixed
            ).result.mean
        }
        let soft = SoftTargetLoss(temperature: 3).evaluate(student: Self.logits, teacher: Self.taught.logits).mean
        let mean = { (rows: [Int]) in
            Loss.crossEntropy().evaluate(
                logits: Self.logits.gatheringRows(rows), targets: .classes(rows.map { $0 % 2 })
            ).mean
        }
        #expect(abs(mixed(false) - (0.75 * soft + 0.25 * mean([1, 2, 3]))) < 1e-12)
        // Image 1 is mixed with image 0.
        #expect(abs(mixed(true) - (0.75 * soft + 0.25 * mean([2, 3]))) < 1e-12)
    }

    @Test func featuresAreComparedByAMapThatIsThrownAway() throws {
        let (distiller, student) = try distiller(labelWeight: 0, featureWeight: 0.5)
        #expect(distiller.graph.head?.outputs == 2 + 12)
        let start = NetworkInitialisation.parameters(of: student, seed: 1)
        let larger = try distiller.starting(start, seed: 7)
        #expect(larger["fc.weight"]?.shape == [14, 5] && larger["fc.bias"]?.shape == [14])
        let again = try distiller.student(larger)
        for (name, tensor) in start { #expect(try again[name]?.float32Values() == tensor.float32Values(), "\(name)") }
        #expect(again["fc.weight"]?.shape == [2, 5])

        let features = Matrix(rowCount: 4, columnCount: 12, values: Array(repeating: 0.25, count: 48))
        let outputs = Matrix(
            rowCount: 4, columnCount: 14, values: (0..<4).flatMap { Array(Self.logits.row($0)) + features.row($0) })
        let result = distiller.evaluate(
            outputs, .classes([0, 1, 0, 1]), .crossEntropy(), taught: Self.taught, images: [0, 1, 2, 3],
            isMixed: false
        ).result
        let soft = SoftTargetLoss(temperature: 3).evaluate(student: Self.logits, teacher: Self.taught.logits)
        let differences = zip(features.values, Self.taught.features.values).map { Double($0) - Double($1) }
        let square = differences.reduce(0) { $0 + $1 * $1 } / 48
        #expect(abs(result.mean - (soft.mean + 0.5 * square)) < 1e-9)
        for row in 0..<4 {
            for column in 0..<12 {
                let wanted = 0.5 * 2 * differences[12 * row + column] / 48
                #expect(abs(Double(result.gradient.values[14 * row + 2 + column]) - wanted) < 1e-7)
            }
        }
    }

    @Test func aTeacherSeesTheStudentsPixelsAsItWantsThem() throws {
        var settings = Distillation.Settings()
        let network = try network(stage: 3)
        let pixels = SeededNumbers.uniform("pixels", 2 * 3 * 8 * 8).map { Float($0) }
        var other = network.preprocessing
        (other.mean, other.std) = ([0.5, 0.25, 0], [1, 0.5, 0.25])
        func answer(_ values: [Float], _ preprocessing: Preprocessing, features: Double) throws -> Teacher.Answer {
            settings.featureWeight = features
            let distillation = try Distillation(teacher: network, outputs: [1, 0], settings: settings)
            return try Teacher(
                distillation, batchSize: 4, height: 8, width: 8, student: preprocessing, options: EngineOptions()
            ).answer(values.span, count: 2)
        }
        let normalised = { (preprocessing: Preprocessing) in
            pixels.indices.map { index in
                let channel = index / 64 % 3
                return (pixels[index] - preprocessing.mean[channel]) / preprocessing.std[channel]
            }
        }
        let own = try answer(normalised(network.preprocessing), network.preprocessing, features: 0)
        let theirs = try answer(normalised(other), other, features: 0)
        let byFeatures = try answer(normalised(network.preprocessing), network.preprocessing, features: 1)
        #expect(own.features.columnCount == 0 && byFeatures.features.columnCount == 3)
        for index in own.logits.values.indices {
            #expect(abs(own.logits.values[index] - theirs.logits.values[index]) < 1e-4)
            #expect(abs(own.logits.values[index] - byFeatures.logits.values[index]) < 1e-4)
        }
    }
}
