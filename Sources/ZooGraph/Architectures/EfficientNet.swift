/// EfficientNet B0–B7 and V2: inverted residual blocks with SiLU; squeeze and excitation in all but the fused ones.
///
/// Source: torchvision's `models/efficientnet.py`; Tan and Le, *EfficientNet*, table 1, and *EfficientNetV2*, table 4.
struct EfficientNet {
    /// A run of blocks.
    struct Stage {
        /// Whether the expanding 1×1 and the depthwise convolution are one plain convolution.
        var isFused = false
        let expansion, kernel, stride, channels, blocks: Int

        init(_ expansion: Int, _ kernel: Int, _ stride: Int, _ channels: Int, _ blocks: Int) {
            (self.expansion, self.kernel, self.stride) = (expansion, kernel, stride)
            (self.channels, self.blocks) = (channels, blocks)
        }

        static func fused(_ expansion: Int, _ stride: Int, _ channels: Int, _ blocks: Int) -> Stage {
            var stage = Stage(expansion, 3, stride, channels, blocks)
            stage.isFused = true
            return stage
        }
    }

    /// The channels of the first convolution.
    let stem: Int
    let stages: [Stage]
    /// The channels of the last convolution; four times as many as it takes where it is `nil`.
    var last: Int?
    var epsilon = 1e-5
    var momentum = 0.1
    /// How likely the output layer's inputs are dropped while training.
    var dropout = 0.2
    /// How likely a block after the last would be skipped while training; blocks less, in proportion to their index.
    static let skipping = 0.2

    /// B0 with more channels and more blocks.
    static func b(
        width: Double, depth: Double, dropout: Double, epsilon: Double = 1e-5, momentum: Double = 0.1
    ) -> EfficientNet {
        let base = [
            Stage(1, 3, 1, 16, 1), Stage(6, 3, 2, 24, 2), Stage(6, 5, 2, 40, 2), Stage(6, 3, 2, 80, 3),
            Stage(6, 5, 1, 112, 3), Stage(6, 5, 2, 192, 4), Stage(6, 3, 1, 320, 1),
        ]
        func scaled(_ channels: Int) -> Int { ChannelRounding.multiple(of: 8, nearest: Double(channels) * width) }
        return EfficientNet(
            stem: scaled(32),
            stages: base.map {
                Stage(
                    $0.expansion, $0.kernel, $0.stride, scaled($0.channels),
                    Int((Double($0.blocks) * depth).rounded(.up)))
            }, epsilon: epsilon, momentum: momentum, dropout: dropout)
    }

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        var x = net.convolutionNorm(
            "features.0", net.input, channels: stem, kernel: 3, stride: 2, epsilon: epsilon, momentum: momentum, .silu)
        let blockCount = stages.reduce(0) { $0 + $1.blocks }
        var number = 0
        for (index, stage) in stages.enumerated() {
            for block in 0..<stage.blocks {
                let name = "features.\(index + 1).\(block)"
                let stride = block == 0 ? stage.stride : 1
                let y =
                    stage.isFused
                    ? fused("\(name).block", x, stage, stride: stride, to: &net)
                    : inverted("\(name).block", x, stage, stride: stride, to: &net)
                if stride == 1 && x.channels == stage.channels {
                    let skipping = Self.skipping * Double(number) / Double(blockCount)
                    x = net.add(net.dropout("\(name).stochastic_depth", y, skipping, dropsSamples: true), x)
                } else {
                    x = y
                }
                number += 1
            }
        }
        x = net.convolutionNorm(
            "features.\(stages.count + 1)", x, channels: last ?? 4 * x.channels, epsilon: epsilon, momentum: momentum,
            .silu)
        x = net.flatten(net.globalAveragePool(x))
        x = net.dropout("classifier.0", x, dropout)
        x = net.linear("classifier.1", x, outputs: classes)
        return try net.graph(output: x, head: "classifier.1")
    }

    private func inverted(
        _ name: String, _ x: GraphBuilder.Value, _ stage: Stage, stride: Int, to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        let expanded = ChannelRounding.multiple(of: 8, nearest: Double(x.channels * stage.expansion))
        var y = x
        var index = 0
        if expanded != x.channels {
            y = net.convolutionNorm("\(name).0", y, channels: expanded, epsilon: epsilon, momentum: momentum, .silu)
            index = 1
        }
        y = net.convolutionNorm(
            "\(name).\(index)", y, channels: expanded, kernel: stage.kernel, stride: stride, groups: expanded,
            epsilon: epsilon, momentum: momentum, .silu)
        y = net.squeezeExcitation("\(name).\(index + 1)", y, squeezed: max(1, x.channels / 4), .silu)
        return net.convolutionNorm(
            "\(name).\(index + 2)", y, channels: stage.channels, epsilon: epsilon, momentum: momentum, nil)
    }

    private func fused(
        _ name: String, _ x: GraphBuilder.Value, _ stage: Stage, stride: Int, to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        let expanded = ChannelRounding.multiple(of: 8, nearest: Double(x.channels * stage.expansion))
        let isExpanding = expanded != x.channels
        let y = net.convolutionNorm(
            "\(name).0", x, channels: isExpanding ? expanded : stage.channels, kernel: stage.kernel, stride: stride,
            epsilon: epsilon, momentum: momentum, .silu)
        guard isExpanding else { return y }
        return net.convolutionNorm("\(name).1", y, channels: stage.channels, epsilon: epsilon, momentum: momentum, nil)
    }
}

