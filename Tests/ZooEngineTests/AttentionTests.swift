import TestSupport
import Testing
import ZooEngine
import ZooTensor

@testable import ZooGraph

/// The operations of transformers: the engine against plain loops in float64.
@Suite(.slow) struct AttentionTests {
    private func check(
        _ channels: Int, _ height: Int, _ width: Int, _ build: (inout GraphBuilder) -> GraphBuilder.Value
    ) throws {
        var net = GraphBuilder("one layer", inputChannels: channels)
        let output = build(&net)
        let graph = try net.graph(output: output)
        for batch in [1, 5] {
            let difference = try graph.differenceFromReference(
                batch: batch, height: height, width: width, options: EngineOptions(threads: batch > 1 ? 2 : 1))
            #expect(difference.relative < 1e-5, "batch \(batch): \(difference)")
        }
    }

    /// Windows that are whole, padded, moved along one axis only, and single.
    static let grids: [(WindowGrid, height: Int, width: Int)] = [
        (WindowGrid(window: 4, .shifted(0)), 8, 12), (WindowGrid(window: 4, .shifted(2)), 8, 12),
        (WindowGrid(window: 4, .shifted(0)), 7, 9), (WindowGrid(window: 7, .shifted(3)), 15, 10),
        (WindowGrid(window: 4, .shifted(2)), 3, 9), (WindowGrid(window: 4, .shifted(1)), 9, 4),
        (WindowGrid(window: 4, .shifted(2)), 2, 3), (WindowGrid(window: Extent(2, 3), .shifted(Extent(1, 2))), 5, 7),
        (WindowGrid(window: 3, .block), 6, 9), (WindowGrid(window: 3, .grid), 6, 9),
        (WindowGrid(window: Extent(2, 5), .grid), 4, 5),
    ]

    @Test("pixels are found in their windows and put back", arguments: grids.indices, [3, 16, 20])
    func windows(index: Int, channels: Int) throws {
        let (grid, height, width) = Self.grids[index]
        try check(channels, height, width) { $0.windows($0.input, grid) }
        try check(channels, height, width) { $0.image($0.windows($0.input, grid), grid, like: $0.input) }
        try check(channels, height, width) { net in
            let x = net.convolution("a", net.input, channels: 24, kernel: 3, padding: 1)
            let y = net.pixelLinear("b", net.windows(x, grid), outputs: 24)
            return net.add(net.image(y, grid, like: x), x)
        }
    }

    @Test("attention among the windows' pixels", arguments: grids.indices)
    func windowAttention(index: Int) throws {
        let (grid, height, width) = Self.grids[index]
        for heads in [1, 3] {
            try check(6, height, width) { net in
                let positions = net.positions(grid.window, heads)
                let y = net.pixelLinear("qkv", net.windows(net.input, grid), outputs: 72, unbiased: 24..<48)
                return net.attention(y, heads: heads, positions: positions, mask: (grid, net.input))
            }
        }
        try check(6, height, width) { net in
            // A mask without positions.
            let y = net.pixelLinear("qkv", net.windows(net.input, grid), outputs: 48)
            return net.attention(y, heads: 2, scale: 0.7, mask: (grid, net.input))
        }
    }

    @Test(arguments: [(1, 1), (2, 7), (1, 50), (3, 33)])
    func attentionAmongRows(height: Int, width: Int) throws {
        for (heads, channels) in [(1, 8), (4, 48), (2, 34)] {
            try check(5, height, width) { net in
                let qkv = net.pixelLinear("mha", net.input, outputs: 3 * channels, parameterPrefix: "in_proj_")
                return net.pixelLinear("mha.out", net.attention(qkv, heads: heads), outputs: 5, bias: false)
            }
        }
    }

    @Test("queries and keys of length one, whether or not another layer reads them", arguments: [true, false])
    func headNorm(isShared: Bool) throws {
        for (heads, channels) in [(1, 8), (3, 12), (4, 128), (2, 34)] {
            try check(5, 4, 6) { net in
                let factors = net.append(
                    "attn", .channelFactors(ChannelFactors(parameter: "logit_scale", channels: heads)), [],
                    channels: heads)
                let qkv = net.pixelLinear("qkv", net.input, outputs: 3 * channels)
                let y = net.append(
                    "norm", .headNorm(HeadNorm(heads: heads)), [qkv, factors], channels: 3 * channels)
                return isShared ? net.add(y, qkv) : net.attention(y, heads: heads, scale: 1)
            }
        }
    }

