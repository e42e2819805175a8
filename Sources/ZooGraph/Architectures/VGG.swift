/// The VGG networks of torchvision, with and without batch norm.
///
/// Source: torchvision's `models/vgg.py`; Simonyan and Zisserman, *Very Deep Convolutional Networks*, table 1.
struct VGG {
    /// How many 3×3 convolutions stand before each of the max pools.
    let stages: [Int]
    var hasBatchNorm = false
    /// The channels of every stage.
    var widths = [64, 128, 256, 512, 512]
    /// The outputs of the two hidden linear layers.
    var hidden = 4096

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        var x = net.input
        var index = 0  // in PyTorch's Sequential, where activations and pools count too
        for (count, width) in zip(stages, widths) {
            for _ in 0..<count {
                x = net.convolution("features.\(index)", x, channels: width, kernel: 3, padding: 1, bias: true)
                if hasBatchNorm { x = net.batchNorm("features.\(index + 1)", x) }
                x = net.relu(x)
                index += hasBatchNorm ? 3 : 2
            }
            x = net.maxPool(x, kernel: 2, stride: 2)
            index += 1
        }
        x = net.flatten(net.adaptiveAveragePool(x, 7), features: x.channels * 49)
        x = net.relu(net.linear("classifier.0", x, outputs: hidden))
        x = net.dropout("classifier.2", x, 0.5)
        x = net.relu(net.linear("classifier.3", x, outputs: hidden))
        x = net.dropout("classifier.5", x, 0.5)
        x = net.linear("classifier.6", x, outputs: classes)
        return try net.graph(output: x, head: "classifier.6")
    }
}

extension Architecture {
    private static let vggTable: [(depth: Int, stages: [Int])] = [
        (11, [1, 1, 2, 2, 2]), (13, [2, 2, 2, 2, 2]), (16, [2, 2, 3, 3, 3]), (19, [2, 2, 4, 4, 4]),
    ]

    static let vggs = Family(
        names: vggTable.flatMap { ["vgg\($0.depth)", "vgg\($0.depth)_bn"] },
        graph: { name, classes throws(GraphError) in
            for (depth, stages) in vggTable {
                if name == "vgg\(depth)" { return try VGG(stages: stages).graph(name: name, classes: classes) }
                if name == "vgg\(depth)_bn" {
                    return try VGG(stages: stages, hasBatchNorm: true).graph(name: name, classes: classes)
                }
            }
            return nil
        },
        head: "classifier.6")
}
