import Testing
import ZooTensor

@testable import ZooGraph

@Suite struct TransformerTests {
    @Test(
        "a ViT takes the images that its positions were learnt for",
        arguments: [("vit_b_16", 384), ("vit_h_14", 518)])
    func imageSize(name: String, size: Int) throws {
        let usual = try Architecture.graph(named: name, classes: 3)
        #expect(usual.minimumInputSize == 224)
        var shapes = Dictionary(uniqueKeysWithValues: usual.parameterSpecs.map { ($0.name, $0.shape) })
        let patch = name == "vit_h_14" ? 14 : 16
        let length = 1 + (size / patch) * (size / patch)
        shapes["encoder.pos_embedding"]?.replace(axis: 1, with: length)
        let recognised = try #require(Architecture.recognise(shapes))
        for graph in [try Architecture.graph(named: name, fitting: shapes), recognised] {
            #expect(graph.name == name)
            #expect(graph.head?.outputs == 3)
            #expect(try graph.shapes(batch: 1, height: size, width: size).last == [1, 3])
            let error = #expect(throws: GraphError.self) { try graph.shapes(batch: 1, height: 224, width: 224) }
            #expect(error?.description.contains("images of \(size)×\(size) pixels only") == true)
        }
    }

    @Test func aNameWithoutAStateDictHasOneClass() throws {
        #expect(try Architecture.graph(named: "swin_t", fitting: [:]).head?.outputs == 1)
        #expect(throws: GraphError.self) { try Architecture.graph(named: "swin_x", fitting: [:]) }
    }

    @Test("MaxViT refuses images that whole windows do not cover", arguments: [(224, true), (448, true), (256, false)])
    func windowsOfMaxViT(size: Int, fits: Bool) throws {
        let graph = try Architecture.graph(named: "maxvit_t", classes: 10)
        if fits {
            #expect(try graph.shapes(batch: 2, height: size, width: size).last == [2, 10])
        } else {
            let error = #expect(throws: GraphError.self) { try graph.shapes(batch: 2, height: size, width: size) }
            #expect(error?.description.hasSuffix("windows of 7×7 do not cover the image of 64×64 without rest") == true)
        }
    }

    @Test(
        "every pixel of the image has one place in the windows",
        arguments: [(7, 3, 15, 10), (4, 2, 8, 8), (8, 4, 5, 30), (7, 0, 14, 13)])
    func places(window: Int, shift: Int, height: Int, width: Int) throws {
        let grid = WindowGrid(window: Extent(window, window), .shifted(Extent(shift, shift)))
        let cut = try grid.cut(height: height, width: width)
        let places = cut.places
        #expect(Set(places).count == height * width)
        #expect(places.enumerated().allSatisfy { cut.pixels[$0.element] == $0.offset })
        #expect(cut.pixels.count { $0 >= 0 } == height * width)
        #expect(cut.parts.isEmpty == (cut.shift == Extent(0, 0)))
    }

    @Test func headsWithoutBiasStayWithoutBias() throws {
        let graph = try Architecture.graph(named: "maxvit_t", classes: 10)
        #expect(graph.head?.hasBias == false)
        #expect(try graph.replacingHead(outputs: 4) == Architecture.graph(named: "maxvit_t", classes: 4))
        #expect(try graph.featureExtractor().shapes(batch: 1, height: 224, width: 224).last == [1, 512])
    }

    @Test("a listing has every node once", arguments: [[0, 1, 2], [1, 2, 0], [0, 1], [0, 1, 1], [0, 1, 3]])
    func listing(order: [Int]) throws {
        let nodes = [
            Graph.Node(name: "input", operation: .input(Input(channels: 1)), inputs: []),
            Graph.Node(name: "a", operation: .batchNorm(BatchNorm(channels: 1)), inputs: [0]),
            Graph.Node(name: "b", operation: .batchNorm(BatchNorm(channels: 1)), inputs: [1]),
        ]
        if order.sorted() == [0, 1, 2] {
            let graph = try Graph(name: "g", nodes: nodes, output: 2, listing: order)
            #expect(graph.parameterSpecs.first?.name == "a.weight")
        } else {
            #expect(throws: GraphError.self) { try Graph(name: "g", nodes: nodes, output: 2, listing: order) }
        }
    }

    @Test("a convolution is trained alone where a ReLU and a mean follow it", arguments: [true, false])
    func convolutionHeads(isRectified: Bool) throws {
        var net = GraphBuilder("conv head")
        var x = net.convolution("head", net.input, channels: 4, kernel: 1, bias: true)
        if isRectified { x = net.relu(x) }
        x = net.flatten(net.globalAveragePool(x))
        let graph = try net.graph(output: x, head: "head")
        if isRectified {
            #expect(try graph.headFeatures().shapes(batch: 2, height: 5, width: 3).last == [2, 3, 5, 3])
        } else {
            #expect(throws: GraphError.self) { try graph.headFeatures() }
        }
        #expect(try Architecture.graph(named: "squeezenet1_1", classes: 4).headFeatures().nodes.count > 10)
    }
}

extension Shape {
    fileprivate mutating func replace(axis: Int, with size: Int) {
        var sizes = sizes
        sizes[axis] = size
        self = Shape(sizes)
    }
}
