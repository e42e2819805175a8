import TestSupport
import Testing
import ZooEngine
import ZooTensor

@testable import ZooGraph

/// The gradients of transformers' operations on oneDNN, beside the reference's.
@Suite(.slow) struct AttentionTrainingTests {
    /// A loss whose gradient is the same everywhere.
    private static func slopes(_ count: Int) -> [Double] { Seeded.uniform("slopes", count).map { $0 - 0.4 } }

    /// The largest difference of a gradient, relative to the largest element of it or a thousandth of that of all.
    private func worst(
        _ graph: Graph, _ shape: Shape, training names: Set<String>? = nil, precision: Precision = .float32
    ) throws -> (difference: Double, name: String) {
        let weights = Seeded.parameters(of: graph)
        let images = Seeded.values("images", shape)
        let expected = try ReferenceEngine.differentiate(
            graph, parameters: weights, input: images.map { Double($0) }, shape: shape
        ) { Self.slopes($0.count) }
        var scope = TrainingScope.everything(of: graph)
        scope.batchNorms = []
        scope.dropsOut = false
        scope.parameters = names ?? scope.parameters
        let parameters = try TrainableParameters(graph: graph, parameters: weights, scope: scope)
        let plan = try TrainingPlan(
            parameters, batchSize: shape[0], height: shape[2], width: shape[3],
            options: EngineOptions(threads: 2, exact: true, precision: precision))
        #expect(plan.slowLayers == [])
        // The second step finds the memory full of the first one's results.
        for _ in 0..<2 {
            let found = Difference(try plan.forward(images.span), expected.output)
            #expect(found.relative < (precision == .float32 ? 1e-5 : 0.05), "\(found)")
            let gradient = Self.slopes(expected.output.count).map { Float($0) }
            try plan.backward(gradient.span)
        }
        var worst = (0.0, "nothing")
        let largest = expected.parameters.values.flatMap { $0 }.map(abs).max() ?? 0
        let found = try parameters.gradients()
        #expect(Set(found.keys) == scope.parameters)
        for (name, gradient) in found {
            let wanted = try #require(expected.parameters[name])
            let scale = max(wanted.map(abs).max() ?? 0, largest * 1e-3)
            let difference = zip(gradient, wanted).map { abs(Double($0) - $1) }.max() ?? 0
            if !(difference / scale <= worst.0) { worst = (difference / scale, name) }
        }
        return worst
    }

    private func check(
        _ channels: Int, _ height: Int, _ width: Int, batch: Int = 3,
        _ build: (inout GraphBuilder) -> GraphBuilder.Value
    ) throws {
        var net = GraphBuilder("one layer", inputChannels: channels)
        let output = build(&net)
        let (difference, name) = try worst(try net.graph(output: output), [batch, channels, height, width])
        #expect(difference < 1e-4, "\(name) differs by \(difference)")
    }

    @Test("pixels are found in their windows and put back", arguments: AttentionTests.grids.indices, [16, 20])
    func windows(index: Int, channels: Int) throws {
        let (grid, height, width) = AttentionTests.grids[index]
        try check(3, height, width) { net in
            let x = net.convolution("a", net.input, channels: channels, kernel: 3, padding: 1, bias: true)
            let y = net.pixelLinear("b", net.windows(x, grid), outputs: channels)
            return net.add(net.image(y, grid, like: x), x)
        }
    }

    @Test("attention among the windows' pixels", arguments: AttentionTests.grids.indices, [1, 3])
    func windowAttention(index: Int, heads: Int) throws {
        let (grid, height, width) = AttentionTests.grids[index]
        try check(6, height, width) { net in
            let positions = net.positions(grid.window, heads)
            let y = net.pixelLinear("qkv", net.windows(net.input, grid), outputs: 72, unbiased: 24..<48)
            return net.attention(y, heads: heads, positions: positions, mask: (grid, net.input))
        }
        try check(6, height, width) { net in
            let y = net.pixelLinear("qkv", net.windows(net.input, grid), outputs: 72)
            return net.attention(y, heads: heads, scale: 0.7, mask: (grid, net.input))
        }
    }

