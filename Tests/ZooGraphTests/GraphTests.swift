import Testing
import ZooGraph
import ZooTensor

@Suite struct GraphTests {
    @Test func shapesOfTheResNet() throws {
        let graph = try Architecture.graph(named: "resnet18", classes: 1000)
        let shapes = try graph.shapes(batch: 2, height: 224, width: 192)
        func shape(_ name: String) -> Shape? { zip(graph.nodes, shapes).first { $0.0.name == name }?.1 }
        #expect(shape("conv1") == [2, 64, 112, 96])
        #expect(shape("layer1.1.conv2") == [2, 64, 56, 48])
        #expect(shape("layer4.0.downsample.0") == [2, 512, 7, 6])
        #expect(shape("flatten") == [2, 512])
        #expect(shapes[graph.output] == [2, 1000])
        #expect(graph.minimumInputSize == 1)
        #expect(graph.inputChannels == 3)
    }

    @Test(
        "windows count as PyTorch's",
        arguments: [
            (7, 3, 2, 1, 1, 4), (8, 3, 2, 1, 1, 4), (5, 3, 1, 0, 2, 1), (4, 2, 2, 0, 1, 2), (5, 2, 2, 0, 1, 2),
            (10, 4, 3, 2, 1, 4), (224, 7, 2, 3, 1, 112), (9, 3, 3, 0, 2, 2),
        ])
    func windows(size: Int, kernel: Int, stride: Int, padding: Int, dilation: Int, expected: Int) throws {
        var net = GraphBuilder("window", inputChannels: 1)
        let x = net.convolution(
            "c", net.input, channels: 1, kernel: Extent(kernel, 1), stride: Extent(stride, 1),
            padding: Extent(padding, 0), dilation: Extent(dilation, 1))
        let shapes = try net.graph(output: x).shapes(batch: 1, height: size, width: 3)
        #expect(shapes.last == [1, 1, expected, 3])
    }

    @Test("partial windows count in ceil mode, unless they begin in the padding", arguments: [(6, 4), (7, 4), (5, 3)])
    func ceilMode(size: Int, expected: Int) throws {
        var net = GraphBuilder("window", inputChannels: 1)
        let pool = MaxPool(kernel: 2, stride: 2, padding: 1, countsPartial: true)
        let x = net.append("p", .maxPool(pool), [net.input], channels: 1)
        #expect(
            try net.graph(output: x).shapes(batch: 1, height: size, width: size).last == [1, 1, expected, expected])
    }

    @Test func imagesThatAreTooSmallAreRefusedWhereTheyAre() throws {
        var net = GraphBuilder("small")
        var x = net.convolution("stem", net.input, channels: 4, kernel: 5)
        x = net.convolution("body", x, channels: 4, kernel: 3, stride: 2)
        let graph = try net.graph(output: x)
        #expect(graph.minimumInputSize == 7)
        let error = #expect(throws: GraphError.self) { try graph.shapes(batch: 1, height: 6, width: 9) }
        #expect(
            error?.description
                == "small: body: the 3×3 window does not fit the 2×5 image that reaches it; use larger images")
        for size in [0, -1, .max] {
            #expect(throws: GraphError.self) { try graph.shapes(batch: 1, height: size, width: 9) }
            #expect(throws: GraphError.self) { try graph.shapes(batch: size, height: 9, width: 9) }
        }
    }

    @Test func aNetworkThatFlattensTakesOneSize() throws {
        var net = GraphBuilder("flat")
        let x = net.flatten(net.convolution("c", net.input, channels: 2, kernel: 3), features: 2 * 9 * 9)
        let y = net.linear("fc", x, outputs: 3)
        let graph = try net.graph(output: y, head: "fc")
        #expect(graph.minimumInputSize == 11)
        #expect(throws: GraphError.self) { try graph.shapes(batch: 1, height: 12, width: 11) }
    }

    @Test func theHeadIsReplacedAndCutOff() throws {
        let graph = try Architecture.graph(named: "resnet50", classes: 1000)
        #expect(graph.head?.prefix == "fc")
        #expect(graph.head?.inputFeatures == 2048)
        let replaced = try graph.replacingHead(outputs: 5)
        #expect(replaced == (try Architecture.graph(named: "resnet50", classes: 5)))
        let extractor = try graph.featureExtractor()
        #expect(extractor.head == nil)
        #expect(try extractor.shapes(batch: 3, height: 64, width: 64)[extractor.output] == [3, 2048])
        #expect(extractor.parameterSpecs == graph.parameterSpecs.filter { !$0.name.hasPrefix("fc.") })
        #expect(throws: GraphError.self) { try extractor.featureExtractor() }
        #expect(throws: GraphError.self) { try extractor.replacingHead(outputs: 2) }
    }

    static let input = Graph.Node(name: "input", operation: .input(Input(channels: 1)), inputs: [])
    static let relu = Graph.Node(name: "r", operation: .activation(.relu), inputs: [0])

    @Test(
        "nodes that are no graph are refused",
        arguments: [
            ([], 0), ([relu], 0), ([input, input], 1), ([input], 1), ([input], -1),
            ([input, Graph.Node(name: "r", operation: .activation(.relu), inputs: [1])], 1),
            ([input, Graph.Node(name: "r", operation: .activation(.relu), inputs: [-1])], 1),
            ([input, Graph.Node(name: "a", operation: .add(Add()), inputs: [0])], 1),
        ] as [([Graph.Node], Int)])
    func malformed(nodes: [Graph.Node], output: Int) {
        #expect { try Graph(name: "bad", nodes: nodes, output: output) } throws: {
            ($0 as? GraphError)?.code == .malformed
        }
    }

    @Test func aHeadMustBeALinearLayer() {
        #expect { try Graph(name: "g", nodes: [Self.input, Self.relu], output: 1, head: "r") } throws: {
            ($0 as? GraphError)?.code == .noHead
        }
    }
}
