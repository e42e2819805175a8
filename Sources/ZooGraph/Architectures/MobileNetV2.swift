/// MobileNet V2: inverted residual blocks of an expanding 1×1, a depthwise 3×3 and a linear 1×1 convolution, ReLU6.
///
/// Source: torchvision's `models/mobilenetv2.py`; Sandler et al., *MobileNetV2*, table 2.
struct MobileNetV2 {
    /// Expansion, channels, number of blocks and stride of the first of them.
    static let stages: [(expansion: Int, channels: Int, blocks: Int, stride: Int)] = [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ]

    /// The number that all channels are multiplied by.
    var width = 1.0

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        var x = net.convolutionNorm("features.0", net.input, channels: scaled(32), kernel: 3, stride: 2, .relu6)
        var index = 1
        for stage in Self.stages {
            for block in 0..<stage.blocks {
                let stride = block == 0 ? stage.stride : 1
                let channels = scaled(stage.channels)
                x = append("features.\(index).conv", x, channels, stage.expansion, stride: stride, to: &net)
                index += 1
            }
        }
        let last = ChannelRounding.multiple(of: 8, nearest: 1280 * max(1, width))
        x = net.convolutionNorm("features.\(index)", x, channels: last, .relu6)
        x = net.flatten(net.globalAveragePool(x))
        x = net.dropout("classifier.0", x, 0.2)
        x = net.linear("classifier.1", x, outputs: classes)
        return try net.graph(output: x, head: "classifier.1")
    }

    private func scaled(_ channels: Int) -> Int {
        ChannelRounding.multiple(of: 8, nearest: Double(channels) * width)
    }

    private func append(
        _ name: String, _ x: GraphBuilder.Value, _ channels: Int, _ expansion: Int, stride: Int,
        to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        var y = x
        var index = 0
        if expansion != 1 {
            y = net.convolutionNorm("\(name).0", y, channels: x.channels * expansion, .relu6)
            index = 1
        }
        y = net.convolutionNorm(
            "\(name).\(index)", y, channels: y.channels, kernel: 3, stride: stride, groups: y.channels, .relu6)
        y = net.convolutionNorm(name, y, channels: channels, names: ("\(index + 1)", "\(index + 2)"), nil)
        return stride == 1 && x.channels == channels ? net.add(x, y) : y
    }
}

extension Architecture {
    static let mobileNetV2 = Family(
        names: ["mobilenet_v2"],
        graph: { name, classes throws(GraphError) in
            name == "mobilenet_v2" ? try MobileNetV2().graph(name: name, classes: classes) : nil
        },
        head: "classifier.1")
}
