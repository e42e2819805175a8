import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooEngine
import ZooTensor

@testable import ZooGraph

/// Whole networks against PyTorch, whose logits fixtures/generators/networks.py computed in float64.
@Suite struct NetworkTests {
    struct Expectation: Decodable {
        let shape: [Int]
        let logits: [Double]
    }

    static let cases: [(name: String, graph: Graph)] = {
        var cases: [(String, Graph?)] = ["resnet14_cifar", "resnet20_cifar", "mobilenet_v1_x0_25"]
            .map { ($0, try? Architecture.graph(named: $0, classes: 10)) }
        func narrow(_ name: String, _ block: ResNet.Block, _ blocks: [Int], _ width: Int, _ classes: Int) {
            let net = ResNet(block: block, blocks: blocks, width: width)
            cases.append((name, try? net.graph(name: name, classes: classes)))
        }
        narrow("narrow basic", .basic, [2, 2, 2, 2], 8, 7)
        narrow("narrow basic, odd", .basic, [1, 2, 1, 1], 12, 5)
        narrow("narrow bottleneck", .bottleneck, [3, 4, 6, 3], 8, 7)
        return cases.compactMap { name, graph in graph.map { (name, $0) } }
    }()

    private func expectations() throws -> [String: Expectation] {
        let path = RealData.projectRoot.pushing("fixtures/networks/logits.json")
        return try JSONDecoder().decode(
            [String: Expectation].self, from: Data(contentsOf: URL(fileURLWithPath: path.string)))
    }

    @Test func everyFixtureIsTested() throws {
        #expect(Set(Self.cases.map(\.name)) == Set(try expectations().keys))
    }

    @Test("logits are PyTorch's", arguments: cases.map(\.name), [true, false])
    func logits(name: String, exact: Bool) throws {
        let graph = try #require(Self.cases.first { $0.name == name }?.graph)
        let expected = try #require(try expectations()[name])
        let shape = Shape(expected.shape)
        let images = Seeded.values("images", shape)
        let plan = try InferencePlan(
            graph: graph, parameters: Seeded.parameters(of: graph), batchSize: shape[0], height: shape[2],
            width: shape[3], options: EngineOptions(exact: exact))
        let difference = Difference(try plan.run(images, count: shape[0]), expected.logits)
        #expect(difference.relative < 1e-4, "\(difference)")
    }

    @Test("the reference engine is PyTorch", arguments: ["narrow basic, odd", "resnet14_cifar"])
    func reference(name: String) throws {
        let graph = try #require(Self.cases.first { $0.name == name }?.graph)
        let expected = try #require(try expectations()[name])
        let shape = Shape(expected.shape)
        let logits = try ReferenceEngine.run(
            graph, parameters: Seeded.parameters(of: graph),
            input: Seeded.values("images", shape).map { Double($0) }, shape: shape)
        let difference = zip(logits, expected.logits).map { abs($0 - $1) }.max() ?? .infinity
        #expect(difference < 1e-9)
    }
}
