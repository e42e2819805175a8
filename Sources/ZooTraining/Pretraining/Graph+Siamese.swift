import ZooGraph
import ZooTensor

/// The names of the layers behind a siamese network, which are no part of what is kept.
enum SiameseNames {
    static let projector = "projector"
    static let predictor = "predictor"
    /// The last norm of the projection, which in the paper has neither scale nor shift.
    static let plainNorm = "projector.7"
}

extension Graph {
    /// The network up to its pooled features, then a projection of three layers and a prediction of two.
    ///
    /// The result is `N×2D×1×1`: the projection z, then the prediction p that is made from it. The layers are those of the
    /// paper's code, by the names of `torch.nn.Sequential`; linear layers are 1×1 convolutions, which batch norms can
    /// follow. Dropouts in front of the head are left out.
    ///
    /// - Throws: ``GraphError`` (`noHead`) for a network without a head, or whose head takes something else than the mean
    ///   of each channel of the last image.
    /// - Complexity: O(nodes).
    func siamese(_ layers: SiameseLayers) throws(GraphError) -> Graph {
        var nodes = try featureMapExtractor().nodes
        let kept = nodes.count
        while let last = nodes.last, last.isFlatteningOrDropout { nodes.removeLast() }
        guard let pooled = nodes.last, pooled.isPooling, let features = head?.inputFeatures else {
            throw GraphError(
                .noHead, place: name,
                "its output layer does not take the means of the last layer's channels, which learning from two views "
                    + "needs; learn from rotations, or take a network such as resnet18, mobilenet_v2 or efficientnet_b0"
            )
        }
        precondition(nodes.count <= kept, "nodes were taken away")
        var chain = NodeChain(nodes: nodes)
        chain.convolution("\(SiameseNames.projector).0", features, layers.projection)
        chain.norm("\(SiameseNames.projector).1", layers.projection, thenReLU: true)
        chain.convolution("\(SiameseNames.projector).3", layers.projection, layers.projection)
        chain.norm("\(SiameseNames.projector).4", layers.projection, thenReLU: true)
        chain.convolution("\(SiameseNames.projector).6", layers.projection, layers.projection)
        chain.norm(SiameseNames.plainNorm, layers.projection, thenReLU: false)
        let projection = chain.last
        chain.convolution("\(SiameseNames.predictor).0", layers.projection, layers.bottleneck)
        chain.norm("\(SiameseNames.predictor).1", layers.bottleneck, thenReLU: true)
        chain.convolution("\(SiameseNames.predictor).3", layers.bottleneck, layers.projection, hasBias: true)
        chain.append("views", .concat(Concat(inputCount: 2)), [projection, chain.last])
        return try Graph(name: name, nodes: chain.nodes, output: chain.last)
    }
}

/// Nodes one after the other.
private struct NodeChain {
    var nodes: [Graph.Node]

    var last: Int { nodes.count - 1 }

    mutating func append(_ name: String, _ operation: ZooGraph.Operation, _ inputs: [Int]) {
        nodes.append(Graph.Node(name: name, operation: operation, inputs: inputs))
    }

    mutating func convolution(_ name: String, _ inputs: Int, _ outputs: Int, hasBias: Bool = false) {
        let layer = Convolution(inputChannels: inputs, outputChannels: outputs, kernel: 1, hasBias: hasBias)
        append(name, .convolution(layer), [last])
    }

    mutating func norm(_ name: String, _ channels: Int, thenReLU: Bool) {
        append(name, .batchNorm(BatchNorm(channels: channels)), [last])
        if thenReLU { append("\(name).relu", .activation(.relu), [last]) }
    }
}

extension Graph.Node {
    fileprivate var isFlatteningOrDropout: Bool {
        switch operation {
        case .flatten, .dropout: true
        default: false
        }
    }

    fileprivate var isPooling: Bool {
        if case .globalAveragePool = operation { true } else { false }
    }
}
