import Testing

@testable import ZooTraining

@Suite("how much members differ, and what each is worth") struct EnsembleDiversityTests {
    @Test("counts of Kuncheva and Whitaker") func pairs() {
        // Both right 3, one right 1, the other right 2, none right 2.
        let hits = [
            [true, true, true, true, false, false, false, false], [true, true, true, false, true, true, false, false],
        ]
        let found = EnsembleDiversity(hits: hits)
        #expect(found.disagreement == 3.0 / 8)
        #expect(found.doubleFault == 2.0 / 8)
        #expect(found.q == 0.5)
        #expect(EnsembleDiversity(hits: [[true], [true]]).q == 0)
        #expect(EnsembleDiversity(hits: [[true, false]]).pairs.isEmpty)
    }

    @Test("own accuracy, accuracy of the others, the oracle") func judgement() {
        func member(_ classes: [Int]) -> Matrix {
            Matrix(rowCount: 4, columnCount: 2, values: classes.flatMap { $0 == 0 ? [2, 0] : [0, 2] as [Float] })
        }
        let logits = [member([0, 0, 0, 0]), member([0, 0, 1, 0]), member([0, 0, 1, 1])]
        let judged = EnsembleJudgement(
            .vote(weights: [0.5, 0.25, 0.25]), logits: logits, names: ["a", "b", "c"], labels: [0, 0, 1, 1])
        #expect(judged.members.map(\.accuracy) == [0.5, 0.75, 1])
        #expect(judged.members.map(\.share) == [0.5, 0.25, 0.25])
        #expect(judged.members[2].accuracyWithout == 0.5)
        #expect(judged.oracleAccuracy == 1)
        let alone = EnsembleJudgement(.average(weights: [1]), logits: [logits[0]], names: ["a"], labels: [0, 0, 1, 1])
        #expect(alone.members[0].accuracyWithout == nil)
    }

    @Test("out of a bag an image is judged by those that did not draw it") func outOfBag() {
        let seed: UInt64 = 3
        let drawn = Bootstrap.rows(count: 200, seed: seed)
        let left = Bootstrap.rowsLeft(count: 200, seed: seed)
        #expect(drawn.count == 200 && Set(drawn).isDisjoint(with: left) && Set(drawn).union(left).count == 200)
        #expect((50...100).contains(left.count))
        #expect(Bootstrap.rows(count: 200, seed: 4) != drawn)
        let right = Matrix(rowCount: 1, columnCount: 2, values: [0, 5])
        let wrong = Matrix(rowCount: 2, columnCount: 2, values: [1, 0, 1, 0])
        let found = Bagging.accuracy([([1], right), ([1, 2], wrong)], labels: [0, 1, 1, 1])
        // Image 1: one is sure of the right class, one less sure of the wrong one. Image 2: wrong. 0 and 3: not judged.
        #expect(found.count == 2)
        #expect(found.accuracy == 0.5)
        #expect(Bagging.accuracy([([], Matrix(zeros: 0, 2))], labels: [0]).accuracy == nil)
    }
}
