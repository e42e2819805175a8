/// Inception V3. Images should have 299×299 pixels, at least 75×75.
///
/// As in ``GoogLeNet``, `transform_input` is part of the network and the auxiliary head's tensors are tolerated.
///
/// Source: torchvision's `models/inception.py`; Szegedy et al., *Rethinking the Inception Architecture*.
struct InceptionV3 {
    /// One convolution of a branch: its name within the module, channels, kernel and stride.
    struct Step {
        let name: String
        let channels: Int
        var kernel: Extent = 1
        /// At stride 2 nothing is padded, otherwise the size stays.
        var stride: Extent = 1

        init(_ name: String, _ channels: Int, _ kernel: Extent = 1, stride: Extent = 1) {
            (self.name, self.channels, self.kernel, self.stride) = (name, channels, kernel, stride)
        }
    }

    /// All channels are divided by it.
    var divisor = 1

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        var x = net.append(
            "transform_input", .channelAffine(.imageNetToInception), [net.input], channels: 3)
        x = convolution("Conv2d_1a_3x3", x, Step("", 32, 3, stride: 2), padding: 0, to: &net)
        x = convolution("Conv2d_2a_3x3", x, Step("", 32, 3), padding: 0, to: &net)
        x = convolution("Conv2d_2b_3x3", x, Step("", 64, 3), padding: 1, to: &net)
        x = net.maxPool(x, kernel: 3, stride: 2)
        x = convolution("Conv2d_3b_1x1", x, Step("", 80), padding: 0, to: &net)
        x = convolution("Conv2d_4a_3x3", x, Step("", 192, 3), padding: 0, to: &net)
        x = net.maxPool(x, kernel: 3, stride: 2)
        for (module, pooled) in [("Mixed_5b", 32), ("Mixed_5c", 64), ("Mixed_5d", 64)] {
            x = moduleA(module, x, pooled: pooled, to: &net)
        }
        x = moduleB("Mixed_6a", x, to: &net)
        for (module, inner) in [("Mixed_6b", 128), ("Mixed_6c", 160), ("Mixed_6d", 160), ("Mixed_6e", 192)] {
            x = moduleC(module, x, inner: inner, to: &net)
        }
        net.auxiliary("AuxLogits", x, Self.head(x.channels, classes))
        x = moduleD("Mixed_7a", x, to: &net)
        x = moduleE("Mixed_7b", x, to: &net)
        x = moduleE("Mixed_7c", x, to: &net)
        x = net.flatten(net.globalAveragePool(x))
        x = net.dropout("dropout", x, 0.5)
        x = net.linear("fc", x, outputs: classes)
        return try net.graph(output: x, head: "fc")
    }

    private func moduleA(
        _ name: String, _ x: GraphBuilder.Value, pooled: Int, to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        let one = branch(name, x, [Step("branch1x1", 64)], to: &net)
        let five = branch(name, x, [Step("branch5x5_1", 48), Step("branch5x5_2", 64, 5)], to: &net)
        let three = branch(
            name, x, [Step("branch3x3dbl_1", 64), Step("branch3x3dbl_2", 96, 3), Step("branch3x3dbl_3", 96, 3)],
            to: &net)
        return net.concat(name, [one, five, three, averaged(name, x, pooled, to: &net)])
    }

    private func moduleB(_ name: String, _ x: GraphBuilder.Value, to net: inout GraphBuilder) -> GraphBuilder.Value {
        let three = branch(name, x, [Step("branch3x3", 384, 3, stride: 2)], to: &net)
        let double = branch(
            name, x,
            [Step("branch3x3dbl_1", 64), Step("branch3x3dbl_2", 96, 3), Step("branch3x3dbl_3", 96, 3, stride: 2)],
            to: &net)
        return net.concat(name, [three, double, net.maxPool(x, kernel: 3, stride: 2)])
    }

    private func moduleC(
        _ name: String, _ x: GraphBuilder.Value, inner: Int, to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        let (row, column) = (Extent(1, 7), Extent(7, 1))
        let one = branch(name, x, [Step("branch1x1", 192)], to: &net)
        let seven = branch(
            name, x, [Step("branch7x7_1", inner), Step("branch7x7_2", inner, row), Step("branch7x7_3", 192, column)],
            to: &net)
        let double = branch(
            name, x,
            [
                Step("branch7x7dbl_1", inner), Step("branch7x7dbl_2", inner, column),
                Step("branch7x7dbl_3", inner, row), Step("branch7x7dbl_4", inner, column),
                Step("branch7x7dbl_5", 192, row),
            ], to: &net)
        return net.concat(name, [one, seven, double, averaged(name, x, 192, to: &net)])
    }

    private func moduleD(_ name: String, _ x: GraphBuilder.Value, to net: inout GraphBuilder) -> GraphBuilder.Value {
        let three = branch(name, x, [Step("branch3x3_1", 192), Step("branch3x3_2", 320, 3, stride: 2)], to: &net)
        let seven = branch(
            name, x,
            [
                Step("branch7x7x3_1", 192), Step("branch7x7x3_2", 192, Extent(1, 7)),
                Step("branch7x7x3_3", 192, Extent(7, 1)), Step("branch7x7x3_4", 192, 3, stride: 2),
            ], to: &net)
        return net.concat(name, [three, seven, net.maxPool(x, kernel: 3, stride: 2)])
    }

    private func moduleE(_ name: String, _ x: GraphBuilder.Value, to net: inout GraphBuilder) -> GraphBuilder.Value {
        let (row, column) = (Extent(1, 3), Extent(3, 1))
        let one = branch(name, x, [Step("branch1x1", 320)], to: &net)
        let three = branch(name, x, [Step("branch3x3_1", 384)], to: &net)
        let threeRow = branch(name, three, [Step("branch3x3_2a", 384, row)], to: &net)
        let threeColumn = branch(name, three, [Step("branch3x3_2b", 384, column)], to: &net)
        let double = branch(name, x, [Step("branch3x3dbl_1", 448), Step("branch3x3dbl_2", 384, 3)], to: &net)
        let doubleRow = branch(name, double, [Step("branch3x3dbl_3a", 384, row)], to: &net)
        let doubleColumn = branch(name, double, [Step("branch3x3dbl_3b", 384, column)], to: &net)
        let pooled = averaged(name, x, 192, to: &net)
        return net.concat(name, [one, threeRow, threeColumn, doubleRow, doubleColumn, pooled])
    }

    private func averaged(
        _ name: String, _ x: GraphBuilder.Value, _ channels: Int, to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        let pooled = net.averagePool("\(name).branch_pool → pool", x, kernel: 3, stride: 1, padding: 1)
        return branch(name, pooled, [Step("branch_pool", channels)], to: &net)
    }

    private func branch(
        _ name: String, _ x: GraphBuilder.Value, _ steps: [Step], to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        steps.reduce(x) { x, step in
            let isPadded = step.stride == 1
            let padding = Extent(isPadded ? step.kernel.height / 2 : 0, isPadded ? step.kernel.width / 2 : 0)
            return convolution("\(name).\(step.name)", x, step, padding: padding, to: &net)
        }
    }

    private func convolution(
        _ name: String, _ x: GraphBuilder.Value, _ step: Step, padding: Extent, to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        let y = net.convolution(
            "\(name).conv", x, channels: step.channels / divisor, kernel: step.kernel, stride: step.stride,
            padding: padding)
        return net.relu(net.batchNorm("\(name).bn", y, epsilon: 0.001))
    }

    private static func head(_ channels: Int, _ classes: Int) -> [(name: String, operation: Operation)] {
        [
            ("conv0.conv", .convolution(Convolution(inputChannels: channels, outputChannels: 128, kernel: 1))),
            ("conv0.bn", .batchNorm(BatchNorm(channels: 128))),
            ("conv1.conv", .convolution(Convolution(inputChannels: 128, outputChannels: 768, kernel: 5))),
            ("conv1.bn", .batchNorm(BatchNorm(channels: 768))),
            ("fc", .linear(Linear(inputFeatures: 768, outputFeatures: classes))),
        ]
    }
}

extension Architecture {
    static let inceptionV3 = Family(
        names: ["inception_v3"],
        graph: { name, classes throws(GraphError) in
            name == "inception_v3" ? try InceptionV3().graph(name: name, classes: classes) : nil
        },
        head: "fc")
}
