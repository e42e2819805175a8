/// MNASNet B1 in four widths.
///
/// Source: torchvision's `models/mnasnet.py` (version 2); Tan et al., *MnasNet*.
struct MNASNet {
    /// Channels, kernel, stride of the first block, expansion and number of blocks.
    static let stages: [(channels: Int, kernel: Int, stride: Int, expansion: Int, blocks: Int)] = [
        (24, 3, 2, 3, 3), (40, 5, 2, 3, 3), (80, 5, 2, 6, 3), (96, 3, 1, 6, 2), (192, 5, 2, 6, 4), (320, 3, 1, 6, 1),
    ]

    /// The number that all channels are multiplied by.
    let width: Double
    private static let momentum = 1 - 0.9997

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        let stem = scaled(32)
        var x = net.convolutionNorm("layers", net.input, channels: stem, kernel: 3, stride: 2, momentum: Self.momentum)
        x = net.convolutionNorm(
            "layers", x, channels: stem, kernel: 3, groups: stem, momentum: Self.momentum, names: ("3", "4"))
        x = net.convolutionNorm("layers", x, channels: scaled(16), momentum: Self.momentum, names: ("6", "7"), nil)
        for (index, stage) in Self.stages.enumerated() {
            for block in 0..<stage.blocks {
                let name = "layers.\(index + 8).\(block).layers"
                let inner = x.channels * stage.expansion
                let stride = block == 0 ? stage.stride : 1
                var y = net.convolutionNorm(name, x, channels: inner, momentum: Self.momentum)
                y = net.convolutionNorm(
                    name, y, channels: inner, kernel: stage.kernel, stride: stride, groups: inner,
                    momentum: Self.momentum, names: ("3", "4"))
                y = net.convolutionNorm(
                    name, y, channels: scaled(stage.channels), momentum: Self.momentum, names: ("6", "7"), nil)
                x = block == 0 ? y : net.add(y, x)
            }
        }
        x = net.convolutionNorm("layers", x, channels: 1280, momentum: Self.momentum, names: ("14", "15"))
        x = net.flatten(net.globalAveragePool(x))
        x = net.dropout("classifier.0", x, 0.2)
        x = net.linear("classifier.1", x, outputs: classes)
        return try net.graph(output: x, head: "classifier.1")
    }

    private func scaled(_ channels: Int) -> Int {
        ChannelRounding.multiple(of: 8, nearest: Double(channels) * width)
    }
}

extension Architecture {
    private static let mnasNetWidths = [
        "mnasnet0_5": 0.5, "mnasnet0_75": 0.75, "mnasnet1_0": 1, "mnasnet1_3": 1.3,
    ]

    static let mnasNets = Family(
        names: mnasNetWidths.keys.sorted(),
        graph: { name, classes throws(GraphError) in
            try mnasNetWidths[name].map { width throws(GraphError) in
                try MNASNet(width: width).graph(name: name, classes: classes)
            }
        },
        head: "classifier.1")
}
