/// MobileNet V3, small and large: inverted residual blocks with squeeze and excitation and hard swish.
///
/// Source: torchvision's `models/mobilenetv3.py`; Howard et al., *Searching for MobileNetV3*, tables 1 and 2.
struct MobileNetV3 {
    /// An inverted residual block.
    struct Block {
        let kernel, expanded, channels: Int
        let squeezes: Bool
        let function: Activation
        let stride: Int

        init(_ kernel: Int, _ expanded: Int, _ channels: Int, _ squeezes: Bool, _ function: Activation, _ stride: Int) {
            (self.kernel, self.expanded, self.channels) = (kernel, expanded, channels)
            (self.squeezes, self.function, self.stride) = (squeezes, function, stride)
        }
    }

    let blocks: [Block]
    /// The outputs of the hidden linear layer.
    let hidden: Int

    static let large = MobileNetV3(
        blocks: [
            Block(3, 16, 16, false, .relu, 1), Block(3, 64, 24, false, .relu, 2), Block(3, 72, 24, false, .relu, 1),
            Block(5, 72, 40, true, .relu, 2), Block(5, 120, 40, true, .relu, 1), Block(5, 120, 40, true, .relu, 1),
            Block(3, 240, 80, false, .hardSwish, 2), Block(3, 200, 80, false, .hardSwish, 1),
            Block(3, 184, 80, false, .hardSwish, 1), Block(3, 184, 80, false, .hardSwish, 1),
            Block(3, 480, 112, true, .hardSwish, 1), Block(3, 672, 112, true, .hardSwish, 1),
            Block(5, 672, 160, true, .hardSwish, 2), Block(5, 960, 160, true, .hardSwish, 1),
            Block(5, 960, 160, true, .hardSwish, 1),
        ], hidden: 1280)
    static let small = MobileNetV3(
        blocks: [
            Block(3, 16, 16, true, .relu, 2), Block(3, 72, 24, false, .relu, 2), Block(3, 88, 24, false, .relu, 1),
            Block(5, 96, 40, true, .hardSwish, 2), Block(5, 240, 40, true, .hardSwish, 1),
            Block(5, 240, 40, true, .hardSwish, 1), Block(5, 120, 48, true, .hardSwish, 1),
            Block(5, 144, 48, true, .hardSwish, 1), Block(5, 288, 96, true, .hardSwish, 2),
            Block(5, 576, 96, true, .hardSwish, 1), Block(5, 576, 96, true, .hardSwish, 1),
        ], hidden: 1024)

    private static let epsilon = 0.001
    private static let momentum = 0.01

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        var x = net.convolutionNorm(
            "features.0", net.input, channels: 16, kernel: 3, stride: 2, epsilon: Self.epsilon, momentum: Self.momentum,
            .hardSwish)
        for (index, block) in blocks.enumerated() {
            x = append("features.\(index + 1).block", x, block, to: &net)
        }
        x = net.convolutionNorm(
            "features.\(blocks.count + 1)", x, channels: 6 * x.channels, epsilon: Self.epsilon, momentum: Self.momentum,
            .hardSwish)
        x = net.flatten(net.globalAveragePool(x))
        x = net.activation(.hardSwish, net.linear("classifier.0", x, outputs: hidden))
        x = net.dropout("classifier.2", x, 0.2)
        x = net.linear("classifier.3", x, outputs: classes)
        return try net.graph(output: x, head: "classifier.3")
    }

    private func append(
        _ name: String, _ x: GraphBuilder.Value, _ block: Block, to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        var y = x
        var index = 0
        if block.expanded != x.channels {
            y = net.convolutionNorm(
                "\(name).0", y, channels: block.expanded, epsilon: Self.epsilon, momentum: Self.momentum, block.function
            )
            index += 1
        }
        y = net.convolutionNorm(
            "\(name).\(index)", y, channels: block.expanded, kernel: block.kernel, stride: block.stride,
            groups: block.expanded, epsilon: Self.epsilon, momentum: Self.momentum, block.function)
        index += 1
        if block.squeezes {
            let squeezed = ChannelRounding.multiple(of: 8, nearest: Double(block.expanded / 4))
            y = net.squeezeExcitation("\(name).\(index)", y, squeezed: squeezed, .relu, .hardSigmoid)
            index += 1
        }
        y = net.convolutionNorm(
            "\(name).\(index)", y, channels: block.channels, epsilon: Self.epsilon, momentum: Self.momentum, nil)
        return block.stride == 1 && x.channels == block.channels ? net.add(y, x) : y
    }
}

extension Architecture {
    static let mobileNetV3s = Family(
        names: ["mobilenet_v3_small", "mobilenet_v3_large"],
        graph: { name, classes throws(GraphError) in
            switch name {
            case "mobilenet_v3_small": try MobileNetV3.small.graph(name: name, classes: classes)
            case "mobilenet_v3_large": try MobileNetV3.large.graph(name: name, classes: classes)
            default: nil
            }
        },
        head: "classifier.3")
}
