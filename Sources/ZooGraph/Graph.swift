public import ZooTensor

/// A network as a value: what is computed from what, without the weights.
///
/// Everything else is a reader of this value: inference, counting, drawing. Nodes stand in topological order; ``listing``
/// has them in the order in which PyTorch's module lists their parameters, which is that of ``parameterSpecs`` too.
public struct Graph: Sendable, Hashable {
    /// One step of the computation.
    public struct Node: Sendable, Hashable {
        /// PyTorch's name of the layer, the prefix of its parameters: `layer1.0.conv1`. For operations without
        /// parameters a name that tells where in the network they are.
        public let name: String
        /// What is computed.
        public let operation: Operation
        /// The nodes whose results are taken, as indices into ``Graph/nodes``; all come earlier.
        public let inputs: [Int]

        /// Creates the node.
        public init(name: String, operation: Operation, inputs: [Int]) {
            self.name = name
            self.operation = operation
            self.inputs = inputs
        }

        /// PyTorch's name of one of the node's tensors. A tensor of the network itself has no prefix.
        public func name(of parameter: Parameter) -> String { Graph.name(of: parameter.name, in: name) }
    }

    /// The output layer: what fine-tuning replaces.
    public struct Head: Sendable, Hashable {
        /// The name of its node, the prefix of its parameters: `fc`.
        public let prefix: String
        /// How many features it takes.
        public let inputFeatures: Int
        /// How many classes it tells apart.
        public let outputs: Int
        /// Whether it adds a bias.
        public let hasBias: Bool
        /// Whether it is a 1×1 convolution whose results are averaged later, as in SqueezeNet, instead of a linear layer.
        public let isConvolution: Bool
    }

    /// The name of the architecture: `resnet18`.
    public let name: String
    /// The steps; the first is the only input.
    public let nodes: [Node]
    /// The node whose result is the network's, as an index into ``nodes``.
    public let output: Int
    /// The output layer, or `nil` for a network without one, such as ``featureExtractor()``.
    public let head: Head?
    /// The nodes in the order in which PyTorch's `state_dict` lists their tensors, as indices into ``nodes``: their own,
    /// except where a module computes in another order than it declares its parts (Swin V2).
    public let listing: [Int]

    /// Creates a graph of nodes.
    ///
    /// - Parameters:
    ///   - head: The name of the linear layer or 1×1 convolution that fine-tuning replaces, if any.
    ///   - listing: The nodes in the order of PyTorch's `state_dict`; that of `nodes` if `nil`.
    /// - Throws: ``GraphError`` (`malformed`) unless the first node, and no other, is the input, every node's inputs come
    ///   before it and are as many as its operation takes, `output` exists, and `listing` has every node once; `noHead` if
    ///   nothing of that name can be a head.
    /// - Complexity: O(nodes).
    public init(
        name: String, nodes: [Node], output: Int, head: String? = nil, listing: [Int]? = nil
    ) throws(GraphError) {
        for (index, node) in nodes.enumerated() {
            let isInput = if case .input = node.operation { true } else { false }
            guard isInput == (index == 0), node.inputs.count == node.operation.definition.inputCount,
                node.inputs.allSatisfy({ 0..<index ~= $0 })
            else {
                throw GraphError(.malformed, place: "\(name): \(node.name)", "node \(index) has impossible inputs")
            }
        }
        guard nodes.indices.contains(output) else {
            throw GraphError(.malformed, place: name, "the output, node \(output), does not exist")
        }
        let listing = listing ?? Array(nodes.indices)
        guard listing.sorted().elementsEqual(nodes.indices) else {
            throw GraphError(.malformed, place: name, "the listing does not have every node once")
        }
        self.name = name
        self.listing = listing
        self.nodes = nodes
        self.output = output
        self.head = try head.map { prefix throws(GraphError) in try Self.head(prefix, of: nodes, in: name) }
    }

    private static func head(_ prefix: String, of nodes: [Node], in name: String) throws(GraphError) -> Head {
        for node in nodes where node.name == prefix {
            switch node.operation {
            case .linear(let layer):
                return Head(
                    prefix: prefix, inputFeatures: layer.inputFeatures, outputs: layer.outputFeatures,
                    hasBias: layer.hasBias, isConvolution: false)
            case .convolution(let layer) where layer.kernel == 1 && layer.groups == 1:
                return Head(
                    prefix: prefix, inputFeatures: layer.inputChannels, outputs: layer.outputChannels,
                    hasBias: layer.hasBias, isConvolution: true)
            default: break
            }
        }
        throw GraphError(.noHead, place: name, "there is no linear layer or 1×1 convolution '\(prefix)'")
    }

    /// What the network expects of a state dict: PyTorch's names and shapes, in PyTorch's order.
    ///
    /// - Complexity: O(nodes).
    public var parameterSpecs: [TensorSpec] {
        listing.map { nodes[$0] }.flatMap { node in
            node.operation.parameters.map { parameter in
                TensorSpec(
                    name: node.name(of: parameter), shape: parameter.shape,
                    isOptional: parameter.role != .trained && parameter.role != .statistic)
            }
        }
    }

    /// PyTorch's name of a tensor of a layer, which is the tensor's own for one of the network itself, whose name is empty.
    public static func name(of parameter: String, in layer: String) -> String {
        layer.isEmpty ? parameter : "\(layer).\(parameter)"
    }

    /// How many numbers the network learns, as torchvision's `num_params`; running statistics do not count.
    ///
    /// - Complexity: O(nodes).
    public var parameterCount: Int {
        nodes.reduce(0) { $0 + $1.operation.parameterCount }
    }

    /// The channels of the images that the network takes.
    public var inputChannels: Int {
        if case .input(let input) = nodes.first?.operation { input.channels } else { 0 }
    }
}
