import TestSupport
import Testing
import ZooEngine
import ZooGraph
import ZooTensor

/// Every operation by itself: oneDNN against plain loops in float64.
@Suite struct OperationTests {
    /// Sums of a few hundred float32 products.
    static let tolerance = 1e-5

    private func check(
        _ channels: Int, _ height: Int, _ width: Int, exact: Bool = true,
        _ build: (inout GraphBuilder) -> GraphBuilder.Value
    ) throws {
        var net = GraphBuilder("one layer", inputChannels: channels)
        let output = build(&net)
        let graph = try net.graph(output: output)
        for batch in [1, 5] {
            let difference = try graph.differenceFromReference(
                batch: batch, height: height, width: width,
                options: EngineOptions(threads: batch > 1 ? 2 : 1, exact: exact))
            #expect(difference.relative < Self.tolerance, "batch \(batch): \(difference)")
        }
    }

    struct ConvolutionCase: CustomTestStringConvertible {
        var input = 16, output = 16
        var kernel: Extent = 3, stride: Extent = 1, padding: Extent = 1, dilation: Extent = 1
        var groups = 1, bias = false
        var height = 9, width = 9
        var testDescription: String {
            "\(input)→\(output) k\(kernel) s\(stride) p\(padding) d\(dilation) g\(groups) \(height)×\(width)"
        }
    }

    static let convolutions = [
        ConvolutionCase(), ConvolutionCase(bias: true),
        ConvolutionCase(input: 3, output: 64, kernel: 7, stride: 2, padding: 3, height: 33, width: 20),
        ConvolutionCase(input: 3, output: 7, kernel: 3, stride: 2),
        ConvolutionCase(input: 5, output: 9, kernel: 1, padding: 0, bias: true),
        ConvolutionCase(input: 64, output: 32, kernel: 1, stride: 2, padding: 0, height: 7, width: 10),
        ConvolutionCase(input: 32, output: 32, height: 14, width: 5),
        ConvolutionCase(input: 17, output: 33, stride: Extent(2, 1), height: 8, width: 11),
        ConvolutionCase(input: 12, output: 8, kernel: Extent(1, 7), padding: Extent(0, 3)),
        ConvolutionCase(input: 16, output: 16, padding: 2, dilation: 2, height: 12),
        ConvolutionCase(input: 10, output: 6, stride: 2, padding: 3, dilation: 3, height: 15, width: 13),
        ConvolutionCase(input: 8, output: 8, groups: 8), ConvolutionCase(input: 32, output: 32, stride: 2, groups: 32),
        ConvolutionCase(input: 19, output: 19, kernel: 5, padding: 2, groups: 19, bias: true),
        ConvolutionCase(input: 8, output: 16, groups: 8), ConvolutionCase(input: 64, output: 64, groups: 4),
        ConvolutionCase(input: 12, output: 18, stride: 2, groups: 3, bias: true),
        ConvolutionCase(input: 1, output: 1, kernel: 1, padding: 0, height: 1, width: 1),
        ConvolutionCase(input: 16, output: 16, kernel: 3, padding: 1, height: 1, width: 1),
        ConvolutionCase(input: 32, output: 16, kernel: 4, stride: 4, padding: 0, height: 18, width: 17),
    ]

    @Test("convolution, direct and Winograd", arguments: convolutions.thinned(to: 8), [true, false])
    func convolution(_ layer: ConvolutionCase, exact: Bool) throws {
        try check(layer.input, layer.height, layer.width, exact: exact) { net in
            net.convolution(
                "c", net.input, channels: layer.output, kernel: layer.kernel, stride: layer.stride,
                padding: layer.padding, dilation: layer.dilation, groups: layer.groups, bias: layer.bias)
        }
    }

    @Test(arguments: [1, 3, 16, 24, 33])
    func batchNorm(channels: Int) throws {
        try check(channels, 5, 7) { $0.batchNorm("bn", $0.input) }
        try check(channels, 5, 7) { $0.batchNorm("bn", $0.input, epsilon: 0.1) }
    }

    @Test(
        arguments: [
            Activation.relu, .leakyRelu(slope: 0.1), .leakyRelu(slope: 0), .leakyRelu(slope: 1.5), .relu6, .sigmoid,
            .hardSigmoid, .silu, .hardSwish, .gelu,
        ])
    func activation(_ function: Activation) throws {
        try check(5, 4, 9) { $0.activation(function, $0.input) }
        try check(5, 4, 9) { net in
            net.activation(function, net.convolution("c", net.input, channels: 20, kernel: 3))
        }
        try check(5, 4, 9) { $0.activation(function, $0.add($0.input, $0.input)) }
        try check(5, 4, 9) { $0.activation(function, $0.batchNorm("bn", $0.input)) }
        try check(16, 4, 9) { $0.activation(function, $0.batchNorm("bn", $0.input)) }
        try check(16, 1, 1) { $0.activation(function, $0.linear("fc", $0.flatten($0.input), outputs: 20)) }
    }

