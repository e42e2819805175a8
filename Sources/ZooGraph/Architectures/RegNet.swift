/// RegNet X, and Y with squeeze and excitation: bottlenecks without a bottleneck, whose 3×3 convolution is grouped.
///
/// The table has what torchvision computes from depth, widths and slopes.
///
/// Source: torchvision's `models/regnet.py`; Radosavovic et al., *Designing Network Design Spaces*.
struct RegNet {
    /// How many blocks each stage has.
    let blocks: [Int]
    /// The channels of every stage.
    let widths: [Int]
    /// The channels of a group of the 3×3 convolutions, at most the stage's.
    let groupWidth: Int
    /// Whether blocks squeeze to a quarter of the channels that they take.
    let squeezes: Bool

    init(_ blocks: [Int], _ widths: [Int], group: Int, squeezes: Bool = false) {
        (self.blocks, self.widths, groupWidth, self.squeezes) = (blocks, widths, group, squeezes)
    }

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        var x = net.convolutionNorm("stem", net.input, channels: 32, kernel: 3, stride: 2)
        for (index, (count, width)) in zip(blocks, widths).enumerated() {
            for block in 0..<count {
                let name = "trunk_output.block\(index + 1).block\(index + 1)-\(block)"
                x = append(name, x, width: width, stride: block == 0 ? 2 : 1, to: &net)
            }
        }
        x = net.flatten(net.globalAveragePool(x))
        x = net.linear("fc", x, outputs: classes)
        return try net.graph(output: x, head: "fc")
    }

    private func append(
        _ name: String, _ x: GraphBuilder.Value, width: Int, stride: Int, to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        var shortcut = x
        if stride != 1 || x.channels != width {
            shortcut = net.convolutionNorm("\(name).proj", x, channels: width, stride: stride, nil)
        }
        var y = net.convolutionNorm("\(name).f.a", x, channels: width)
        y = net.convolutionNorm(
            "\(name).f.b", y, channels: width, kernel: 3, stride: stride, groups: width / min(groupWidth, width))
        if squeezes {
            let quarter = (Double(x.channels) / 4).rounded(.toNearestOrEven)
            y = net.squeezeExcitation("\(name).f.se", y, squeezed: Int(quarter))
        }
        y = net.convolutionNorm("\(name).f.c", y, channels: width, nil)
        return net.relu(net.add(shortcut, y))
    }
}

extension Architecture {
    private static let regNetTable: [(name: String, network: RegNet)] = [
        ("regnet_x_400mf", RegNet([1, 2, 7, 12], [32, 64, 160, 400], group: 16)),
        ("regnet_x_800mf", RegNet([1, 3, 7, 5], [64, 128, 288, 672], group: 16)),
        ("regnet_x_1_6gf", RegNet([2, 4, 10, 2], [72, 168, 408, 912], group: 24)),
        ("regnet_x_3_2gf", RegNet([2, 6, 15, 2], [96, 192, 432, 1008], group: 48)),
        ("regnet_x_8gf", RegNet([2, 5, 15, 1], [80, 240, 720, 1920], group: 120)),
        ("regnet_x_16gf", RegNet([2, 6, 13, 1], [256, 512, 896, 2048], group: 128)),
        ("regnet_x_32gf", RegNet([2, 7, 13, 1], [336, 672, 1344, 2520], group: 168)),
        ("regnet_y_400mf", RegNet([1, 3, 6, 6], [48, 104, 208, 440], group: 8, squeezes: true)),
        ("regnet_y_800mf", RegNet([1, 3, 8, 2], [64, 144, 320, 784], group: 16, squeezes: true)),
        ("regnet_y_1_6gf", RegNet([2, 6, 17, 2], [48, 120, 336, 888], group: 24, squeezes: true)),
        ("regnet_y_3_2gf", RegNet([2, 5, 13, 1], [72, 216, 576, 1512], group: 24, squeezes: true)),
        ("regnet_y_8gf", RegNet([2, 4, 10, 1], [224, 448, 896, 2016], group: 56, squeezes: true)),
        ("regnet_y_16gf", RegNet([2, 4, 11, 1], [224, 448, 1232, 3024], group: 112, squeezes: true)),
        ("regnet_y_32gf", RegNet([2, 5, 12, 1], [232, 696, 1392, 3712], group: 232, squeezes: true)),
        ("regnet_y_128gf", RegNet([2, 7, 17, 1], [528, 1056, 2904, 7392], group: 264, squeezes: true)),
    ]

    static let regNets = Family(
        names: regNetTable.map(\.name),
        graph: { name, classes throws(GraphError) in
            try regNetTable.first { $0.name == name }?.network.graph(name: name, classes: classes)
        },
        head: "fc")
}
