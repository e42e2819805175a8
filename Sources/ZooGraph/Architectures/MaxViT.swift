import ZooTensor

/// MaxViT: inverted residual blocks, each followed by attention within blocks of neighbouring pixels and within a grid of
/// distant ones.
///
/// Source: torchvision's `models/maxvit.py`; Tu et al., *MaxViT: Multi-Axis Vision Transformer*.
struct MaxViT {
    /// The channels of the first convolutions.
    let stem: Int
    /// The channels and layers of every block; the first layer of each halves the image.
    let widths: [Int]
    let layers: [Int]
    /// The side of blocks and grids, and the channels of a head.
    let partition: Int
    let headWidth: Int
    /// How likely the last layer's parts are skipped while training; those of earlier ones less.
    var skipping = 0.0

    private static let epsilon = 1e-5
    private static let batchNormEpsilon = 1e-3
    private static let momentum = 0.01

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        var x = net.convolutionNorm(
            "stem.0", net.input, channels: stem, kernel: 3, stride: 2, epsilon: Self.batchNormEpsilon,
            momentum: Self.momentum, .gelu)
        x = net.convolution("stem.1.0", x, channels: stem, kernel: 3, padding: 1, bias: true)
        var index = 0
        for (block, (width, count)) in zip(widths, layers).enumerated() {
            for layer in 0..<count {
                let name = "blocks.\(block).layers.\(layer).layers"
                let skipping = skipping * Double(index) / Double(max(1, layers.reduce(0, +) - 1))
                x = inverted("\(name).MBconv", x, width, stride: layer == 0 ? 2 : 1, skipping, to: &net)
                x = attention("\(name).window_attention", x, .block, skipping, to: &net)
                x = attention("\(name).grid_attention", x, .grid, skipping, to: &net)
                index += 1
            }
        }
        x = net.channelNorm("classifier.2", net.globalAveragePool(x), epsilon: Self.epsilon)
        x = net.activation(.tanh, net.linear("classifier.3", net.flatten(x), outputs: x.channels))
        x = net.linear("classifier.5", x, outputs: classes, bias: false)
        return try net.graph(output: x, head: "classifier.5")
    }

    private func inverted(
        _ name: String, _ x: GraphBuilder.Value, _ width: Int, stride: Int, _ skipping: Double,
        to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        let (hidden, epsilon, momentum) = (4 * width, Self.batchNormEpsilon, Self.momentum)
        var shortcut = x
        if stride > 1 {
            shortcut = net.averagePool(
                "\(name).proj.0", x, kernel: 3, stride: Extent(stride, stride), padding: 1)
            shortcut = net.convolution("\(name).proj.1", shortcut, channels: width, kernel: 1, bias: true)
        }
        var y = net.batchNorm("\(name).layers.pre_norm", x, epsilon: epsilon, momentum: momentum)
        y = net.convolutionNorm(
            "\(name).layers.conv_a", y, channels: hidden, epsilon: epsilon, momentum: momentum, .gelu)
        y = net.convolutionNorm(
            "\(name).layers.conv_b", y, channels: hidden, kernel: 3, stride: stride, groups: hidden, epsilon: epsilon,
            momentum: momentum, .gelu)
        y = net.squeezeExcitation("\(name).layers.squeeze_excitation", y, squeezed: width / 4, .silu)
        y = net.convolution("\(name).layers.conv_c", y, channels: width, kernel: 1, bias: true)
        return net.add(net.dropout("\(name).stochastic_depth", y, skipping, dropsSamples: true), shortcut)
    }

    private func attention(
        _ name: String, _ x: GraphBuilder.Value, _ kind: WindowGrid.Kind, _ skipping: Double,
        to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        let grid = WindowGrid(window: Extent(partition, partition), kind)
        let heads = x.channels / headWidth
        let relative = RelativePositions(window: grid.window, hasSquareIndex: true)
        let (layer, table) = ("\(name).attn_layer.1", relative.table)

        let windows = net.windows(x, grid)
        var y = net.channelNorm("\(name).attn_layer.0", windows, epsilon: Self.epsilon)
        var positions = net.learntMap(
            layer, LearntMap("relative_position_bias_table", [table.height * table.width, heads], size: table))
        positions = net.append(layer, .relativePositions(relative), [positions], channels: heads)
        y = net.pixelLinear("\(layer).to_qkv", y, outputs: 3 * x.channels)
        // torchvision divides by the root of all channels, not of a head's.
        y = net.attention(y, heads: heads, scale: 1 / Double(x.channels).squareRoot(), positions: positions)
        y = net.pixelLinear("\(layer).merge", y, outputs: x.channels)
        let sum = net.add(net.dropout("\(name).stochastic_dropout", y, skipping, dropsSamples: true), windows)
        y = net.channelNorm("\(name).mlp_layer.0", sum, epsilon: Self.epsilon)
        y = net.perceptron("\(name).mlp_layer", y, hidden: 4 * x.channels, layers: (1, 3))
        y = net.dropout("\(name).stochastic_dropout", y, skipping, dropsSamples: true)
        return net.image(net.add(y, sum), grid, like: x)
    }
}

extension Architecture {
    static let maxViT = Family(
        names: ["maxvit_t"],
        graph: { name, classes throws(GraphError) in
            let network = MaxViT(
                stem: 64, widths: [64, 128, 256, 512], layers: [2, 2, 5, 2], partition: 7, headWidth: 32,
                skipping: 0.2)
            return name == "maxvit_t" ? try network.graph(name: name, classes: classes) : nil
        },
        head: "classifier.5")
}
