import ZooTensor

/// The ResNets for images of 32×32 pixels: 6n+2 layers, parameter-free shortcuts (option A).
///
/// Source: He et al., *Deep Residual Learning for Image Recognition*, section 4.2; names as in
/// akamaster/pytorch_resnet_cifar10.
struct CIFARResNet {
    /// `n`: how many blocks each of the three stages has.
    let blocks: Int
    /// The channels of the first stage.
    var width = 16

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        var x = net.convolution("conv1", net.input, channels: width, kernel: 3, padding: 1)
        x = net.relu(net.batchNorm("bn1", x))
        for stage in 0..<3 {
            for index in 0..<blocks {
                let stride = stage > 0 && index == 0 ? 2 : 1
                x = append("layer\(stage + 1).\(index)", x, channels: width << stage, stride: stride, to: &net)
            }
        }
        x = net.flatten(net.globalAveragePool(x))
        x = net.linear("linear", x, outputs: classes)
        return try net.graph(output: x, head: "linear")
    }

    private func append(
        _ name: String, _ x: GraphBuilder.Value, channels: Int, stride: Int, to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        var y = net.convolution(
            "\(name).conv1", x, channels: channels, kernel: 3, stride: Extent(stride, stride), padding: 1)
        y = net.relu(net.batchNorm("\(name).bn1", y))
        y = net.convolution("\(name).conv2", y, channels: channels, kernel: 3, padding: 1)
        y = net.batchNorm("\(name).bn2", y)
        var shortcut = x
        if stride != 1 || x.channels != channels {
            // The stage before has half as many channels; a quarter is added at each side.
            shortcut = net.paddedShortcut("\(name).shortcut", x, stride: stride, channelPadding: channels / 4)
        }
        return net.relu(net.add(y, shortcut))
    }
}

extension Architecture {
    /// The deepest that is built: a thousand layers were tried in the paper, more only by mistake.
    private static let deepestCIFARResNet = 2000

    static let cifarResNets = Family(
        names: [20, 32, 44, 56, 110].map { "resnet\($0)_cifar" },
        graph: { name, classes throws(GraphError) in
            guard name.hasPrefix("resnet"), name.hasSuffix("_cifar"), let depth = Int(name.dropFirst(6).dropLast(6)),
                6...deepestCIFARResNet ~= depth, depth % 6 == 2
            else { return nil }
            return try CIFARResNet(blocks: (depth - 2) / 6).graph(name: name, classes: classes)
        },
        head: "linear",
        candidates: { shapes in
            let blocks = shapes.keys.count { $0.hasPrefix("layer1.") && $0.hasSuffix(".conv1.weight") }
            return ["resnet\(6 * blocks + 2)_cifar"]
        })
}
