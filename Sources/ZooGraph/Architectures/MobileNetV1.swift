/// MobileNetV1 with a quarter of the channels, as the authors of Pytorch_Retinaface trained it.
///
/// Blocks of a depthwise 3×3 and a pointwise 1×1 convolution, each with batch norm and LeakyReLU 0.1.
///
/// Source: Howard et al., *MobileNets*; `MobileNetV1` in Pytorch_Retinaface's `models/net.py`.
struct MobileNetV1 {
    /// The channels and the stride of every block, by stage. The first block is the stem, a plain 3×3 convolution.
    static let stages: [[(channels: Int, stride: Int)]] = [
        [(8, 2), (16, 1), (32, 2), (32, 1), (64, 2), (64, 1)],
        [(128, 2), (128, 1), (128, 1), (128, 1), (128, 1), (128, 1)],
        [(256, 2), (256, 1)],
    ]

    static func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        var x = net.input
        for (stage, blocks) in stages.enumerated() {
            for (index, block) in blocks.enumerated() {
                let prefix = "stage\(stage + 1).\(index)"
                let stride = Extent(block.stride, block.stride)
                if stage == 0 && index == 0 {
                    x = append(prefix, 0, x, block.channels, kernel: 3, stride: stride, to: &net)
                } else {
                    x = append(prefix, 0, x, x.channels, kernel: 3, stride: stride, groups: x.channels, to: &net)
                    x = append(prefix, 3, x, block.channels, kernel: 1, stride: 1, to: &net)
                }
            }
        }
        x = net.flatten(net.globalAveragePool(x))
        x = net.linear("fc", x, outputs: classes)
        return try net.graph(output: x, head: "fc")
    }

    /// Convolution, batch norm and LeakyReLU, numbered from `first` as in PyTorch's `Sequential`.
    private static func append(
        _ prefix: String, _ first: Int, _ x: GraphBuilder.Value, _ channels: Int, kernel: Int, stride: Extent,
        groups: Int = 1, to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        let y = net.convolution(
            "\(prefix).\(first)", x, channels: channels, kernel: Extent(kernel, kernel), stride: stride,
            padding: Extent(kernel / 2, kernel / 2), groups: groups)
        return net.activation(.leakyRelu(slope: 0.1), net.batchNorm("\(prefix).\(first + 1)", y))
    }
}

extension Architecture {
    static let mobileNetV1 = Family(
        names: ["mobilenet_v1_x0_25"],
        graph: { name, classes throws(GraphError) in
            name == "mobilenet_v1_x0_25" ? try MobileNetV1.graph(name: name, classes: classes) : nil
        },
        head: "fc")
}
