/// ConvNeXt: blocks of a depthwise 7×7 convolution and two linear layers on every pixel, with layer norm.
///
/// Source: torchvision's `models/convnext.py`; Liu et al., *A ConvNet for the 2020s*.
struct ConvNeXt {
    /// How many blocks each stage has.
    let blocks: [Int]
    /// The channels of every stage.
    let widths: [Int]
    /// How likely the last block is skipped while training; earlier ones less, in proportion to their index.
    var skipping = 0.0

    private static let epsilon = 1e-6

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        var x = net.convolution(
            "features.0.0", net.input, channels: widths[0], kernel: 4, stride: 4, bias: true)
        x = net.channelNorm("features.0.1", x, epsilon: Self.epsilon)
        var skippings = skippings
        for (stage, (count, width)) in zip(blocks, widths).enumerated() {
            if stage > 0 {
                let name = "features.\(2 * stage)"
                x = net.channelNorm("\(name).0", x, epsilon: Self.epsilon)
                x = net.convolution("\(name).1", x, channels: width, kernel: 2, stride: 2, bias: true)
            }
            for block in 0..<count {
                x = append("features.\(2 * stage + 1).\(block)", x, skipping: skippings.removeFirst(), to: &net)
            }
        }
        x = net.channelNorm("classifier.0", net.globalAveragePool(x), epsilon: Self.epsilon)
        x = net.linear("classifier.2", net.flatten(x), outputs: classes)
        return try net.graph(output: x, head: "classifier.2")
    }

    /// The probability of every block to be skipped: from 0 for the first to ``skipping`` for the last.
    private var skippings: [Double] {
        let count = blocks.reduce(0, +)
        return (0..<count).map { skipping * Double($0) / max(1, Double(count) - 1) }
    }

    private func append(
        _ name: String, _ x: GraphBuilder.Value, skipping: Double, to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        // PyTorch lists a module's own parameters before those of its parts.
        let scale = net.append(
            name, .channelFactors(ChannelFactors(parameter: "layer_scale", channels: x.channels)), [],
            channels: x.channels)
        var y = net.convolution(
            "\(name).block.0", x, channels: x.channels, kernel: 7, padding: 3, groups: x.channels, bias: true)
        y = net.channelNorm("\(name).block.2", y, epsilon: Self.epsilon)
        y = net.activation(.gelu, net.pixelLinear("\(name).block.3", y, outputs: 4 * x.channels))
        y = net.pixelLinear("\(name).block.5", y, outputs: x.channels)
        y = net.dropout("\(name).stochastic_depth", net.multiply(y, scale), skipping, dropsSamples: true)
        return net.add(y, x)
    }
}

extension Architecture {
    private static let convNeXtTable: [(name: String, network: ConvNeXt)] = [
        ("convnext_tiny", ConvNeXt(blocks: [3, 3, 9, 3], widths: [96, 192, 384, 768], skipping: 0.1)),
        ("convnext_small", ConvNeXt(blocks: [3, 3, 27, 3], widths: [96, 192, 384, 768], skipping: 0.4)),
        ("convnext_base", ConvNeXt(blocks: [3, 3, 27, 3], widths: [128, 256, 512, 1024], skipping: 0.5)),
        ("convnext_large", ConvNeXt(blocks: [3, 3, 27, 3], widths: [192, 384, 768, 1536], skipping: 0.5)),
    ]

    static let convNeXts = Family(
        names: convNeXtTable.map(\.name),
        graph: { name, classes throws(GraphError) in
            try convNeXtTable.first { $0.name == name }?.network.graph(name: name, classes: classes)
        },
        head: "classifier.2")
}
