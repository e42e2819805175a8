public import ZooTensor

/// Zeros at random while training, as `torch.nn.Dropout`, or as torchvision's `StochasticDepth` in mode `row`.
///
/// `y = x · m / (1 − probability)`, where each `m` is 0 with that probability and 1 otherwise: one for every element, or
/// one for every sample of the batch. Otherwise, in evaluation, `y = x`.
///
/// Input and output have the same shape, whose first axis are the samples.
///
/// Source: Hinton et al., *Improving neural networks by preventing co-adaptation of feature detectors*; Huang et al.,
/// *Deep Networks with Stochastic Depth*.
public struct Dropout: Operator {
    /// How likely it is that an element, or a sample, becomes zero.
    public let probability: Double
    /// Whether whole samples are dropped (stochastic depth) instead of single elements.
    public let dropsSamples: Bool

    /// Creates the operation.
    ///
    /// - Precondition: `probability` is at least 0 and less than 1.
    public init(probability: Double, dropsSamples: Bool = false) {
        precondition(0 <= probability && probability < 1, "probability")
        self.probability = probability
        self.dropsSamples = dropsSamples
    }

    /// How many `m` there are for an input of that shape.
    ///
    /// - Precondition: `shape` has at least one axis.
    public func maskCount(for shape: Shape) -> Int { dropsSamples ? shape[0] : shape.elementCount }

    var name: String { dropsSamples ? "stochastic depth" : "dropout" }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        guard inputs[0].rank > 0 else { throw ShapeMismatch("a single number has no samples to drop") }
        return inputs[0]
    }
}

extension Graph {
    /// The same network without its dropouts, which do nothing in evaluation.
    ///
    /// - Returns: `self` if there is none. The other nodes keep their names and their order.
    /// - Throws: Nothing for a graph that exists; the initialiser's errors.
    /// - Complexity: O(nodes).
    public func withoutDropout() throws(GraphError) -> Graph {
        var newIndices: [Int] = []
        var kept: [Node] = []
        for node in nodes {
            let inputs = node.inputs.map { newIndices[$0] }
            if case .dropout = node.operation {
                newIndices.append(inputs[0])
            } else {
                newIndices.append(kept.count)
                kept.append(Node(name: node.name, operation: node.operation, inputs: inputs))
            }
        }
        guard kept.count < nodes.count else { return self }
        let listing = listing.filter { if case .dropout = nodes[$0].operation { false } else { true } }
        return try Graph(
            name: name, nodes: kept, output: newIndices[output], head: head?.prefix,
            listing: listing.map { newIndices[$0] })
    }
}
