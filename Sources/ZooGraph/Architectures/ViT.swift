import ZooTensor

/// ViT: patches of the image as a sequence of tokens, and attention among all of them.
///
/// Source: torchvision's `models/vision_transformer.py`; Dosovitskiy et al., *An Image is Worth 16x16 Words*, table 1.
struct ViT {
    /// The sides of a patch and of the images.
    let patch: Int
    var image = 224
    let layers: Int
    let heads: Int
    /// The channels of a token, and inside the blocks' perceptron.
    let width: Int
    let hidden: Int

    private static let epsilon = 1e-6

    func graph(name: String, classes: Int) throws(GraphError) -> Graph {
        var net = GraphBuilder(name)
        let side = image / patch
        let tokens = TokenSequence(size: Extent(side, side), patch: patch)
        let token = net.learntMap("", LearntMap("class_token", [1, 1, width], size: 1))
        let patches = net.convolution(
            "conv_proj", net.input, channels: width, kernel: Extent(patch, patch), stride: Extent(patch, patch),
            bias: true)
        let positions = net.learntMap(
            "encoder", LearntMap("pos_embedding", [1, tokens.length, width], size: Extent(1, tokens.length)))
        var x = net.append("tokens", .tokenSequence(tokens), [patches, token, positions], channels: width)
        for layer in 0..<layers { x = append("encoder.layers.encoder_layer_\(layer)", x, to: &net) }
        x = net.channelNorm("encoder.ln", x, epsilon: Self.epsilon)
        x = net.linear("heads.head", net.flatten(net.firstPixel(x)), outputs: classes)
        return try net.graph(output: x, head: "heads.head")
    }

    private func append(_ name: String, _ x: GraphBuilder.Value, to net: inout GraphBuilder) -> GraphBuilder.Value {
        var y = net.channelNorm("\(name).ln_1", x, epsilon: Self.epsilon)
        y = net.pixelLinear("\(name).self_attention", y, outputs: 3 * width, parameterPrefix: "in_proj_")
        y = net.pixelLinear("\(name).self_attention.out_proj", net.attention(y, heads: heads), outputs: width)
        let sum = net.add(y, x)
        y = net.channelNorm("\(name).ln_2", sum, epsilon: Self.epsilon)
        return net.add(net.perceptron("\(name).mlp", y, hidden: hidden), sum)
    }

    /// The same for images of another size, as the positions of a state dict tell it.
    func fitting(_ shapes: [String: Shape]) -> ViT {
        guard let positions = shapes["encoder.pos_embedding"], positions.rank == 3, positions[1] > 1 else {
            return self
        }
        let side = Int(Double(positions[1] - 1).squareRoot().rounded())
        guard side * side == positions[1] - 1, side <= 1024 else { return self }
        var other = self
        other.image = side * patch
        return other
    }
}

extension Architecture {
    private static let viTTable: [(name: String, network: ViT)] = [
        ("vit_b_16", ViT(patch: 16, layers: 12, heads: 12, width: 768, hidden: 3072)),
        ("vit_b_32", ViT(patch: 32, layers: 12, heads: 12, width: 768, hidden: 3072)),
        ("vit_l_16", ViT(patch: 16, layers: 24, heads: 16, width: 1024, hidden: 4096)),
        ("vit_l_32", ViT(patch: 32, layers: 24, heads: 16, width: 1024, hidden: 4096)),
        ("vit_h_14", ViT(patch: 14, layers: 32, heads: 16, width: 1280, hidden: 5120)),
    ]

    static let viTs = Family(
        names: viTTable.map(\.name),
        graph: { name, classes throws(GraphError) in
            try viTTable.first { $0.name == name }?.network.graph(name: name, classes: classes)
        },
        head: "heads.head",
        fitted: { name, classes, shapes throws(GraphError) in
            try viTTable.first { $0.name == name }?.network.fitting(shapes).graph(name: name, classes: classes)
        })
}
