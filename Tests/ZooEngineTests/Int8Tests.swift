import Testing
import ZooTensor

@testable import ZooEngine
@testable import ZooGraph

/// Networks that compute with 8-bit integers.
///
/// Without instructions for their products oneDNN sums pairs of them in 16 bits, which may be cut off.
@Suite(
    .enabled(if: (try? Int8Calibration.isNative()) == true, "the processor has no instructions for 8-bit integers"))
struct Int8Tests {
    /// What came of a network with integers, and what should have.
    private struct Comparison {
        let found: [Float]
        let emulated: [Double]
        let exact: [Double]
        let calibration: Int8Calibration
        let slowLayers: [String]
    }

    private func compare(
        _ graph: Graph, batch: Int = 2, side: Int, layers: Set<String>? = nil, rule: LimitRule = .largest
    ) throws -> Comparison {
        let parameters = Seeded.parameters(of: graph)
        let shape: Shape = [batch, graph.inputChannels, side, side]
        let images = Seeded.values("images", shape)
        let calibrator = try Int8Calibrator(graph: graph, parameters: parameters)
        for pass in Int8Calibrator.Pass.allCases {
            calibrator.begin(pass)
            try calibrator.observe(images.span, count: batch, height: side, width: side)
        }
        let calibration = try calibrator.calibration(layers: layers, rule)
        let plan = try InferencePlan(
            graph: graph, parameters: parameters, batchSize: batch, height: side, width: side,
            options: EngineOptions(calibration: calibration))
        _ = try plan.run(images, count: batch)
        let input = images.map { Double($0) }
        return Comparison(
            found: try plan.run(images, count: batch),
            emulated: try IntegerEmulation(graph: graph, parameters: parameters, calibration: calibration)
                .run(input, shape: shape),
            exact: try ReferenceEngine.run(graph, parameters: parameters, input: input, shape: shape),
            calibration: calibration, slowLayers: plan.slowLayers)
    }

    /// One layer of each kind, whose source is rounded and whose result is not.
    @Test(
        "a layer gives what its integers give",
        arguments: [
            ("3×3", 16, 24, Extent(3, 3), 1, 1), ("stride", 16, 16, Extent(3, 3), 2, 1),
            ("1×1", 24, 40, Extent(1, 1), 1, 1), ("images", 3, 16, Extent(7, 7), 2, 1),
            ("grouped", 32, 32, Extent(3, 3), 1, 2), ("depthwise", 32, 32, Extent(3, 3), 1, 32),
            ("odd", 10, 6, Extent(3, 1), 1, 1),
        ])
    func layers(
        name: String, channels: Int, outputs: Int, kernel: Extent, stride: Int, groups: Int
    ) throws {
        for bias in [false, true] {
            var net = GraphBuilder(name, inputChannels: channels)
            let x = net.convolution(
                "conv", net.input, channels: outputs, kernel: kernel, stride: Extent(stride, stride),
                padding: Extent(kernel.height / 2, kernel.width / 2), groups: groups, bias: bias)
            let result = try compare(net.graph(output: x), side: 11)
            #expect(result.calibration.layers == ["conv"])
            let difference = Difference(result.found, result.emulated)
            #expect(difference.relative < 1e-5, "bias \(bias): \(difference)")
            // The integers were used: their rounding shows.
            #expect(Difference(result.found, result.exact).relative > 1e-4)
        }
    }

    @Test(
        "every activation follows integers",
        arguments: [
            Activation.relu, .leakyRelu(slope: 0.1), .relu6, .sigmoid, .hardSigmoid, .silu, .hardSwish, .gelu, .tanh,
        ])
    func activations(function: Activation) throws {
        var net = GraphBuilder("activation", inputChannels: 16)
        var x = net.convolution("conv1", net.input, channels: 16, kernel: 3, padding: 1)
        x = net.activation(function, net.batchNorm("bn", x))
        x = net.convolution("conv2", x, channels: 8, kernel: 1)
        let result = try compare(net.graph(output: x), side: 9)
        let difference = Difference(result.found, result.emulated)
        // An integer more or less where float32 and float64 round to different sides.
        #expect(difference.relative < 5e-3, "\(difference)")
        #expect(Difference(result.found, result.exact).relative > 1e-3)
    }

    @Test("sums take both summands as integers, whatever their signs", arguments: [false, true])
    func sums(isPositive: Bool) throws {
        var net = GraphBuilder("sum", inputChannels: 16)
        let first = net.convolution("conv1", net.input, channels: 16, kernel: 3, padding: 1)
        let x = isPositive ? net.relu(first) : first
        let y = net.convolution("conv2", x, channels: 16, kernel: 3, padding: 1)
        let z = net.convolution("conv3", net.relu(net.add(y, x)), channels: 8, kernel: 1)
        let result = try compare(net.graph(output: z), side: 9)
        let difference = Difference(result.found, result.emulated)
        #expect(difference.relative < 5e-3, "\(difference)")
    }

