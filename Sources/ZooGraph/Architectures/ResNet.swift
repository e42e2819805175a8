/// The ResNets of torchvision, and ResNeXt and Wide ResNet, which differ in the 3×3 convolutions of their blocks.
///
/// Source: torchvision's `models/resnet.py`; He et al., *Deep Residual Learning for Image Recognition*, table 1;
/// Xie et al., *Aggregated Residual Transformations*; Zagoruyko and Komodakis, *Wide Residual Networks*.
struct ResNet {
    /// A residual block: two 3×3 convolutions, or a 3×3 one between two 1×1.
    enum Block {
        case basic, bottleneck

        /// How many times more channels a block gives than its 3×3 convolution has.
        var expansion: Int { self == .basic ? 1 : 4 }
    }

    let block: Block
    /// How many blocks each of the four stages has.
    let blocks: [Int]
    /// The channels of the stem and of the first stage's 3×3 convolutions; each later stage has twice as many.
    var width = 64
    /// Into how many groups a bottleneck's 3×3 convolution is split.
    var groups = 1
    /// How many channels each group has for every 64 of the stage.
    var groupWidth = 64

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        var x = net.convolution("conv1", net.input, channels: width, kernel: 7, stride: 2, padding: 3)
        x = net.relu(net.batchNorm("bn1", x))
        x = net.maxPool(x, kernel: 3, stride: 2, padding: 1)
        for (stage, count) in blocks.enumerated() {
            for index in 0..<count {
                let stride: Extent = stage > 0 && index == 0 ? 2 : 1
                x = append("layer\(stage + 1).\(index)", x, channels: width << stage, stride: stride, to: &net)
            }
        }
        x = net.flatten(net.globalAveragePool(x))
        x = net.linear("fc", x, outputs: classes)
        return try net.graph(output: x, head: "fc")
    }

    private func append(
        _ name: String, _ x: GraphBuilder.Value, channels: Int, stride: Extent, to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        let outputs = channels * block.expansion
        var y = x
        switch block {
        case .basic:
            y = net.convolution("\(name).conv1", y, channels: channels, kernel: 3, stride: stride, padding: 1)
            y = net.relu(net.batchNorm("\(name).bn1", y))
            y = net.convolution("\(name).conv2", y, channels: outputs, kernel: 3, padding: 1)
            y = net.batchNorm("\(name).bn2", y)
        case .bottleneck:
            let inner = channels * groupWidth / 64 * groups
            y = net.convolution("\(name).conv1", y, channels: inner, kernel: 1)
            y = net.relu(net.batchNorm("\(name).bn1", y))
            y = net.convolution(
                "\(name).conv2", y, channels: inner, kernel: 3, stride: stride, padding: 1, groups: groups)
            y = net.relu(net.batchNorm("\(name).bn2", y))
            y = net.convolution("\(name).conv3", y, channels: outputs, kernel: 1)
            y = net.batchNorm("\(name).bn3", y)
        }
        var shortcut = x
        if stride != 1 || x.channels != outputs {
            shortcut = net.convolution("\(name).downsample.0", x, channels: outputs, kernel: 1, stride: stride)
            shortcut = net.batchNorm("\(name).downsample.1", shortcut)
        }
        return net.relu(net.add(y, shortcut))
    }
}

extension Architecture {
    private static let resNetTable: [(name: String, network: ResNet)] = [
        ("resnet18", ResNet(block: .basic, blocks: [2, 2, 2, 2])),
        ("resnet34", ResNet(block: .basic, blocks: [3, 4, 6, 3])),
        ("resnet50", ResNet(block: .bottleneck, blocks: [3, 4, 6, 3])),
        ("resnet101", ResNet(block: .bottleneck, blocks: [3, 4, 23, 3])),
        ("resnet152", ResNet(block: .bottleneck, blocks: [3, 8, 36, 3])),
        ("resnext50_32x4d", ResNet(block: .bottleneck, blocks: [3, 4, 6, 3], groups: 32, groupWidth: 4)),
        ("resnext101_32x8d", ResNet(block: .bottleneck, blocks: [3, 4, 23, 3], groups: 32, groupWidth: 8)),
        ("resnext101_64x4d", ResNet(block: .bottleneck, blocks: [3, 4, 23, 3], groups: 64, groupWidth: 4)),
        ("wide_resnet50_2", ResNet(block: .bottleneck, blocks: [3, 4, 6, 3], groupWidth: 128)),
        ("wide_resnet101_2", ResNet(block: .bottleneck, blocks: [3, 4, 23, 3], groupWidth: 128)),
    ]

    static let resNets = Family(
        names: resNetTable.map(\.name),
        graph: { name, classes throws(GraphError) in
            try resNetTable.first { $0.name == name }?.network.graph(name: name, classes: classes)
        },
        head: "fc")
}
