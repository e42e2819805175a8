import TestSupport
import Testing
import ZooTensor

@testable import ZooEngine
@testable import ZooGraph

/// Every operation's derivative against central differences of the operation itself, in float64.
@Suite(.slow) struct DerivativeTests {
    /// A network of one operation or a few, and how it is trained.
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        var channels = 4, height = 5, width = 6, batch = 2
        var mode = ReferenceEngine.TrainingMode()
        let build: @Sendable (inout GraphBuilder) -> GraphBuilder.Value
        var testDescription: String { name }
    }

    static let layers: [Case] = [
        Case(name: "convolution") { net in
            net.convolution(
                "c", net.input, channels: 3, kernel: Extent(3, 2), stride: Extent(2, 1), padding: Extent(2, 1),
                bias: true)
        },
        Case(name: "dilated convolution") { net in
            net.convolution("c", net.input, channels: 2, kernel: 3, stride: 2, padding: 2, dilation: 2)
        },
        Case(name: "grouped convolution") { net in
            net.convolution("c", net.input, channels: 6, kernel: 3, padding: 1, groups: 2, bias: true)
        },
        Case(name: "depthwise convolution") { net in
            net.convolution("c", net.input, channels: 8, kernel: 3, stride: 2, groups: 4)
        },
        Case(name: "frozen batch norm") { $0.batchNorm("bn", $0.input, epsilon: 0.1) },
        Case(name: "batch norm in training mode", mode: .init(batchNorms: ["bn"])) { $0.batchNorm("bn", $0.input) },
        Case(name: "two batch norms, one frozen", mode: .init(batchNorms: ["b"])) { net in
            let x = net.batchNorm("a", net.convolution("c", net.input, channels: 3, kernel: 1))
            return net.batchNorm("b", net.activation(.silu, x))
        },
        Case(name: "linear") { net in
            net.linear("fc", net.flatten(net.input, features: 120), outputs: 3)
        },
        Case(name: "linear without bias") { net in
            net.linear("fc", net.flatten(net.input, features: 120), outputs: 3, bias: false)
        },
        Case(name: "layer norm over channels") { $0.channelNorm("n", $0.input, epsilon: 1e-3) },
        Case(name: "linear on pixels") { $0.pixelLinear("l", $0.input, outputs: 3) },
    ]

    static let functions: [Case] = [
        Activation.relu, .leakyRelu(slope: 0.1), .relu6, .sigmoid, .hardSigmoid, .silu, .hardSwish, .gelu,
    ].map { function in
        // Twice as large, so that both ends of the piecewise functions are reached.
        Case(name: "\(function)", height: 6, width: 9) { net in
            let twice = ChannelAffine(scale: [4, 4, 4, 4], shift: [0.1, 0.2, 0.3, 0.4])
            return net.activation(function, net.append("t", .channelAffine(twice), [net.input], channels: 4))
        }
    }

    static let pools: [Case] = [
        Case(name: "max pool") { $0.maxPool($0.input, kernel: 3, stride: 2, padding: 1) },
        Case(name: "max pool with partial windows") { net in
            net.maxPool(net.input, kernel: 2, stride: 2, countsPartial: true)
        },
        Case(name: "average pool") { $0.averagePool("p", $0.input, kernel: 3, stride: 2, padding: 1) },
        Case(name: "average pool without padding's zeros") { net in
            let pool = AveragePool(kernel: Extent(3, 2), stride: 2, padding: 1, countsPadding: false)
            return net.append("p", .averagePool(pool), [net.input], channels: 4)
        },
        Case(name: "global average pool") { $0.globalAveragePool($0.input) },
        Case(name: "adaptive average pool, windows overlap") { $0.adaptiveAveragePool($0.input, Extent(3, 4)) },
        Case(name: "adaptive average pool, windows repeat") { $0.adaptiveAveragePool($0.input, Extent(7, 2)) },
    ]

    static let others: [Case] = [
        Case(name: "sum of a value with itself") { $0.add($0.input, $0.input) },
        Case(name: "a value that many read") { net in
            let x = net.activation(.silu, net.convolution("c", net.input, channels: 4, kernel: 1))
            let sum = net.add(net.add(x, net.input), net.activation(.sigmoid, x))
            return net.concat("all", [sum, x, net.input])
        },
        Case(name: "concat") { net in
            let a = net.convolution("a", net.input, channels: 2, kernel: 1)
            return net.concat("c", [a, net.input, net.convolution("b", net.input, channels: 3, kernel: 1)])
        },
        Case(name: "squeeze and excitation") { $0.squeezeExcitation("se", $0.input, squeezed: 2, .silu) },
        Case(name: "layer scale") { net in
            let factors = ChannelFactors(parameter: "layer_scale", channels: 4)
            let scale = net.append("b", .channelFactors(factors), [], channels: 4)
            return net.multiply(net.input, scale)
        },
        Case(name: "channel affine") { net in
            let affine = ChannelAffine(scale: [2, -1, 0.5, 3], shift: [1, 2, 3, 4])
            return net.append("t", .channelAffine(affine), [net.input], channels: 4)
        },
        Case(name: "channel slice") { net in
            let slice = ChannelSlice(inputChannels: 4, first: 1, count: 2)
            return net.append("s", .channelSlice(slice), [net.input], channels: 2)
        },
        Case(name: "channel shuffle", channels: 6) { net in
            net.append("s", .channelShuffle(ChannelShuffle(groups: 3)), [net.input], channels: 6)
        },
        Case(name: "padded shortcut") { $0.paddedShortcut("s", $0.input, stride: 2, channelPadding: 3) },
        Case(name: "auxiliary branch") { net in
            net.auxiliary("aux", net.input, [("fc", .linear(Linear(inputFeatures: 4, outputFeatures: 2)))])
            return net.activation(.sigmoid, net.input)
        },
        Case(name: "dropout", mode: .init(masks: ["d": (0..<240).map { $0 % 3 > 0 }])) { net in
            net.activation(.silu, net.dropout("d", net.input, 0.3))
        },
        Case(name: "stochastic depth", batch: 3, mode: .init(masks: ["d": [true, false, true]])) { net in
            let y = net.dropout("d", net.convolution("c", net.input, channels: 4, kernel: 1), 0.25, dropsSamples: true)
            return net.add(y, net.input)
        },
        Case(name: "dropout without a mask") { $0.dropout("d", $0.input, 0.3) },
    ]

    static let transformers: [Case] = [
        Case(name: "token sequence", height: 2, width: 3) { net in
            let token = net.learntMap("", LearntMap("token", [1, 1, 4], size: 1))
            let positions = net.learntMap("e", LearntMap("places", [1, 7, 4], size: Extent(1, 7)))
            let tokens = TokenSequence(size: Extent(2, 3), patch: 1)
            return net.append("tokens", .tokenSequence(tokens), [net.input, token, positions], channels: 4)
        },
        Case(name: "windows, padded and moved") { $0.windows($0.input, WindowGrid(window: 4, .shifted(1))) },
        Case(name: "image of windows", height: 6, width: 4) { net in
            let grid = WindowGrid(window: 2, .grid)
            return net.image(net.windows(net.input, grid), grid, like: net.input)
        },
        Case(name: "image of padded windows") { net in
            let grid = WindowGrid(window: 4, .shifted(2))
            return net.image(net.activation(.silu, net.windows(net.input, grid)), grid, like: net.input)
        },
        Case(name: "squares of odd sizes") { $0.squares($0.input) },
        Case(name: "first pixel") { $0.firstPixel($0.input) },
        Case(name: "attention", channels: 12, height: 2, width: 5) { $0.attention($0.input, heads: 2) },
        Case(name: "attention with positions and a mask", channels: 3, height: 3, width: 5) { net in
            let grid = WindowGrid(window: 2, .shifted(1))
            let relative = RelativePositions(window: 2)
            let table = net.learntMap("t", LearntMap("table", [9, 2], size: 3))
            let positions = net.append("t", .relativePositions(relative), [table], channels: 2)
            let y = net.pixelLinear("qkv", net.windows(net.input, grid), outputs: 12, unbiased: 4..<8)
            return net.attention(y, heads: 2, scale: 0.8, positions: positions, mask: (grid, net.input))
        },
        Case(name: "queries and keys of length one", channels: 12, height: 2, width: 3) { net in
            let factors = ChannelFactors(parameter: "logit_scale", channels: 2)
            let scale = net.append("a", .channelFactors(factors), [], channels: 2)
            return net.append("n", .headNorm(HeadNorm(heads: 2)), [net.input, scale], channels: 12)
        },
        Case(name: "a network of positions", channels: 6, height: 1, width: 4) { net in
            let coordinates = LearntMap("coordinates", [1, 3, 3, 2], size: 3, isTrained: false)
            var y = net.relu(net.pixelLinear("p.0", net.learntMap("p", coordinates), outputs: 5))
            y = net.pixelLinear("p.2", y, outputs: 2, bias: false)
            y = net.append("p", .relativePositions(RelativePositions(window: 2)), [y], channels: 2)
            let affine = ChannelAffine(scale: [16, 8], shift: [0, 1])
            y = net.append("s", .channelAffine(affine), [net.activation(.sigmoid, y)], channels: 2)
            return net.attention(net.input, heads: 2, positions: y)
        },
    ]

    /// A function of the result whose gradient is the same everywhere: a sum with seeded weights.
    private func weights(_ count: Int) -> [Double] { Seeded.uniform("weights of the result", count).map { $0 - 0.4 } }

    /// Multiples of 2⁻¹², so that small steps are exact in float32.
    private func rounded(_ tensor: Tensor) throws -> [Float] {
        try tensor.float32Values().map { ($0 * 4096).rounded() / 4096 }
    }

    private func function(_ graph: Graph, _ each: Case, _ parameters: [String: [Float]], _ input: [Double]) throws
        -> (value: Double, derivatives: ReferenceEngine.Derivatives)
    {
        var tensors: [String: Tensor] = [:]
        for spec in graph.parameterSpecs {
            tensors[spec.name] = parameters[spec.name].map { Tensor($0, shape: spec.shape) }
        }
        let derivatives = try ReferenceEngine.differentiate(
            graph, parameters: tensors, input: input, shape: [each.batch, each.channels, each.height, each.width],
            mode: each.mode
        ) { weights($0.count) }
        let value = zip(derivatives.output, weights(derivatives.output.count)).reduce(0) { $0 + $1.0 * $1.1 }
        return (value, derivatives)
    }

    /// The derivative along one coordinate, by values at ±h and ±2h; its error is of order h⁴.
    private func slope(_ value: (Double) throws -> Double) rethrows -> Double {
        let h = 1.0 / 4096
        return try (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h)
    }

    @Test("the derivative is the slope", arguments: layers + functions + pools + others + transformers)
    func slopes(_ each: Case) throws {
        var net = GraphBuilder(each.name, inputChannels: each.channels)
        let output = each.build(&net)
        let graph = try net.graph(output: output)
        let parameters = try Seeded.parameters(of: graph).mapValues { try rounded($0) }
        let input = Seeded.uniform("input", each.batch * each.channels * each.height * each.width).map { 3 * $0 - 1.4 }
        let found = try function(graph, each, parameters, input).derivatives

        var worst = 0.0
        // A seventh of the input is enough for the eye of a needle: neighbours in all axes are among it.
        for index in stride(from: 0, to: input.count, by: 7) {
            let expected = try slope { step in
                var moved = input
                moved[index] += step
                return try function(graph, each, parameters, moved).value
            }
            worst = max(worst, abs(found.input[index] - expected))
        }
        for (name, gradient) in found.parameters {
            for index in stride(from: 0, to: gradient.count, by: max(1, gradient.count / 24)) {
                let expected = try slope { step in
                    var moved = parameters
                    moved[name]?[index] += Float(step)
                    return try function(graph, each, moved, input).value
                }
                worst = max(worst, abs(gradient[index] - expected))
            }
        }
        #expect(worst < 1e-8, "\(worst)")
        let trained = graph.nodes.flatMap { node in
            node.operation.parameters.filter { $0.role == .trained }.map { node.name(of: $0) }
        }
        #expect(Set(found.parameters.keys) == Set(trained))
    }

    @Test func evaluationIsTheForwardEngine() throws {
        let graph = try ResNet(block: .basic, blocks: [1, 1, 1, 1], width: 4).graph(name: "tiny", classes: 3)
        let input = Seeded.values("images", [2, 3, 32, 32]).map { Double($0) }
        let parameters = Seeded.parameters(of: graph)
        let expected = try ReferenceEngine.run(graph, parameters: parameters, input: input, shape: [2, 3, 32, 32])
        let found = try ReferenceEngine.differentiate(
            graph, parameters: parameters, input: input, shape: [2, 3, 32, 32]
        ) { $0.map { _ in 0 } }
        #expect(found.output == expected)
        #expect(found.parameters.values.allSatisfy { $0.allSatisfy { $0 == 0 } })
        #expect(found.statistics.isEmpty)
    }

    @Test func droppedElementsAreZeroAndKeptOnesGrow() throws {
        var net = GraphBuilder("drop", inputChannels: 2)
        let samples = net.dropout("samples", net.input, 0.75, dropsSamples: true)
        let output = net.dropout("elements", samples, 0.5)
        let graph = try net.graph(output: output)
        let masks = ["samples": [true, false], "elements": [true, false, true, true]]
        let found = try ReferenceEngine.differentiate(
            graph, parameters: [:], input: [1, 2, 3, 4], shape: [2, 2, 1, 1], mode: .init(masks: masks)
        ) { _ in [1, 1, 1, 1] }
        #expect(found.output == [8, 0, 0, 0])
        #expect(found.input == [8, 0, 0, 0])
    }

    @Test(
        "a mode that does not fit is refused",
        arguments: [
            (ReferenceEngine.TrainingMode(batchNorms: ["conv"]), "no such batch norm"),
            (.init(masks: ["bn": [true]]), "no such batch norm"), (.init(masks: ["d": [true]]), "1 elements"),
            (.init(batchNorms: ["bn"]), "single value"),
        ] as [(ReferenceEngine.TrainingMode, String)])
    func modesThatDoNotFit(mode: ReferenceEngine.TrainingMode, message: String) throws {
        var net = GraphBuilder("small", inputChannels: 3)
        let x = net.batchNorm("bn", net.convolution("conv", net.input, channels: 2, kernel: 1))
        let output = net.dropout("d", x, 0.5)
        let graph = try net.graph(output: output)
        let error = #expect(throws: EngineError.self) {
            try ReferenceEngine.differentiate(
                graph, parameters: Seeded.parameters(of: graph), input: [1, 2, 3], shape: [1, 3, 1, 1], mode: mode
            ) { $0 }
        }
        #expect(error?.code == .wrongInput)
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test func aGradientOfTheWrongLengthIsRefused() throws {
        let net = GraphBuilder("nothing", inputChannels: 1)
        let graph = try net.graph(output: net.input)
        #expect(throws: EngineError.self) {
            try ReferenceEngine.differentiate(graph, parameters: [:], input: [1], shape: [1, 1, 1, 1]) { _ in [] }
        }
    }
}
