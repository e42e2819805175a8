/// The DenseNets of torchvision: every layer of a block takes the results of all layers before it.
///
/// Batch norm and ReLU come before the convolutions.
///
/// Source: torchvision's `models/densenet.py`; Huang et al., *Densely Connected Convolutional Networks*, table 1.
struct DenseNet {
    /// How many channels a layer adds.
    var growth = 32
    /// How many layers each block has.
    let blocks: [Int]
    /// The channels of the stem.
    var stem = 64

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        var x = net.convolution("features.conv0", net.input, channels: stem, kernel: 7, stride: 2, padding: 3)
        x = net.relu(net.batchNorm("features.norm0", x))
        x = net.maxPool(x, kernel: 3, stride: 2, padding: 1)
        for (index, count) in blocks.enumerated() {
            let block = "features.denseblock\(index + 1)"
            for layer in 1...count {
                let name = "\(block).denselayer\(layer)"
                var y = net.relu(net.batchNorm("\(name).norm1", x))
                y = net.convolution("\(name).conv1", y, channels: 4 * growth, kernel: 1)
                y = net.relu(net.batchNorm("\(name).norm2", y))
                y = net.convolution("\(name).conv2", y, channels: growth, kernel: 3, padding: 1)
                x = net.concat("\(name) → concat", [x, y])
            }
            if index == blocks.count - 1 { break }
            let transition = "features.transition\(index + 1)"
            x = net.relu(net.batchNorm("\(transition).norm", x))
            x = net.convolution("\(transition).conv", x, channels: x.channels / 2, kernel: 1)
            x = net.averagePool("\(transition).pool", x, kernel: 2, stride: 2)
        }
        x = net.relu(net.batchNorm("features.norm5", x))
        x = net.flatten(net.globalAveragePool(x))
        x = net.linear("classifier", x, outputs: classes)
        return try net.graph(output: x, head: "classifier")
    }
}

extension Architecture {
    /// Today's name of a tensor in an old checkpoint; most names are as they were.
    ///
    /// torchvision's DenseNet files still have `…denselayer1.norm.1.weight` for `…denselayer1.norm1.weight`.
    ///
    /// Source: torchvision's `models/densenet.py`, `_load_state_dict`.
    public static func currentName(of name: String) -> String {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 4, ["weight", "bias", "running_mean", "running_var"].contains(parts[parts.count - 1]),
            ["1", "2"].contains(parts[parts.count - 2]), ["norm", "conv"].contains(parts[parts.count - 3]),
            parts[parts.count - 4].hasPrefix("denselayer")
        else { return name }
        return (parts.dropLast(3) + [parts[parts.count - 3] + parts[parts.count - 2], parts[parts.count - 1]])
            .joined(separator: ".")
    }

    private static let denseNetTable: [(name: String, network: DenseNet)] = [
        ("densenet121", DenseNet(blocks: [6, 12, 24, 16])),
        ("densenet161", DenseNet(growth: 48, blocks: [6, 12, 36, 24], stem: 96)),
        ("densenet169", DenseNet(blocks: [6, 12, 32, 32])),
        ("densenet201", DenseNet(blocks: [6, 12, 48, 32])),
    ]

    static let denseNets = Family(
        names: denseNetTable.map(\.name),
        graph: { name, classes throws(GraphError) in
            try denseNetTable.first { $0.name == name }?.network.graph(name: name, classes: classes)
        },
        head: "classifier")
}
