import TestSupport
import Testing
import ZooCore
import ZooTensor

@testable import ZooTraining

/// What `fixtures/generators/methods/heads.py` got from scikit-learn and PyTorch.
struct HeadsFixture: Decodable {
    struct Optimum: Decodable {
        let c: Double
        /// Weights row by row, then biases; of two classes the row of the second.
        let logistic, svm: [Double]
        /// Of the queries, by logistic regression.
        let probabilities: [Double]
    }
    struct Neighbours: Decodable {
        let k: Int
        let distance, weights: String
        let probabilities: [Double]
    }
    struct Layers: Decodable {
        let logits: [Float]
        let parameters, gradients: [String: [Float]]
    }
    let features, queries: [Float]
    let labels, nearestMeans: [Int]
    let optima, twoClasses: [Optimum]
    let neighbours: [Neighbours]
    let mlp, cosine: Layers

    static func load() throws -> HeadsFixture { try Fixture.json("methods/heads.json", as: HeadsFixture.self) }

    static let featureCount = 6

    var train: FeatureSet { FeatureSet(features: matrix(features), labels: labels) }
    /// The same with the second and third class as one.
    var train2: FeatureSet { FeatureSet(features: matrix(features), labels: labels.map { min($0, 1) }) }
    var asked: Matrix { matrix(queries) }

    private func matrix(_ values: [Float]) -> Matrix {
        Matrix(
            rowCount: values.count / Self.featureCount, columnCount: Self.featureCount, values: values)
    }
}

@Suite("heads that are made in one go are scikit-learn's") struct FittedHeadTests {
    /// The largest difference, relative to the largest expected number.
    private func difference(_ found: [Double], _ expected: [Double]) -> Double {
        guard found.count == expected.count else { return .infinity }
        let size = expected.map { abs($0) }.max() ?? 1
        return zip(found, expected).map { abs($0 - $1) }.max().map { $0 / size } ?? 0
    }

    private func probabilities(_ head: some FeatureHead, _ features: Matrix) -> [Double] {
        let logits = head.logits(of: features)
        return (0..<logits.rowCount).flatMap { CrossEntropy.probabilities(logits.row($0)).map { Double($0) } }
    }

    @Test(arguments: 0..<3) func logisticRegressionOfThreeClasses(index: Int) throws {
        let fixture = try HeadsFixture.load()
        let expected = fixture.optima[index]
        let solution = try LogisticRegression(c: expected.c).problem(fixture.train, classCount: 3).solve { _ in }
        #expect(solution.gradientNorm <= 1e-8, "the gradient is \(solution.gradientNorm)")
        let found = difference(solution.parameters, expected.logistic)
        #expect(found < 1e-6, "C \(expected.c): \(found)")
        let stored = solution.head.weight.values.map { Double($0) } + solution.head.bias.map { Double($0) }
        #expect(difference(stored, expected.logistic) < 1e-5)
        #expect(difference(probabilities(solution.head, fixture.asked), expected.probabilities) < 1e-5)
    }

    @Test(arguments: 0..<3) func logisticRegressionOfTwoClasses(index: Int) throws {
        let fixture = try HeadsFixture.load()
        let expected = fixture.twoClasses[index]
        let solution = try LogisticRegression(c: expected.c).problem(fixture.train2, classCount: 2).solve { _ in }
        let width = HeadsFixture.featureCount
        let values = solution.parameters
        let between = (0..<width).map { values[width + $0] - values[$0] } + [values[2 * width + 1] - values[2 * width]]
        #expect(difference(between, expected.logistic) < 1e-6, "C \(expected.c)")
        #expect(difference(probabilities(solution.head, fixture.asked), expected.probabilities) < 1e-5)
    }