    @Test func keysOfLengthZeroStayZero() throws {
        var net = GraphBuilder("zeros", inputChannels: 6)
        let factors = net.append(
            "attn", .channelFactors(ChannelFactors(parameter: "logit_scale", channels: 1)), [], channels: 1)
        let y = net.append("norm", .headNorm(HeadNorm(heads: 1)), [net.input, factors], channels: 6)
        let graph = try net.graph(output: y)
        let plan = try InferencePlan(
            graph: graph, parameters: Seeded.parameters(of: graph), batchSize: 1, height: 1, width: 2)
        #expect(try plan.run([Float](repeating: 0, count: 12), count: 1) == [Float](repeating: 0, count: 12))
    }

    @Test(arguments: [(6, 4), (5, 8), (7, 7), (1, 1)])
    func squaresAndFirstPixels(height: Int, width: Int) throws {
        for channels in [3, 16, 20] {
            try check(channels, height, width) { $0.squares($0.input) }
            try check(channels, height, width) { $0.flatten($0.firstPixel($0.input)) }
        }
    }

    @Test func tokensComeBeforeThePixels() throws {
        for channels in [4, 24] {
            try check(channels, 3, 5) { net in
                let token = net.learntMap("", LearntMap("token", [1, 1, channels], size: 1))
                let positions = net.learntMap("e", LearntMap("places", [1, 16, channels], size: Extent(1, 16)))
                let tokens = TokenSequence(size: Extent(3, 5), patch: 1)
                return net.append(
                    "tokens", .tokenSequence(tokens), [net.input, token, positions], channels: channels)
            }
        }
    }

    @Test func hyperbolicTangent() throws {
        try check(5, 4, 9) { $0.activation(.tanh, $0.input) }
        try check(16, 1, 1) { $0.activation(.tanh, $0.linear("fc", $0.flatten($0.input), outputs: 20)) }
    }

    @Test("a node that does not depend on the images is refused where images are taken")
    func misplacedConstants() throws {
        var net = GraphBuilder("constant", inputChannels: 4)
        let map = net.learntMap("m", LearntMap("map", [1, 4], size: 1))
        let both = net.concat("both", [map, net.input])
        for output in [both, map] {
            let graph = try net.graph(output: output)
            let error = #expect(throws: EngineError.self) {
                try InferencePlan(
                    graph: graph, parameters: Seeded.parameters(of: graph), batchSize: 1, height: 1, width: 1)
            }
            #expect(error?.code == .unsupportedOperation)
        }
    }

    @Test("an index of positions that a checkpoint has must be the window's", arguments: [true, false])
    func positionIndex(isRight: Bool) throws {
        var net = GraphBuilder("index", inputChannels: 12)
        let positions = net.positions(2, 2)
        let output = net.attention(net.input, heads: 2, positions: positions)
        let graph = try net.graph(output: output)
        var parameters = Seeded.parameters(of: graph)
        // PyTorch's for a window of 2×2.
        var index: [Int64] = [4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4]
        if !isRight { index.swapAt(3, 4) }
        parameters["attn.relative_position_index"] = Tensor(index, shape: [16])
        let make = {
            try InferencePlan(graph: graph, parameters: parameters, batchSize: 1, height: 1, width: 4)
        }
        if isRight {
            _ = try make()
        } else {
            let error = #expect(throws: EngineError.self) { try make() }
            #expect(error?.code == .mismatchedParameter)
            #expect(error?.place == "index: attn.relative_position_index")
        }
    }
}

extension GraphBuilder {
    /// A table of positions for a window.
    mutating func positions(_ window: Extent, _ heads: Int) -> Value {
        let relative = RelativePositions(window: window)
        let size = relative.table
        let table = LearntMap("relative_position_bias_table", [size.height * size.width, heads], size: size)
        return append("attn", .relativePositions(relative), [learntMap("attn", table)], channels: heads)
    }
}
