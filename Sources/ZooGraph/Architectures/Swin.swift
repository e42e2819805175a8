import ZooTensor

/// Swin and Swin V2: attention within windows, which every second block moves by half a window.
///
/// Source: torchvision's `models/swin_transformer.py`; Liu et al., *Swin Transformer* and *Swin Transformer V2*.
struct Swin {
    /// Whether it is the second version: cosine attention, positions from a small network, norms after the layers.
    var isSecond = false
    /// How many blocks and heads each stage has; the channels double from stage to stage.
    let blocks: [Int]
    let heads: [Int]
    /// The channels of the first stage.
    let width: Int
    /// How likely the last block's layers are skipped while training; those of earlier ones less.
    var skipping = 0.0
    /// The side of a window.
    var window: Int { isSecond ? 8 : 7 }

    private static let epsilon = 1e-5

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        var x = net.convolution("features.0.0", net.input, channels: width, kernel: 4, stride: 4, bias: true)
        x = net.channelNorm("features.0.2", x, epsilon: Self.epsilon)
        var index = 0
        for (stage, (count, heads)) in zip(blocks, heads).enumerated() {
            if stage > 0 { x = merge("features.\(2 * stage)", x, to: &net) }
            for block in 0..<count {
                let shift = block % 2 * (window / 2)
                let grid = WindowGrid(window: Extent(window, window), .shifted(Extent(shift, shift)))
                let skipping = skipping * Double(index) / Double(max(1, blocks.reduce(0, +) - 1))
                x = append("features.\(2 * stage + 1).\(block)", x, heads, grid, skipping, to: &net)
                index += 1
            }
        }
        x = net.channelNorm("norm", x, epsilon: Self.epsilon)
        x = net.linear("head", net.flatten(net.globalAveragePool(x)), outputs: classes)
        return try net.graph(output: x, head: "head")
    }

    /// Half the size, twice the channels.
    private func merge(_ name: String, _ x: GraphBuilder.Value, to net: inout GraphBuilder) -> GraphBuilder.Value {
        var y = net.squares(x)
        if !isSecond { y = net.channelNorm("\(name).norm", y, epsilon: Self.epsilon) }
        y = net.pixelLinear("\(name).reduction", y, outputs: 2 * x.channels, bias: false)
        if isSecond { y = net.channelNorm("\(name).norm", y, epsilon: Self.epsilon) }
        net.list(name, ["reduction", "norm"])
        return y
    }

    private func append(
        _ name: String, _ x: GraphBuilder.Value, _ heads: Int, _ grid: WindowGrid, _ skipping: Double,
        to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        /// A layer with its norm, and its input added.
        func residual(
            _ norm: String, _ x: GraphBuilder.Value,
            _ layer: (GraphBuilder.Value, inout GraphBuilder) -> GraphBuilder.Value
        ) -> GraphBuilder.Value {
            var y = isSecond ? x : net.channelNorm("\(name).\(norm)", x, epsilon: Self.epsilon)
            y = layer(y, &net)
            if isSecond { y = net.channelNorm("\(name).\(norm)", y, epsilon: Self.epsilon) }
            return net.add(net.dropout("\(name).stochastic_depth", y, skipping, dropsSamples: true), x)
        }
        let y = residual("norm1", x) { attention("\(name).attn", $0, heads, grid, to: &$1) }
        let z = residual("norm2", y) { $1.perceptron("\(name).mlp", $0, hidden: 4 * x.channels) }
        net.list(name, ["norm1", "attn", "attn.proj", "attn.cpb_mlp", "norm2", "mlp"])
        return z
    }

    private func attention(
        _ name: String, _ x: GraphBuilder.Value, _ heads: Int, _ grid: WindowGrid, to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        let channels = x.channels
        let factors = ChannelFactors(parameter: "logit_scale", channels: heads)
        let scale = isSecond ? net.append(name, .channelFactors(factors), [], channels: heads) : nil
        let positions = positions(name, heads, grid.window, to: &net)
        var y = net.pixelLinear(
            "\(name).qkv", net.windows(x, grid), outputs: 3 * channels,
            unbiased: isSecond ? channels..<2 * channels : 0..<0)
        if let scale {
            y = net.append(
                "\(name).normalised", .headNorm(HeadNorm(heads: heads)), [y, scale], channels: y.channels)
        }
        y = net.attention(
            y, heads: heads, scale: isSecond ? 1 : nil, positions: positions,
            mask: grid.kind == .shifted(0) ? nil : (grid, x))
        return net.image(net.pixelLinear("\(name).proj", y, outputs: channels), grid, like: x)
    }

    /// What is added to the products of queries and keys: a table, or a small network's function of the distance.
    private func positions(
        _ name: String, _ heads: Int, _ window: Extent, to net: inout GraphBuilder
    ) -> GraphBuilder.Value {
        let relative = RelativePositions(window: window)
        let table = relative.table
        var y: GraphBuilder.Value
        if isSecond {
            y = net.learntMap(
                name,
                LearntMap("relative_coords_table", [1, table.height, table.width, 2], size: table, isTrained: false))
            y = net.relu(net.pixelLinear("\(name).cpb_mlp.0", y, outputs: 512))
            y = net.pixelLinear("\(name).cpb_mlp.2", y, outputs: heads, bias: false)
        } else {
            y = net.learntMap(
                name,
                LearntMap("relative_position_bias_table", [table.height * table.width, heads], size: table))
        }
        y = net.append(name, .relativePositions(relative), [y], channels: heads)
        guard isSecond else { return y }
        let sixteen = ChannelAffine(
            scale: [Double](repeating: 16, count: heads), shift: [Double](repeating: 0, count: heads))
        y = net.activation(.sigmoid, y)
        return net.append(net.name(of: sixteen, after: y), .channelAffine(sixteen), [y], channels: heads)
    }
}

extension Architecture {
    private static let swinTable: [(name: String, network: Swin)] = [
        ("swin_t", Swin(blocks: [2, 2, 6, 2], heads: [3, 6, 12, 24], width: 96, skipping: 0.2)),
        ("swin_s", Swin(blocks: [2, 2, 18, 2], heads: [3, 6, 12, 24], width: 96, skipping: 0.3)),
        ("swin_b", Swin(blocks: [2, 2, 18, 2], heads: [4, 8, 16, 32], width: 128, skipping: 0.5)),
        ("swin_v2_t", Swin(isSecond: true, blocks: [2, 2, 6, 2], heads: [3, 6, 12, 24], width: 96, skipping: 0.2)),
        ("swin_v2_s", Swin(isSecond: true, blocks: [2, 2, 18, 2], heads: [3, 6, 12, 24], width: 96, skipping: 0.3)),
        ("swin_v2_b", Swin(isSecond: true, blocks: [2, 2, 18, 2], heads: [4, 8, 16, 32], width: 128, skipping: 0.5)),
    ]

    static let swins = Family(
        names: swinTable.map(\.name),
        graph: { name, classes throws(GraphError) in
            try swinTable.first { $0.name == name }?.network.graph(name: name, classes: classes)
        },
        head: "head")
}
