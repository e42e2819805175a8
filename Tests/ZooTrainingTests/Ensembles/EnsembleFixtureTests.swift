import TestSupport
import Testing

@testable import ZooTraining

/// What `fixtures/generators/methods/ensembles.py` got from scikit-learn and SciPy.
struct EnsembleFixture: Decodable {
    struct Voting: Decodable {
        let members: [[Float]]
        let mean, weightedMean: [Double]
        let votes, weightedVotes: [Int]
        let isTied: [Bool]
        let weights: [Double]
    }
    struct Stack: Decodable {
        let headC, layerC: Double
        let probabilities, layer: [Double]
    }
    let features, queries: [Float]
    let labels, queryLabels, folds: [Int]
    let voting: Voting
    let bestWeights: [Double]
    let stacking: Stack

    static func load() throws -> EnsembleFixture {
        try Fixture.json("methods/ensembles.json", as: EnsembleFixture.self)
    }

    static let (classCount, first, second) = (3, 6, 4)

    /// The two kinds of features, of all images in one after the other.
    func parts(_ values: [Float]) -> [Matrix] {
        let width = Self.first + Self.second
        let rows = values.count / width
        func part(_ columns: Range<Int>) -> Matrix {
            Matrix(
                rowCount: rows, columnCount: columns.count,
                values: (0..<rows).flatMap { row in columns.map { values[row * width + $0] } })
        }
        return [part(0..<Self.first), part(Self.first..<width)]
    }

    /// Logits whose softmax are the members' probabilities.
    var memberLogits: [Matrix] {
        voting.members.map {
            Matrix(rowCount: $0.count / Self.classCount, columnCount: Self.classCount, values: $0).logarithms()
        }
    }
}

@Suite("ensembles say what scikit-learn's say") struct EnsembleFixtureTests {
    private func difference(_ found: Matrix, _ expected: [Double]) -> Double {
        guard found.values.count == expected.count else { return .infinity }
        return zip(found.values, expected).map { abs(Double($0) - $1) }.max() ?? 0
    }

    @Test("the mean of probabilities, and the weighted mean") func means() throws {
        let fixture = try EnsembleFixture.load()
        let equal = Combination.average(weights: Combination.equalWeights(3)).combine(fixture.memberLogits)
        #expect(difference(equal.softmax(), fixture.voting.mean) < 1e-6)
        let weighted = Combination.average(weights: fixture.voting.weights).combine(fixture.memberLogits)
        #expect(difference(weighted.softmax(), fixture.voting.weightedMean) < 1e-6)
    }

    @Test("votes, and weighted votes; where all members disagree the mean decides") func votes() throws {
        let fixture = try EnsembleFixture.load()
        let equal = Combination.vote(weights: Combination.equalWeights(3)).combine(fixture.memberLogits)
        let mean = Combination.average(weights: Combination.equalWeights(3)).combine(fixture.memberLogits)
        let ties = fixture.voting.isTied
        #expect(ties.contains(true) && ties.contains(false))
        for (row, found) in equal.largestColumns().enumerated() {
            #expect(found == (ties[row] ? mean.largestColumns()[row] : fixture.voting.votes[row]), "row \(row)")
        }
        let weighted = Combination.vote(weights: fixture.voting.weights).combine(fixture.memberLogits)
        // 0.2 and 0.3 against 0.5 is a tie as well.
        for (row, found) in weighted.largestColumns().enumerated() where found != fixture.voting.weightedVotes[row] {
            let said = fixture.memberLogits.map { $0.largestColumns()[row] }
            #expect(said[0] == said[2] && said[0] != said[1], "row \(row)")
        }
    }

    @Test("the best weights of a mean are those that SciPy finds") func weights() throws {
        let fixture = try EnsembleFixture.load()
        let found = MixtureWeights.fit(fixture.memberLogits, labels: fixture.queryLabels)
        for (found, expected) in zip(found, fixture.bestWeights) { #expect(abs(found - expected) < 1e-3) }
        #expect(abs(found.reduce(0, +) - 1) < 1e-12)
    }

    @Test("a stack is scikit-learn's StackingClassifier") func stack() throws {
        let fixture = try EnsembleFixture.load()
        let stacking = Stacking(headC: fixture.stacking.headC, layerC: fixture.stacking.layerC)
        let found = try stacking.fit(
            fixture.parts(fixture.features), labels: fixture.labels, folds: fixture.folds,
            classCount: EnsembleFixture.classCount)
        let size = fixture.stacking.layer.map { abs($0) }.max() ?? 1
        for (found, expected) in zip(found.layer.weight.values + found.layer.bias, fixture.stacking.layer) {
            #expect(abs(Double(found) - expected) < 1e-4 * size)
        }
        let members = zip(found.heads, fixture.parts(fixture.queries)).map { $0.logits(of: $1) }
        let said = Combination.stack(found.layer).combine(members)
        #expect(difference(said.softmax(), fixture.stacking.probabilities) < 1e-5)
    }
}
