import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooTensor

@testable import ZooGraph

@Suite struct DropoutTests {
    /// What torchvision's modules say, from fixtures/generators/networks.py.
    private static let published: [String: Network] = {
        let path = RealData.projectRoot.pushing("fixtures/networks/training.json")
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path.string)) else { return [:] }
        return (try? JSONDecoder().decode([String: Network].self, from: data)) ?? [:]
    }()

    private struct Network: Decodable {
        /// That of all batch norms, if there are any.
        let momentum: Double?
        /// By the module's path.
        let dropouts: [String: Entry]
    }

    /// The probability, and whether samples are dropped.
    private struct Entry: Decodable {
        let dropout: Dropout

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            dropout = Dropout(
                probability: try list.decode(Double.self), dropsSamples: try list.decode(Bool.self))
        }
    }

    @Test func manyNetworksDropSomething() {
        #expect(Self.published.count == 65)
        #expect(Self.published.values.count { !$0.dropouts.isEmpty } == 42)
        #expect(Set(Self.published.values.map(\.momentum)) == [nil, 0.1, 0.01, 1 - 0.9997])
    }

    @Test("dropouts and momenta are torchvision's", arguments: Architecture.names)
    func probabilities(name: String) throws {
        let graph = try Architecture.graph(named: name, classes: 1000)
        let network = Self.published[name]
        for node in graph.nodes {
            guard case .batchNorm(let layer) = node.operation else { continue }
            #expect(layer.momentum == network?.momentum ?? 0.1)
        }
        var found: [String: Dropout] = [:]
        for node in graph.nodes {
            guard case .dropout(let dropout) = node.operation else { continue }
            found[node.name] = dropout
        }
        let expected = network?.dropouts.mapValues(\.dropout) ?? [:]
        #expect(Set(found.keys) == Set(expected.keys))
        for (path, dropout) in found {
            let wanted = try #require(expected[path])
            #expect(dropout.dropsSamples == wanted.dropsSamples)
            #expect(abs(dropout.probability - wanted.probability) < 1e-12, "\(path)")
        }
    }

    @Test func withoutThemTheNetworkIsTheSame() throws {
        let graph = try Architecture.graph(named: "efficientnet_b0", classes: 10)
        let plain = try graph.withoutDropout()
        #expect(plain.nodes.count == graph.nodes.count - 10)
        #expect(plain.parameterSpecs == graph.parameterSpecs)
        #expect(plain.head == graph.head)
        #expect(try plain.withoutDropout() == plain)
        let shapes = try plain.shapes(batch: 2, height: 64, width: 64)
        #expect(shapes[plain.output] == [2, 10])
    }

    @Test func theOutputMayBeDropped() throws {
        var net = GraphBuilder("dropped", inputChannels: 3)
        let x = net.dropout("b", net.dropout("a", net.relu(net.input), 0.1), 0.9, dropsSamples: true)
        let graph = try net.graph(output: x)
        #expect(graph.nodes.count == 4)
        let plain = try graph.withoutDropout()
        #expect(plain.nodes.map(\.name) == ["input", "input → relu"])
        #expect(plain.output == 1)
        #expect(net.dropout("c", x, 0).node == x.node)
    }

    @Test func masksHaveAnElementForEachSampleOrEachNumber() {
        #expect(Dropout(probability: 0.5).maskCount(for: [2, 3, 4, 5]) == 120)
        #expect(Dropout(probability: 0.5, dropsSamples: true).maskCount(for: [2, 3, 4, 5]) == 2)
    }
}
