extension Graph {
    /// The same network with an output layer of another size.
    ///
    /// - Throws: ``GraphError`` (`noHead`) for a network without a head.
    /// - Precondition: `outputs` is positive.
    /// - Complexity: O(nodes).
    public func replacingHead(outputs: Int) throws(GraphError) -> Graph {
        let index = try headIndex
        let replacement: Operation
        switch nodes[index].operation {
        case .linear(let layer):
            replacement = .linear(
                Linear(inputFeatures: layer.inputFeatures, outputFeatures: outputs, hasBias: layer.hasBias))
        case .convolution(let layer):
            replacement = .convolution(
                Convolution(
                    inputChannels: layer.inputChannels, outputChannels: outputs, kernel: layer.kernel,
                    stride: layer.stride, padding: layer.padding, hasBias: layer.hasBias))
        default: throw missingHead
        }
        var nodes = nodes
        nodes[index] = Node(name: nodes[index].name, operation: replacement, inputs: nodes[index].inputs)
        return try Graph(name: name, nodes: nodes, output: output, head: nodes[index].name, listing: listing)
    }

    /// The network up to its head: from images to the `N×F` features that the head takes.
    ///
    /// Its own ``head`` is `nil`, and what only served the head is gone.
    ///
    /// - Throws: ``GraphError`` (`noHead`) for a network without a head, and for one whose head is a convolution: a ReLU
    ///   and an average follow it, so no layer on averaged features computes the same; see ``featureMapExtractor()``.
    /// - Complexity: O(nodes).
    public func featureExtractor() throws(GraphError) -> Graph {
        if let head, head.isConvolution {
            throw GraphError(
                .noHead, place: name,
                "the output layer '\(head.prefix)' is a convolution, whose features are images and no vectors")
        }
        return try featureMapExtractor()
    }

    /// The network up to its head, for training a new head on what it takes: `N×F` features for a linear layer; `N×F×H×W`
    /// images for a 1×1 convolution, if a ReLU and the mean of each channel are all that follows it.
    ///
    /// - Throws: ``GraphError`` (`noHead`) for a network without a head, or with a convolution that something else follows.
    /// - Complexity: O(nodes).
    public func headFeatures() throws(GraphError) -> Graph {
        guard let head, head.isConvolution else { return try featureExtractor() }
        let tail = nodes.suffix(from: try headIndex).dropFirst().map(\.operation)
        guard tail == [.activation(.relu), .globalAveragePool(GlobalAveragePool()), .flatten(Flatten())],
            output == nodes.count - 1
        else {
            throw GraphError(
                .noHead, place: name,
                "the output layer '\(head.prefix)' is a convolution without a ReLU and a mean behind it, which cannot be "
                    + "trained alone")
        }
        return try featureMapExtractor()
    }

    /// The network up to its head, whatever the head takes: `N×F` features, or `N×F×H×W` images for a convolution.
    ///
    /// - Throws: ``GraphError`` (`noHead`) for a network without a head.
    /// - Complexity: O(nodes).
    public func featureMapExtractor() throws(GraphError) -> Graph {
        try ending(at: nodes[try headIndex].inputs[0])
    }

    private var headIndex: Int {
        get throws(GraphError) {
            guard let head, let index = nodes.firstIndex(where: { $0.name == head.prefix }) else { throw missingHead }
            return index
        }
    }

    private var missingHead: GraphError {
        GraphError(.noHead, place: name, "the network has no output layer that could be replaced or cut off")
    }
}
