import ZooTensor

extension Graph {
    /// The same network with two layers in place of its linear output layer, as
    /// `torch.nn.Sequential(Linear, ReLU, Dropout, Linear)` has them.
    ///
    /// Where the layer was `fc`, the new ones are `fc.0`, `fc.1`, `fc.2` and `fc.3`; the last is the new ``head``.
    ///
    /// - Parameters:
    ///   - hidden: How many numbers there are between the two layers.
    ///   - dropout: How likely it is that one of them is zero while training.
    /// - Throws: ``GraphError`` (`noHead`) for a network without a head, or one whose head is a convolution.
    /// - Precondition: `outputs` and `hidden` are positive, `dropout` is at least 0 and less than 1.
    /// - Complexity: O(nodes).
    public func replacingHead(outputs: Int, hidden: Int, dropout: Double = 0) throws(GraphError) -> Graph {
        guard let head, let index = nodes.firstIndex(where: { $0.name == head.prefix }), !head.isConvolution else {
            throw GraphError(
                .noHead, place: name, "there is no linear output layer that two layers could take the place of")
        }
        let added = 3
        let moved = { (old: Int) in old >= index ? old + added : old }
        let shifted = nodes.map { Node(name: $0.name, operation: $0.operation, inputs: $0.inputs.map(moved)) }
        let operations: [Operation] = [
            .linear(Linear(inputFeatures: head.inputFeatures, outputFeatures: hidden)), .activation(.relu),
            .dropout(Dropout(probability: dropout)), .linear(Linear(inputFeatures: hidden, outputFeatures: outputs)),
        ]
        let layers = operations.enumerated().map { number, operation in
            Node(
                name: "\(head.prefix).\(number)", operation: operation,
                inputs: [number == 0 ? nodes[index].inputs[0] : index + number - 1])
        }
        let listing = listing.flatMap { $0 == index ? Array(index...index + added) : [moved($0)] }
        return try Graph(
            name: name, nodes: Array(shifted[..<index]) + layers + Array(shifted[(index + 1)...]),
            output: moved(output),
            head: "\(head.prefix).\(added)", listing: listing)
    }

    /// The same network, with two layers as output layer where a state dict with these shapes has them.
    func fittingHead(_ prefix: String, to shapes: [String: Shape]) throws(GraphError) -> Graph {
        var (graph, prefix) = (self, prefix)
        while let layers = Architecture.hiddenLayers(at: prefix, in: shapes), graph.head?.prefix == prefix {
            graph = try graph.replacingHead(outputs: layers.outputs, hidden: layers.hidden)
            prefix += ".3"
        }
        return graph
    }
}

extension Architecture {
    /// The sizes of two layers in place of the output layer of that name; `nil` if there are none.
    static func hiddenLayers(at prefix: String, in shapes: [String: Shape]) -> (hidden: Int, outputs: Int)? {
        guard shapes["\(prefix).weight"] == nil, let first = shapes["\(prefix).0.weight"], first.rank == 2,
            first[0] > 0,
            shapes["\(prefix).0.bias"] == [first[0]]
        else { return nil }
        return (first[0], classCount(at: "\(prefix).3", in: shapes) ?? 1)
    }

    /// How many outputs the output layer of that name has, or two layers in its place; `nil` if it is not there.
    static func classCount(at prefix: String, in shapes: [String: Shape]) -> Int? {
        var prefix = prefix
        while shapes["\(prefix).weight"] == nil, shapes["\(prefix).0.weight"]?.rank == 2 { prefix += ".3" }
        guard let count = shapes["\(prefix).weight"]?.sizes.first, count > 0 else { return nil }
        return count
    }
}
