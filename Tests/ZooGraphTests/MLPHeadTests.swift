import Testing
import ZooTensor

@testable import ZooGraph

@Suite("two layers in place of the output layer") struct MLPHeadTests {
    private func shapes(_ graph: Graph) -> [String: Shape] {
        Dictionary(uniqueKeysWithValues: graph.parameterSpecs.map { ($0.name, $0.shape) })
    }

    @Test(arguments: ["resnet18", "vgg11", "mobilenet_v3_small", "densenet121", "swin_v2_t", "googlenet", "vit_b_16"])
    func namesAndSizesArePyTorchs(name: String) throws {
        let plain = try Architecture.graph(named: name, classes: 7)
        let head = try #require(plain.head)
        let graph = try plain.replacingHead(outputs: 5, hidden: 12, dropout: 0.5)
        let own = graph.parameterSpecs.filter { $0.name.hasPrefix("\(head.prefix).") }
        #expect(own.map(\.name) == ["0.weight", "0.bias", "3.weight", "3.bias"].map { "\(head.prefix).\($0)" })
        #expect(own.map(\.shape) == [[12, head.inputFeatures], [12], [5, 12], [5]])
        #expect(graph.head?.prefix == "\(head.prefix).3" && graph.head?.outputs == 5)
        #expect(
            graph.parameterSpecs.map(\.name).filter { !$0.hasPrefix("\(head.prefix).") }
                == plain.parameterSpecs.map(\.name).filter { !$0.hasPrefix("\(head.prefix).") })
    }

    @Test func aStateDictIsRecognised() throws {
        let graph = try Architecture.graph(named: "resnet18", classes: 7).replacingHead(outputs: 5, hidden: 12)
        #expect(try Architecture.graph(named: "resnet18", fitting: shapes(graph)) == graph)
        #expect(Architecture.recognise(shapes(graph)) == graph)
        #expect(Architecture.recogniseBackbone(shapes(graph)) == nil)
        let twice = try graph.replacingHead(outputs: 3, hidden: 4)
        #expect(try Architecture.graph(named: "resnet18", fitting: shapes(twice)) == twice)
    }

    @Test func aConvolutionIsNoPlaceForLayers() throws {
        let graph = try Architecture.graph(named: "squeezenet1_1", classes: 7)
        #expect(throws: GraphError.self) { try graph.replacingHead(outputs: 5, hidden: 12) }
    }
}