    @Test(
        arguments: [
            (3, 2, 1, 16, false), (3, 2, 1, 5, true), (2, 2, 0, 24, false), (3, 3, 0, 1, true), (2, 3, 1, 8, true),
            (5, 1, 2, 3, false),
        ])
    func maxPool(kernel: Int, stride: Int, padding: Int, channels: Int, partial: Bool) throws {
        for (height, width) in [(12, 9), (7, 14)] {
            try check(channels, height, width) { net in
                let pool = MaxPool(
                    kernel: Extent(kernel, kernel), stride: Extent(stride, stride), padding: Extent(padding, padding),
                    countsPartial: partial)
                return net.append("p", .maxPool(pool), [net.input], channels: channels)
            }
        }
    }

    @Test(arguments: [(3, 2, 1, 16), (2, 2, 0, 5), (3, 1, 1, 33), (4, 3, 2, 8)], [true, false])
    func averagePool(window: (kernel: Int, stride: Int, padding: Int, channels: Int), countsPadding: Bool) throws {
        try check(window.channels, 11, 8) { net in
            let pool = AveragePool(
                kernel: Extent(window.kernel, window.kernel), stride: Extent(window.stride, window.stride),
                padding: Extent(window.padding, window.padding), countsPadding: countsPadding)
            return net.append("p", .averagePool(pool), [net.input], channels: window.channels)
        }
    }

    @Test(arguments: [(1, 1, 1), (16, 7, 7), (20, 3, 8), (64, 1, 5)])
    func globalAveragePool(channels: Int, height: Int, width: Int) throws {
        try check(channels, height, width) { $0.globalAveragePool($0.input) }
        try check(channels, height, width) { $0.flatten($0.globalAveragePool($0.input)) }
    }

    @Test(arguments: [true, false])
    func linearLayersTakePooledAndUnpooledImages(bias: Bool) throws {
        try check(20, 3, 5) { $0.linear("fc", $0.flatten($0.globalAveragePool($0.input)), outputs: 7, bias: bias) }
        try check(6, 3, 5) { net in
            let x = net.flatten(net.input, features: 6 * 3 * 5)
            return net.linear("fc2", net.relu(net.linear("fc1", x, outputs: 33, bias: bias)), outputs: 4)
        }
        // Flattening blocked channels must give PyTorch's order.
        try check(3, 6, 4) { net in
            let x = net.convolution("c", net.input, channels: 20, kernel: 3, padding: 1)
            return net.linear("fc", net.flatten(x, features: 20 * 6 * 4), outputs: 9, bias: bias)
        }
    }

    @Test func flattenedImagesAreInPyTorchsOrder() throws {
        try check(3, 6, 4) { net in
            net.flatten(net.convolution("c", net.input, channels: 20, kernel: 3, padding: 1), features: 20 * 6 * 4)
        }
    }

    @Test(arguments: [(16, 2, 8, 8, 8), (4, 2, 1, 7, 9), (3, 3, 5, 10, 11), (16, 1, 0, 3, 3)])
    func paddedShortcut(channels: Int, stride: Int, padding: Int, height: Int, width: Int) throws {
        try check(channels, height, width) { net in
            net.paddedShortcut("s", net.input, stride: stride, channelPadding: padding)
        }
    }

    @Test(arguments: [(7, 7, 7), (14, 21, 7), (3, 2, 7), (8, 9, 7), (13, 6, 6), (1, 1, 3)])
    func adaptiveAveragePool(height: Int, width: Int, size: Int) throws {
        for channels in [3, 16, 20] {
            try check(channels, height, width) { $0.adaptiveAveragePool($0.input, Extent(size, size)) }
        }
    }

    @Test("tensors are joined, whole blocks of channels or not", arguments: [[16, 32], [3, 5], [16, 8, 1], [20]])
    func concat(channels: [Int]) throws {
        try check(3, 6, 5) { net in
            let parts = channels.enumerated().map { index, count in
                net.convolution("c\(index)", net.input, channels: count, kernel: 3, padding: 1)
            }
            return net.concat("all", parts)
        }
        try check(16, 6, 5) { net in
            // What is joined is also read by others.
            let x = net.relu(net.convolution("a", net.input, channels: channels[0], kernel: 1))
            let both = net.concat("both", [x, net.input, x])
            return net.concat("more", [net.convolution("b", both, channels: 16, kernel: 3, padding: 1), both])
        }
    }

