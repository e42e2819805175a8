import TestSupport
import Testing
import ZooCore

@testable import ZooTraining

@Suite struct LabelCheckTests {
    /// Two bundles of directions in the plane, and one stray label in each.
    private static let angles = [0, 5, 10, 15, 20, 25, 90, 95, 100, 105, 110, 115].map { Double($0) }
    private static let labels = [0, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1]

    private static func features() -> Matrix {
        // Different lengths, since only the direction counts. Cosine and sine by their series are exact enough here.
        var values: [Float] = []
        for (index, angle) in angles.enumerated() {
            let x = angle * 3.14159265 / 180
            let cosine = 1 - x * x / 2 + x * x * x * x / 24 - x * x * x * x * x * x / 720
            let sine = x - x * x * x / 6 + x * x * x * x * x / 120
            values += [Float(cosine) * Float(index + 1), Float(sine) * Float(index + 1)]
        }
        return Matrix(rowCount: angles.count, columnCount: 2, values: values)
    }

    @Test("strays are found, with the label of their neighbours")
    func strays() {
        let suspects = LabelCheck.suspects(features: Self.features(), labels: Self.labels, neighbourCount: 3)
        #expect(suspects.map(\.row) == [3, 8])
        #expect(suspects.map(\.label) == [1, 0])
        #expect(suspects.map(\.suggestion) == [0, 1])
        #expect(Set(suspects[0].neighbours.prefix(2)) == [2, 4])
        #expect(suspects.allSatisfy { $0.similarity > 0.99 && $0.neighbours.count == 3 })
    }

    @Test("neighbours of several classes accuse nobody; neither do too few rows")
    func nobody() {
        let features = Self.features()
        let mixed = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]
        #expect(LabelCheck.suspects(features: features, labels: mixed, neighbourCount: 3).isEmpty)
        #expect(LabelCheck.suspects(features: features, labels: Self.labels, neighbourCount: 12).isEmpty)
        let zeros = Matrix(zeros: 12, 2)
        #expect(LabelCheck.suspects(features: zeros, labels: [Int](repeating: 1, count: 12), neighbourCount: 2).isEmpty)
    }

    @Test("blocks of rows make no difference: more rows than one block")
    func blocks() {
        var generator = SeededGenerator(seed: 3)
        var values: [Float] = []
        var labels: [Int] = []
        for row in 0..<600 {
            let label = row % 3
            labels.append(row == 40 || row == 555 ? (label + 1) % 3 : label)
            for column in 0..<3 { values.append((column == label ? 4 : 0) + generator.uniform()) }
        }
        let features = Matrix(rowCount: 600, columnCount: 3, values: values)
        let suspects = LabelCheck.suspects(features: features, labels: labels, neighbourCount: 5)
        #expect(suspects.map(\.row) == [40, 555])
    }

    @Test func channelMeans() {
        let matrix = Matrix(rowCount: 2, columnCount: 4, values: [1, 3, 5, 9, 0, 0, -2, 2])
        #expect(matrix.channelMeans(channels: 2).values == [2, 7, 0, 0])
        #expect(matrix.channelMeans(channels: 4) == matrix)
    }
}