    @Test(arguments: 0..<3) func supportVectorMachine(index: Int) throws {
        let fixture = try HeadsFixture.load()
        let expected = fixture.optima[index]
        let solution = try LinearSVM(c: expected.c).problem(fixture.train, classCount: 3).solve { _ in }
        #expect(solution.gradientNorm <= 1e-8, "the gradient is \(solution.gradientNorm)")
        let found = difference(solution.parameters, expected.svm)
        #expect(found < 1e-4, "C \(expected.c): \(found)")
        let two = try LinearSVM(c: expected.c).problem(fixture.train2, classCount: 2).solve { _ in }
        let width = HeadsFixture.featureCount
        let second = Array(two.parameters[width..<2 * width]) + [two.parameters[2 * width + 1]]
        #expect(difference(second, fixture.twoClasses[index].svm) < 1e-4)
    }

    /// Many rows go through in parts; the optimum must not depend on where they are cut.
    @Test func manyRowsAreOneProblem() throws {
        let fixture = try HeadsFixture.load()
        let many = FeatureSet(joining: Array(repeating: fixture.train, count: 7))
        let solution = try LogisticRegression(c: fixture.optima[1].c / 7).problem(many, classCount: 3).solve { _ in }
        #expect(many.count > 512 && difference(solution.parameters, fixture.optima[1].logistic) < 1e-6)
    }

    @Test(arguments: 0..<12) func votesOfNeighbours(index: Int) throws {
        let fixture = try HeadsFixture.load()
        let expected = fixture.neighbours[index]
        let method = NearestNeighbours(
            k: expected.k, distance: try #require(FeatureDistance(rawValue: expected.distance)),
            weights: try #require(NeighbourWeights(rawValue: expected.weights)))
        let head = try method.fit(fixture.train, classCount: 3)
        // The head's shares have one vote more, which all classes share.
        let k = Double(expected.k)
        let smoothed = expected.probabilities.map { ($0 * k + 1.0 / 3) / (k + 1) }
        #expect(difference(probabilities(head, fixture.asked), smoothed) < 1e-5)
    }

    @Test func nearestMean() throws {
        let fixture = try HeadsFixture.load()
        let head = try NearestMean().fit(fixture.train, classCount: 3)
        let logits = head.logits(of: fixture.asked)
        #expect(JudgedLogits(logits: logits, labels: fixture.nearestMeans).accuracy == 1)
        #expect(throws: TrainingError.self) { try NearestMean().fit(fixture.train, classCount: 4) }
    }

    @Test func featuresThatAreNoNumbersHaveNoOptimum() throws {
        let broken = FeatureSet(features: Matrix(rowCount: 2, columnCount: 1, values: [.nan, 1]), labels: [0, 1])
        let error = #expect(throws: TrainingError.self) { try LogisticRegression().fit(broken, classCount: 2) }
        #expect(error?.code == .diverged)
    }
}

@Suite("a head in a file") struct HeadPartsTests {
    @Test func everyKindComesBack() throws {
        let fixture = try HeadsFixture.load()
        let heads: [any FeatureHead] = [
            try LogisticRegression().fit(fixture.train, classCount: 3),
            try NearestNeighbours(k: 3, distance: .cosine, weights: .distance).fit(fixture.train, classCount: 3),
            CosineHead(weight: Matrix(rowCount: 3, columnCount: 6, values: Array(fixture.features[..<18])), scale: 7.5),
            MLPHead(
                first: LinearHead(
                    weight: Matrix(rowCount: 2, columnCount: 6, values: Array(fixture.features[..<12])), bias: [1, -1]),
                last: LinearHead(
                    weight: Matrix(rowCount: 3, columnCount: 2, values: Array(fixture.features[..<6])), bias: [0, 1, 2])
            ),
        ]
        for head in heads {
            let tensors = Dictionary(uniqueKeysWithValues: head.tensors.map { ($0.name, $0.tensor) })
            let again = try type(of: head).init(tensors: tensors, settings: head.settings)
            #expect(again.logits(of: fixture.asked) == head.logits(of: fixture.asked), "\(type(of: head).kind)")
            #expect(again.featureCount == 6 && again.classCount == 3)
            #expect(throws: TrainingError.self) { try type(of: head).init(tensors: [:], settings: head.settings) }
        }
    }

    enum Defect: String, CaseIterable {
        case labelOfNoClass, fewerLabels, noSetting, oddSetting, featuresOfAnotherType, vector
    }

