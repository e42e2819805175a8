/// SqueezeNet 1.0 and 1.1. The output layer is a 1×1 convolution, followed by a ReLU and the mean of each channel.
///
/// Source: torchvision's `models/squeezenet.py`; Iandola et al., *SqueezeNet*, table 1.
struct SqueezeNet {
    /// One of PyTorch's layers, in the order of its `Sequential`.
    enum Layer {
        /// The first convolution.
        case stem(channels: Int, kernel: Extent)
        /// A ReLU, which has an index of its own.
        case relu
        /// A 3×3 max pool that counts partial windows.
        case pool
        /// A 1×1 convolution to `squeezed` channels, then a 1×1 and a 3×3 one to `expanded` each, side by side.
        case fire(squeezed: Int, expanded: Int)
    }

    let layers: [Layer]

    static let version1_0 = SqueezeNet(layers: [
        .stem(channels: 96, kernel: 7), .relu, .pool, .fire(squeezed: 16, expanded: 64),
        .fire(squeezed: 16, expanded: 64), .fire(squeezed: 32, expanded: 128), .pool,
        .fire(squeezed: 32, expanded: 128), .fire(squeezed: 48, expanded: 192), .fire(squeezed: 48, expanded: 192),
        .fire(squeezed: 64, expanded: 256), .pool, .fire(squeezed: 64, expanded: 256),
    ])
    static let version1_1 = SqueezeNet(layers: [
        .stem(channels: 64, kernel: 3), .relu, .pool, .fire(squeezed: 16, expanded: 64),
        .fire(squeezed: 16, expanded: 64), .pool, .fire(squeezed: 32, expanded: 128),
        .fire(squeezed: 32, expanded: 128), .pool, .fire(squeezed: 48, expanded: 192),
        .fire(squeezed: 48, expanded: 192), .fire(squeezed: 64, expanded: 256), .fire(squeezed: 64, expanded: 256),
    ])

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        var x = net.input
        for (index, layer) in layers.enumerated() {
            let name = "features.\(index)"
            switch layer {
            case .stem(let channels, let kernel):
                x = net.convolution(name, x, channels: channels, kernel: kernel, stride: 2, bias: true)
            case .relu: x = net.relu(x)
            case .pool: x = net.maxPool(x, kernel: 3, stride: 2, countsPartial: true)
            case .fire(let squeezed, let expanded):
                x = net.relu(net.convolution("\(name).squeeze", x, channels: squeezed, kernel: 1, bias: true))
                let one = net.convolution("\(name).expand1x1", x, channels: expanded, kernel: 1, bias: true)
                let left = net.relu(one)
                let three = net.convolution(
                    "\(name).expand3x3", x, channels: expanded, kernel: 3, padding: 1, bias: true)
                let right = net.relu(three)
                x = net.concat(name, [left, right])
            }
        }
        x = net.dropout("classifier.0", x, 0.5)
        x = net.relu(net.convolution("classifier.1", x, channels: classes, kernel: 1, bias: true))
        x = net.flatten(net.globalAveragePool(x))
        return try net.graph(output: x, head: "classifier.1")
    }
}

extension Architecture {
    static let squeezeNets = Family(
        names: ["squeezenet1_0", "squeezenet1_1"],
        graph: { name, classes throws(GraphError) in
            switch name {
            case "squeezenet1_0": try SqueezeNet.version1_0.graph(name: name, classes: classes)
            case "squeezenet1_1": try SqueezeNet.version1_1.graph(name: name, classes: classes)
            default: nil
            }
        },
        head: "classifier.1")
}
