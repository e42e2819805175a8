/// AlexNet as torchvision has it, one column of the original.
///
/// Source: torchvision's `models/alexnet.py`; Krizhevsky, *One weird trick for parallelizing convolutional neural networks*.
struct AlexNet {
    /// The outputs of the two hidden linear layers.
    var hidden = 4096

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        var x = net.convolution(
            "features.0", net.input, channels: 64, kernel: 11, stride: 4, padding: 2, bias: true)
        x = net.maxPool(net.relu(x), kernel: 3, stride: 2)
        x = net.convolution("features.3", x, channels: 192, kernel: 5, padding: 2, bias: true)
        x = net.maxPool(net.relu(x), kernel: 3, stride: 2)
        for (index, channels) in [(6, 384), (8, 256), (10, 256)] {
            x = net.relu(
                net.convolution("features.\(index)", x, channels: channels, kernel: 3, padding: 1, bias: true))
        }
        x = net.maxPool(x, kernel: 3, stride: 2)
        x = net.flatten(net.adaptiveAveragePool(x, 6), features: 256 * 36)
        x = net.dropout("classifier.0", x, 0.5)
        x = net.relu(net.linear("classifier.1", x, outputs: hidden))
        x = net.dropout("classifier.3", x, 0.5)
        x = net.relu(net.linear("classifier.4", x, outputs: hidden))
        x = net.linear("classifier.6", x, outputs: classes)
        return try net.graph(output: x, head: "classifier.6")
    }
}

extension Architecture {
    static let alexNet = Family(
        names: ["alexnet"],
        graph: { name, classes throws(GraphError) in
            name == "alexnet" ? try AlexNet().graph(name: name, classes: classes) : nil
        },
        head: "classifier.6")
}