    @Test(arguments: [(1, 1), (2, 7), (1, 50), (3, 33), (1, 200)])
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
                let scale = ChannelFactors(parameter: "logit_scale", channels: heads)
                let factors = net.append("attn", .channelFactors(scale), [], channels: heads)
                let qkv = net.pixelLinear("qkv", net.input, outputs: 3 * channels)
                let y = net.append(
                    "norm", .headNorm(HeadNorm(heads: heads)), [qkv, factors], channels: 3 * channels)
                return isShared ? net.add(y, qkv) : net.attention(y, heads: heads, scale: 1)
            }
        }
    }

    @Test(arguments: [(6, 4), (5, 8), (7, 7), (1, 1)])
    func squaresAndFirstPixels(height: Int, width: Int) throws {
        for channels in [3, 16, 20] {
            try check(4, height, width) { $0.squares($0.convolution("c", $0.input, channels: channels, kernel: 1)) }
            try check(4, height, width) { net in
                net.flatten(net.firstPixel(net.convolution("c", net.input, channels: channels, kernel: 1)))
            }
        }
    }

    /// A transformer in the small with every operation: which parameters learn decides what is kept as it is.
    private static func networks() throws -> [(graph: Graph, shape: Shape)] {
        [
            (
                try ViT(patch: 8, image: 24, layers: 2, heads: 2, width: 24, hidden: 32).graph(name: "vit", classes: 3),
                [2, 3, 24, 24]
            ),
            (try Swin(blocks: [2, 1], heads: [2, 4], width: 16).graph(name: "swin", classes: 3), [2, 3, 36, 40]),
            (
                try Swin(isSecond: true, blocks: [2, 1], heads: [2, 4], width: 16).graph(name: "swin_v2", classes: 3),
                [2, 3, 40, 36]
            ),
            (
                try MaxViT(stem: 16, widths: [16], layers: [2], partition: 4, headWidth: 8)
                    .graph(name: "maxvit", classes: 3), [2, 3, 32, 16]
            ),
        ]
    }

    @Test(
        "a part of the network has the gradients that it has in the whole",
        arguments: [
            (0, ["class_token"]), (0, ["encoder.pos_embedding"]), (0, ["conv_proj.bias"]),
            (0, ["encoder.layers.encoder_layer_1.self_attention.in_proj_weight", "heads.head.bias"]),
            (0, ["heads.head.weight", "heads.head.bias"]), (1, ["head.weight", "head.bias"]),
            (1, ["features.1.1.attn.relative_position_bias_table"]), (1, ["features.0.0.weight"]),
            (1, ["features.3.0.norm1.weight", "features.2.reduction.weight"]), (1, ["features.1.1.attn.qkv.bias"]),
            (2, ["features.1.1.attn.logit_scale"]), (2, ["features.1.1.attn.cpb_mlp.0.weight"]),
            (2, ["features.1.1.attn.cpb_mlp.2.weight"]), (2, ["features.1.1.attn.qkv.weight"]),
            (2, ["features.1.1.attn.qkv.bias", "features.0.0.bias"]), (2, ["features.0.0.weight"]),
            (2, ["head.weight", "head.bias"]), (3, ["classifier.5.weight"]), (3, ["stem.1.0.bias"]),
            (3, ["blocks.0.layers.1.layers.grid_attention.attn_layer.1.relative_position_bias_table"]),
        ] as [(Int, Set<String>)])
    func parts(network: Int, names: Set<String>) throws {
        let (graph, shape) = try Self.networks()[network]
        let (difference, name) = try worst(graph, shape, training: names)
        #expect(difference < 1e-3, "\(name) differs by \(difference)")
    }

    @Test(
        "bfloat16 gives the direction of float32", arguments: 0..<4,
        [Precision.bfloat16].filter { (try? $0.support()) != .missing })
    func bfloat16(network: Int, precision: Precision) throws {
        let (graph, shape) = try Self.networks()[network]
        let (difference, name) = try worst(graph, shape, precision: precision)
        #expect(difference < 0.3, "\(name) differs by \(difference)")
    }

    @Test func gradientsOfTwoHalvesAddUp() throws {
        let (graph, shape) = try Self.networks()[2]
        let weights = Seeded.parameters(of: graph)
        var scope = TrainingScope.everything(of: graph)
        scope.dropsOut = false
        let parameters = try TrainableParameters(graph: graph, parameters: weights, scope: scope)
        let plan = try TrainingPlan(
            parameters, batchSize: 1, height: shape[2], width: shape[3], addsGradients: true)
        let images = Seeded.values("images", shape)
        let expected = try ReferenceEngine.differentiate(
            graph, parameters: weights, input: images.map { Double($0) }, shape: shape
        ) { Self.slopes($0.count) }
        let slopes = Self.slopes(expected.output.count).map { Float($0) }
        parameters.clearGradients()
        for half in 0..<2 {
            let part = Array(images[half * images.count / 2..<(half + 1) * images.count / 2])
            let slope = Array(slopes[half * slopes.count / 2..<(half + 1) * slopes.count / 2])
            _ = try plan.forward(part.span)
            try plan.backward(slope.span)
        }
        let largest = expected.parameters.values.flatMap { $0 }.map(abs).max() ?? 0
        for (name, found) in try parameters.gradients() {
            let wanted = try #require(expected.parameters[name])
            let difference = zip(found, wanted).map { abs(Double($0) - $1) }.max() ?? 0
            #expect(difference < 1e-3 * max(wanted.map(abs).max() ?? 0, largest * 1e-3), "\(name)")
        }
    }

    @Test("an index of positions that a checkpoint has must be the window's")
    func positionIndex() throws {
        let (graph, _) = try Self.networks()[1]
        var weights = Seeded.parameters(of: graph)
        let name = "features.1.1.attn.relative_position_index"
        weights[name] = Tensor([Int64](repeating: 0, count: 49 * 49), shape: [49 * 49])
        let parameters = try TrainableParameters(graph: graph, parameters: weights, scope: .everything(of: graph))
        let error = #expect(throws: EngineError.self) {
            try TrainingPlan(parameters, batchSize: 1, height: 36, width: 40)
        }
        #expect(error?.code == .mismatchedParameter)
        #expect(error?.description.contains(name) == true)
    }
}
