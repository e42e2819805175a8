/// ShuffleNet V2: half of the channels go through three convolutions, then the halves are interleaved.
///
/// Source: torchvision's `models/shufflenetv2.py`; Ma et al., *ShuffleNet V2*, table 5.
struct ShuffleNetV2 {
    /// The number of units in each of the three stages.
    static let repeats = [4, 8, 4]

    /// The channels of the stem, of the three stages and of the last convolution.
    let channels: [Int]

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        var x = net.convolutionNorm("conv1", net.input, channels: channels[0], kernel: 3, stride: 2)
        x = net.maxPool(x, kernel: 3, stride: 2, padding: 1)
        for (index, count) in Self.repeats.enumerated() {
            for unit in 0..<count {
                let name = "stage\(index + 2).\(unit)"
                x = append(name, x, half: channels[index + 1] / 2, halves: unit == 0, to: &net)
            }
        }
        x = net.convolutionNorm("conv5", x, channels: channels[4])
        x = net.flatten(net.globalAveragePool(x))
        x = net.linear("fc", x, outputs: classes)
        return try net.graph(output: x, head: "fc")
    }

    /// A unit; where it `halves` the image, both branches take all channels.
    private func append(
        _ name: String, _ x: GraphBuilder.Value, half: Int, halves: Bool, to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        var (left, right) = (x, x)
        if halves {
            left = net.convolutionNorm(
                "\(name).branch1", x, channels: x.channels, kernel: 3, stride: 2, groups: x.channels, nil)
            left = net.convolutionNorm("\(name).branch1", left, channels: half, names: ("2", "3"))
        } else {
            left = slice("\(name) → left", x, 0, half, &net)
            right = slice("\(name) → right", x, half, half, &net)
        }
        right = net.convolutionNorm("\(name).branch2", right, channels: half)
        right = net.convolutionNorm(
            "\(name).branch2", right, channels: half, kernel: 3, stride: halves ? 2 : 1, groups: half,
            names: ("3", "4"), nil)
        right = net.convolutionNorm("\(name).branch2", right, channels: half, names: ("5", "6"))
        let both = net.concat("\(name) → concat", [left, right])
        return net.append(
            "\(name) → shuffle", .channelShuffle(ChannelShuffle(groups: 2)), [both], channels: 2 * half)
    }

    private func slice(
        _ name: String, _ x: GraphBuilder.Value, _ first: Int, _ count: Int, _ net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        let slice = ChannelSlice(inputChannels: x.channels, first: first, count: count)
        return net.append(name, .channelSlice(slice), [x], channels: count)
    }
}

extension Architecture {
    private static let shuffleNetTable: [(name: String, network: ShuffleNetV2)] = [
        ("shufflenet_v2_x0_5", ShuffleNetV2(channels: [24, 48, 96, 192, 1024])),
        ("shufflenet_v2_x1_0", ShuffleNetV2(channels: [24, 116, 232, 464, 1024])),
        ("shufflenet_v2_x1_5", ShuffleNetV2(channels: [24, 176, 352, 704, 1024])),
        ("shufflenet_v2_x2_0", ShuffleNetV2(channels: [24, 244, 488, 976, 2048])),
    ]

    static let shuffleNets = Family(
        names: shuffleNetTable.map(\.name),
        graph: { name, classes throws(GraphError) in
            try shuffleNetTable.first { $0.name == name }?.network.graph(name: name, classes: classes)
        },
        head: "fc")
}
