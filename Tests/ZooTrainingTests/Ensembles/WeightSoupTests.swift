import Testing
import ZooTensor

@testable import ZooTraining

@Suite("soups of weights") struct WeightSoupTests {
    @Test("each number is the mean; the output layer's after its rows are in order") func mean() throws {
        let first = try EnsembleFileTests.network(body: 1, head: 1)
        let second = try EnsembleFileTests.network(["c", "a", "b"], body: 2, head: 2)
        let soup = try WeightSoup([("first", first), ("second", second)]).average(of: [0, 1])
        let name = "layer1.0.conv1.weight"
        let values = try [first, second, soup].map { try #require($0.parameters[name]).float32Values() }
        #expect(zip(zip(values[0], values[1]), values[2]).allSatisfy { Float((Double($0.0) + Double($0.1)) / 2) == $1 })
        let heads = try [first, second, soup].map { try $0.classifier().weight }
        #expect(
            heads[2].values[0]
                == Float((Double(heads[0].values[0]) + Double(heads[1].row(1)[heads[1].columnCount])) / 2))
        #expect(soup.parameters["bn1.num_batches_tracked"]?.dtype == first.parameters["bn1.num_batches_tracked"]?.dtype)
        #expect(soup.classes == ["a", "b", "c"])
    }

    @Test("greedy: the best first, and what makes it worse stays out") func greedy() throws {
        let networks = try (0..<3).map { ("\($0)", try EnsembleFileTests.network(body: UInt64($0))) }
        // Alone 0.5, 0.7, 0.6; 1 with 2 is better than 1, with 0 too it is worse.
        var said: [Double] = [0.5, 0.7, 0.6, 0.8, 0.75]
        let soup = try WeightSoup(networks)
        let (network, steps) = try soup.greedy { _ in said.removeFirst() }
        #expect(said.isEmpty)
        #expect(steps.map(\.ingredient) == [1, 2, 0])
        #expect(steps.map(\.isKept) == [true, true, false])
        #expect(steps.map(\.accuracy) == [0.7, 0.8, 0.75])
        let expected = try soup.average(of: [1, 2])
        #expect(network.weightsDigest == expected.weightsDigest)
    }

    @Test("networks of another architecture are refused") func architectures() throws {
        let error = #expect(throws: TrainingError.self) {
            try WeightSoup([
                ("a", try EnsembleFileTests.network()), ("b", try EnsembleFileTests.network(arch: "resnet20_cifar")),
            ])
        }
        #expect(error?.message.contains("resnet20_cifar") == true)
    }
}