    @Test(arguments: Defect.allCases) func neighboursOfABrokenFile(defect: Defect) throws {
        var tensors = [
            "features": Tensor([Float(1), 2, 3, 4], shape: [2, 2]), "labels": Tensor([Int64(0), 1], shape: [2]),
        ]
        var settings = ["k": "1", "distance": "euclidean", "weights": "uniform", "classes": "2"]
        _ = try NeighbourHead(tensors: tensors, settings: settings)
        switch defect {
        case .labelOfNoClass: tensors["labels"] = Tensor([Int64(0), 1 << 62], shape: [2])
        case .fewerLabels: tensors["labels"] = Tensor([Int64(0)], shape: [1])
        case .noSetting: settings["classes"] = nil
        case .oddSetting: settings["k"] = "-1"
        case .featuresOfAnotherType: tensors["features"] = Tensor([Int64(1), 2, 3, 4], shape: [2, 2])
        case .vector: tensors["features"] = Tensor([Float(1), 2], shape: [2])
        }
        let error = #expect(throws: TrainingError.self) { try NeighbourHead(tensors: tensors, settings: settings) }
        #expect(error?.code == .unfitCheckpoint && error?.message.contains("'knn'") == true)
    }
}

@Suite("heads of two layers and of directions are PyTorch's") struct SteppedHeadTests {
    private func check(_ head: some DifferentiableHead, _ expected: HeadsFixture.Layers, _ fixture: HeadsFixture) throws
    {
        let pass = head.pass(fixture.train.features, dropping: { _ in })
        #expect(worst(pass.logits.values, expected.logits) < 1e-5)
        let result = CrossEntropy.evaluate(logits: pass.logits, labels: fixture.labels)
        var slopes = head.slopes(result.gradient, pass)
        var copy = head
        copy.visitParameters { name, _ in
            let found = slopes.removeFirst()
            #expect(worst(found, expected.gradients[name] ?? []) < 1e-5, "\(name)")
        }
    }

    private func worst(_ found: [Float], _ expected: [Float]) -> Float {
        guard found.count == expected.count else { return .infinity }
        return zip(found, expected).map { abs($0 - $1) }.max() ?? 0
    }

    private func tensors(_ layers: HeadsFixture.Layers, _ shapes: [String: Shape]) -> [String: Tensor] {
        shapes.reduce(into: [:]) { $0[$1.key] = Tensor(layers.parameters[$1.key] ?? [], shape: $1.value) }
    }

    @Test func twoLayers() throws {
        let fixture = try HeadsFixture.load()
        let shapes: [String: Shape] = ["0.weight": [5, 6], "0.bias": [5], "3.weight": [3, 5], "3.bias": [3]]
        try check(try MLPHead(tensors: tensors(fixture.mlp, shapes), settings: [:]), fixture.mlp, fixture)
    }

    @Test func directions() throws {
        let fixture = try HeadsFixture.load()
        let head = try CosineHead(tensors: tensors(fixture.cosine, ["weight": [3, 6]]), settings: ["scale": "4"])
        try check(head, fixture.cosine, fixture)
    }

    /// What is dropped between two layers passes nothing back, what is kept passes back more.
    @Test func droppedInputsOfTheLastLayer() throws {
        let layer = { (rows: Int, columns: Int, value: Float) in
            LinearHead(
                weight: Matrix(
                    rowCount: rows, columnCount: columns, values: Array(repeating: value, count: rows * columns)),
                bias: Array(repeating: 0, count: rows))
        }
        let head = MLPHead(first: layer(2, 1, 3), last: layer(1, 2, 5))
        let pass = head.pass(Matrix(rowCount: 1, columnCount: 1, values: [1])) { hidden in
            hidden.values = [hidden.values[0] * 2, 0]
        }
        #expect(pass.logits.values == [30])
        let slopes = head.slopes(Matrix(rowCount: 1, columnCount: 1, values: [1]), pass)
        #expect(slopes == [[10, 0], [10, 0], [6, 0], [1]])
    }
}