    @Test(arguments: [3, 16, 20])
    func channelsAreScaled(channels: Int) throws {
        try check(channels, 5, 6) { $0.squeezeExcitation("se", $0.input, squeezed: 4, .relu, .hardSigmoid) }
        try check(channels, 5, 6) { net in
            let x = net.convolution("c", net.input, channels: 24, kernel: 3, padding: 1)
            return net.add(net.squeezeExcitation("se", net.activation(.silu, x), squeezed: 6, .silu), x)
        }
        for isFused in [true, false] {
            try check(channels, 5, 6) { net in
                let factors = net.append(
                    "block", .channelFactors(ChannelFactors(parameter: "layer_scale", channels: channels)), [],
                    channels: channels)
                let x = isFused ? net.convolution("c", net.input, channels: channels, kernel: 1) : net.input
                return net.add(net.multiply(x, factors), net.input)
            }
        }
        try check(channels, 5, 6) { net in
            let numbers = (0..<channels).map { Double($0) / 4 - 1 }
            let affine = ChannelAffine(scale: numbers, shift: numbers.map { 1 - $0 })
            let x = net.append("t", .channelAffine(affine), [net.input], channels: channels)
            return net.convolution("c", x, channels: 8, kernel: 3, padding: 1)
        }
    }

    @Test(arguments: [(3, 5, 4), (16, 7, 7), (20, 1, 1), (96, 3, 5)])
    func channelNorm(channels: Int, height: Int, width: Int) throws {
        try check(channels, height, width) { $0.channelNorm("n", $0.input, epsilon: 1e-6) }
        try check(channels, height, width) { net in
            let x = net.channelNorm("n", net.convolution("c", net.input, channels: 24, kernel: 1), epsilon: 0.1)
            return net.activation(.gelu, net.pixelLinear("l", x, outputs: 9))
        }
    }

    @Test(arguments: [(4, 2), (12, 3), (48, 2), (116, 2)])
    func channelsAreSlicedAndShuffled(channels: Int, groups: Int) throws {
        let shuffle = Operation.channelShuffle(ChannelShuffle(groups: groups))
        let half = channels / 2
        let slices = [0, half].map { ChannelSlice(inputChannels: channels, first: $0, count: half) }
        try check(channels, 5, 4) { $0.append("s", shuffle, [$0.input], channels: channels) }
        try check(channels, 5, 4) { $0.append("s", .channelSlice(slices[1]), [$0.input], channels: half) }
        try check(3, 5, 4) { net in
            let x = net.convolution("c", net.input, channels: channels, kernel: 3, padding: 1)
            let left = net.append("l", .channelSlice(slices[0]), [x], channels: half)
            var right = net.append("r", .channelSlice(slices[1]), [x], channels: half)
            right = net.convolution("d", right, channels: half, kernel: 3, padding: 1, groups: half)
            return net.append("s", shuffle, [net.concat("both", [left, right])], channels: channels)
        }
    }

    @Test func auxiliaryBranchesAreNotComputed() throws {
        try check(3, 5, 4) { net in
            let x = net.convolution("c", net.input, channels: 8, kernel: 1)
            net.auxiliary("aux", x, [("fc", .linear(Linear(inputFeatures: 8, outputFeatures: 2)))])
            return net.relu(x)
        }
    }

    @Test func sumsOfAllKinds() throws {
        // Of the input with itself, of the input with a convolution, of two convolutions, of a sum with its operand.
        try check(6, 5, 5) { $0.add($0.input, $0.input) }
        try check(16, 5, 5) { net in
            net.relu(net.add(net.convolution("c", net.input, channels: 16, kernel: 3, padding: 1), net.input))
        }
        try check(3, 8, 8) { net in
            let x = net.convolution("a", net.input, channels: 16, kernel: 3, padding: 1)
            let y = net.convolution("b", net.input, channels: 16, kernel: 1)
            let sum = net.add(x, y)
            return net.relu(net.add(sum, net.relu(net.add(sum, y))))
        }
        try check(3, 8, 8) { net in
            let x = net.relu(net.convolution("a", net.input, channels: 16, kernel: 3, padding: 1))
            let y = net.convolution("b", x, channels: 16, kernel: 3, padding: 1)
            let z = net.add(y, x)
            return net.add(net.maxPool(z, kernel: 3, stride: 1, padding: 1), x)
        }
    }
}
