/// GoogLeNet with batch norm, as torchvision has it.
///
/// The checkpoints were trained on images normalised in another way; `transform_input`, which torchvision sets for them,
/// is part of the network here. Tensors of the two auxiliary heads are tolerated.
///
/// Source: torchvision's `models/googlenet.py`; Szegedy et al., *Going Deeper with Convolutions*, table 1.
struct GoogLeNet {
    /// The channels of an inception module's branches: 1×1; 3×3 after a reduction; "5×5" (which torchvision made 3×3)
    /// after a reduction; 1×1 after a pool.
    struct Module {
        let name: String
        let one, reduced3, three, reduced5, five, pooled: Int

        init(_ name: String, _ one: Int, _ reduced3: Int, _ three: Int, _ reduced5: Int, _ five: Int, _ pooled: Int) {
            (self.name, self.one, self.reduced3, self.three) = (name, one, reduced3, three)
            (self.reduced5, self.five, self.pooled) = (reduced5, five, pooled)
        }
    }

    /// The modules between the pools.
    static let stages = [
        [Module("3a", 64, 96, 128, 16, 32, 32), Module("3b", 128, 128, 192, 32, 96, 64)],
        [
            Module("4a", 192, 96, 208, 16, 48, 64), Module("4b", 160, 112, 224, 24, 64, 64),
            Module("4c", 128, 128, 256, 24, 64, 64), Module("4d", 112, 144, 288, 32, 64, 64),
            Module("4e", 256, 160, 320, 32, 128, 128),
        ],
        [Module("5a", 256, 160, 320, 32, 128, 128), Module("5b", 384, 192, 384, 48, 128, 128)],
    ]

    /// All channels are divided by it.
    var divisor = 1

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        var x = net.append(
            "transform_input", .channelAffine(.imageNetToInception), [net.input], channels: 3)
        x = convolution("conv1", x, 64, kernel: 7, stride: 2, to: &net)
        x = net.maxPool(x, kernel: 3, stride: 2, countsPartial: true)
        x = convolution("conv2", x, 64, to: &net)
        x = convolution("conv3", x, 192, kernel: 3, to: &net)
        var auxiliary: [(name: String, input: GraphBuilder.Value)] = []
        for (index, stage) in Self.stages.enumerated() {
            let side: Extent = index < 2 ? 3 : 2
            x = net.maxPool(x, kernel: side, stride: 2, countsPartial: true)
            for module in stage {
                x = append(module, x, to: &net)
                if module.name == "4a" { auxiliary.append(("aux1", x)) }
                if module.name == "4d" { auxiliary.append(("aux2", x)) }
            }
        }
        for (name, input) in auxiliary { net.auxiliary(name, input, Self.head(input.channels, classes)) }
        x = net.flatten(net.globalAveragePool(x))
        x = net.dropout("dropout", x, 0.2)
        x = net.linear("fc", x, outputs: classes)
        return try net.graph(output: x, head: "fc")
    }

    private func append(_ module: Module, _ x: GraphBuilder.Value, to net: inout GraphBuilder) -> GraphBuilder.Value {
        let name = "inception\(module.name)"
        let one = convolution("\(name).branch1", x, module.one, to: &net)
        var three = convolution("\(name).branch2.0", x, module.reduced3, to: &net)
        three = convolution("\(name).branch2.1", three, module.three, kernel: 3, to: &net)
        var five = convolution("\(name).branch3.0", x, module.reduced5, to: &net)
        five = convolution("\(name).branch3.1", five, module.five, kernel: 3, to: &net)
        var pooled = net.maxPool(x, kernel: 3, stride: 1, padding: 1, countsPartial: true)
        pooled = convolution("\(name).branch4.1", pooled, module.pooled, to: &net)
        return net.concat(name, [one, three, five, pooled])
    }

    private func convolution(
        _ name: String, _ x: GraphBuilder.Value, _ channels: Int, kernel: Int = 1, stride: Int = 1,
        to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        net.convolutionNorm(
            name, x, channels: channels / divisor, kernel: kernel, stride: stride, epsilon: 0.001,
            names: ("conv", "bn"))
    }

    private static func head(_ channels: Int, _ classes: Int) -> [(name: String, operation: Operation)] {
        [
            ("conv.conv", .convolution(Convolution(inputChannels: channels, outputChannels: 128, kernel: 1))),
            ("conv.bn", .batchNorm(BatchNorm(channels: 128))),
            ("fc1", .linear(Linear(inputFeatures: 2048, outputFeatures: 1024))),
            ("fc2", .linear(Linear(inputFeatures: 1024, outputFeatures: classes))),
        ]
    }
}

extension ChannelAffine {
    /// From ImageNet's mean and deviation to 0.5 for both, as the Inception networks were trained.
    static let imageNetToInception = ChannelAffine(
        scale: [0.229 / 0.5, 0.224 / 0.5, 0.225 / 0.5],
        shift: [(0.485 - 0.5) / 0.5, (0.456 - 0.5) / 0.5, (0.406 - 0.5) / 0.5])
}

extension Architecture {
    static let googLeNet = Family(
        names: ["googlenet"],
        graph: { name, classes throws(GraphError) in
            name == "googlenet" ? try GoogLeNet().graph(name: name, classes: classes) : nil
        },
        head: "fc")
}