extension Architecture {
    private static let efficientNetTable: [(name: String, network: EfficientNet)] = [
        ("efficientnet_b0", .b(width: 1, depth: 1, dropout: 0.2)),
        ("efficientnet_b1", .b(width: 1, depth: 1.1, dropout: 0.2)),
        ("efficientnet_b2", .b(width: 1.1, depth: 1.2, dropout: 0.3)),
        ("efficientnet_b3", .b(width: 1.2, depth: 1.4, dropout: 0.3)),
        ("efficientnet_b4", .b(width: 1.4, depth: 1.8, dropout: 0.4)),
        ("efficientnet_b5", .b(width: 1.6, depth: 2.2, dropout: 0.4, epsilon: 0.001, momentum: 0.01)),
        ("efficientnet_b6", .b(width: 1.8, depth: 2.6, dropout: 0.5, epsilon: 0.001, momentum: 0.01)),
        ("efficientnet_b7", .b(width: 2, depth: 3.1, dropout: 0.5, epsilon: 0.001, momentum: 0.01)),
        (
            "efficientnet_v2_s",
            EfficientNet(
                stem: 24,
                stages: [
                    .fused(1, 1, 24, 2), .fused(4, 2, 48, 4), .fused(4, 2, 64, 4), .init(4, 3, 2, 128, 6),
                    .init(6, 3, 1, 160, 9), .init(6, 3, 2, 256, 15),
                ], last: 1280, epsilon: 0.001, dropout: 0.2)
        ),
        (
            "efficientnet_v2_m",
            EfficientNet(
                stem: 24,
                stages: [
                    .fused(1, 1, 24, 3), .fused(4, 2, 48, 5), .fused(4, 2, 80, 5), .init(4, 3, 2, 160, 7),
                    .init(6, 3, 1, 176, 14), .init(6, 3, 2, 304, 18), .init(6, 3, 1, 512, 5),
                ], last: 1280, epsilon: 0.001, dropout: 0.3)
        ),
        (
            "efficientnet_v2_l",
            EfficientNet(
                stem: 32,
                stages: [
                    .fused(1, 1, 32, 4), .fused(4, 2, 64, 7), .fused(4, 2, 96, 7), .init(4, 3, 2, 192, 10),
                    .init(6, 3, 1, 224, 19), .init(6, 3, 2, 384, 25), .init(6, 3, 1, 640, 7),
                ], last: 1280, epsilon: 0.001, dropout: 0.4)
        ),
    ]

    static let efficientNets = Family(
        names: efficientNetTable.map(\.name),
        graph: { name, classes throws(GraphError) in
            try efficientNetTable.first { $0.name == name }?.network.graph(name: name, classes: classes)
        },
        head: "classifier.1")
}
