import Testing

@testable import ZooTraining

@Suite("the order of an epoch") struct EpochOrderTests {
    /// Ninety images of one class, ten of another.
    static let labels = Array(repeating: 0, count: 90) + Array(repeating: 1, count: 10)

    @Test func everyImageOnceInAnotherOrderEachEpoch() {
        let order = EpochOrder(labels: Self.labels, isBalanced: false, seed: 1)
        let epochs = (1...3).map { order.indices(epoch: $0) }
        for indices in epochs { #expect(indices.sorted() == Array(0..<100)) }
        #expect(Set(epochs).count == 3)
        #expect(order.indices(epoch: 2) == epochs[1])
        #expect(EpochOrder(labels: Self.labels, isBalanced: false, seed: 2).indices(epoch: 1) != epochs[0])
    }

    /// As with PyTorch's `WeightedRandomSampler` and weights of 1 / count: as many draws as images, with replacement.
    @Test func smallClassesAreDrawnAsOften() {
        let order = EpochOrder(labels: Self.labels, isBalanced: true, seed: 1)
        var seen = Array(repeating: 0, count: 100)
        for epoch in 1...200 {
            let indices = order.indices(epoch: epoch)
            #expect(indices.count == 100)
            for index in indices { seen[index] += 1 }
        }
        let small = Double(seen[90...].reduce(0, +)) / 20_000
        // A share of a half, within five standard deviations of 20,000 draws.
        #expect(abs(small - 0.5) < 5 * (0.25 / 20_000).squareRoot())
        #expect(seen.allSatisfy { $0 > 0 })
        let expected = 20_000 * 0.5 / 90
        #expect(seen[..<90].allSatisfy { abs(Double($0) - expected) < 6 * expected.squareRoot() })
    }
}