    @Test(
        "networks give about what their integers give",
        arguments: [
            ("resnet", 32), ("cifar", 16), ("mobilenet", 32), ("inverted", 12), ("joined", 12), ("hidden", 8),
        ])
    func networks(name: String, side: Int) throws {
        let result = try compare(network(name), side: side)
        #expect(
            Difference(result.found, result.emulated).relative < 0.03, "\(Difference(result.found, result.emulated))")
        #expect(Difference(result.found, result.exact).relative < 0.3, "\(Difference(result.found, result.exact))")
        #expect(result.slowLayers == [])
    }

    private func network(_ name: String) throws -> Graph {
        switch name {
        case "resnet":
            return try ResNet(block: .bottleneck, blocks: [1, 1, 1, 1], width: 8).graph(name: name, classes: 6)
        case "cifar": return try CIFARResNet(blocks: 1, width: 16).graph(name: name, classes: 4)
        case "mobilenet": return try MobileNetV1.graph(name: name, classes: 4)
        default: break
        }
        var net = GraphBuilder(name)
        var x = net.convolutionNorm("stem", net.input, channels: 16, kernel: 3)
        switch name {
        case "inverted":
            // A residual block whose inside is wide, without an activation behind its sum.
            var y = net.convolutionNorm("expand", x, channels: 48, .relu6)
            y = net.convolutionNorm("depth", y, channels: 48, kernel: 3, groups: 48, .relu6)
            y = net.convolutionNorm("project", y, channels: 16, nil)
            x = net.add(y, x)
            x = net.convolutionNorm("last", x, channels: 32)
        case "joined":
            // Joined channels and a largest value have the integers of what they come from.
            let left = net.convolutionNorm("left", x, channels: 24)
            let right = net.convolutionNorm("right", x, channels: 8, kernel: 3)
            x = net.concat("joined", [left, right])
            x = net.maxPool(x, kernel: 3, stride: 2)
            x = net.convolutionNorm("last", x, channels: 16)
        default:
            // A hidden linear layer on an image.
            x = net.flatten(net.maxPool(x, kernel: 2, stride: 2), features: 256)
            x = net.relu(net.linear("hidden", x, outputs: 32))
            x = net.linear("fc", x, outputs: 4)
            return try net.graph(output: x)
        }
        x = net.flatten(net.globalAveragePool(x))
        x = net.linear("fc", x, outputs: 4)
        return try net.graph(output: x)
    }

    @Test("any graph runs as its integers say", arguments: 0..<60)
    func random(seed: Int) throws {
        let graph = try RandomGraphTests.graph(seed)
        let result = try compare(graph, batch: 1 + seed % 3, side: 7 + seed % 4)
        let difference = Difference(result.found, result.emulated)
        #expect(difference.relative < 0.03, "\(difference)")
    }

    @Test("a layer that is kept is not rounded")
    func keptLayers() throws {
        var net = GraphBuilder("kept", inputChannels: 16)
        var x = net.relu(net.convolution("conv1", net.input, channels: 16, kernel: 3, padding: 1))
        x = net.convolution("conv2", x, channels: 8, kernel: 1)
        let graph = try net.graph(output: x)
        let none = try compare(graph, side: 9, layers: [])
        #expect(Difference(none.found, none.exact).relative < 1e-5)
        let one = try compare(graph, side: 9, layers: ["conv2"])
        #expect(Difference(one.found, one.emulated).relative < 1e-5)
        #expect(Difference(one.found, one.exact).relative > 1e-4)
    }

    @Test("the least error cuts off what is rare")
    func limits() {
        var seen = ValueSurvey.Magnitudes()
        seen.largest = 10
        seen.counts = Array(repeating: 0, count: ValueSurvey.binCount)
        for bin in 0..<204 { seen.counts[bin] = 1000 }
        seen.counts[ValueSurvey.binCount - 1] = 1
        #expect(LimitRule.largest.limit(seen, isSigned: true) == 10)
        let limit = LimitRule.leastError.limit(seen, isSigned: true)
        #expect(limit < 10)
        #expect(seen.squaredError(limit: limit, isSigned: true) < seen.squaredError(limit: 10, isSigned: true))
        // Twice the steps: a quarter of the error.
        let ratio = seen.squaredError(limit: 10, isSigned: true) / seen.squaredError(limit: 10, isSigned: false)
        #expect(3...5 ~= ratio)
    }

    @Test("weights that no integers can stand for are refused")
    func nonfinite() throws {
        var net = GraphBuilder("infinite", inputChannels: 4)
        let x = net.convolution("conv", net.input, channels: 4, kernel: 1)
        let graph = try net.graph(output: x)
        var parameters = Seeded.parameters(of: graph)
        parameters["conv.weight"] = Tensor([Float](repeating: .infinity, count: 16), shape: [4, 4, 1, 1])
        let calibrator = try Int8Calibrator(graph: graph, parameters: parameters)
        let images = Seeded.values("images", [1, 4, 3, 3])
        try calibrator.observe(images.span, count: 1, height: 3, width: 3)
        let error = #expect(throws: EngineError.self) { try calibrator.results() }
        #expect(error?.code == .wrongInput)
        #expect(error?.description.contains("conv") == true)
    }
}
