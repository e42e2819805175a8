/// Writes a network down, layer by layer, in the words of PyTorch's modules.
///
/// ```swift
/// var net = GraphBuilder("tiny", inputChannels: 3)
/// var x = net.convolution("conv", net.input, channels: 8, kernel: 3, padding: 1)
/// x = net.relu(net.batchNorm("bn", x))
/// x = net.flatten(net.globalAveragePool(x))
/// x = net.linear("fc", x, outputs: 10)
/// let graph = try net.graph(output: x, head: "fc")
/// ```
public struct GraphBuilder: Sendable {
    /// The result of a node, and how many channels (or features) it has.
    public struct Value: Sendable {
        let node: Int
        /// The size of axis 1.
        public let channels: Int
    }

    /// The images.
    public let input: Value
    /// The name of the architecture.
    public let name: String
    private var nodes: [Graph.Node]

    /// Begins a network that takes images of `inputChannels` channels.
    public init(_ name: String, inputChannels: Int = 3) {
        self.name = name
        nodes = [Graph.Node(name: "input", operation: .input(Input(channels: inputChannels)), inputs: [])]
        input = Value(node: 0, channels: inputChannels)
    }

    /// Ends the network.
    ///
    /// - Throws: ``GraphError`` (`noHead`) if there is no linear layer named `head`.
    public func graph(output: Value, head: String? = nil) throws(GraphError) -> Graph {
        try Graph(name: name, nodes: nodes, output: output.node, head: head)
    }

    /// Appends any operation.
    public mutating func append(_ name: String, _ operation: Operation, _ inputs: [Value], channels: Int) -> Value {
        nodes.append(Graph.Node(name: name, operation: operation, inputs: inputs.map(\.node)))
        return Value(node: nodes.count - 1, channels: channels)
    }

    /// A convolution to `channels` channels; see ``Convolution``.
    public mutating func convolution(
        _ name: String, _ x: Value, channels: Int, kernel: Extent, stride: Extent = 1, padding: Extent = 0,
        dilation: Extent = 1, groups: Int = 1, bias: Bool = false
    ) -> Value {
        let layer = Convolution(
            inputChannels: x.channels, outputChannels: channels, kernel: kernel, stride: stride, padding: padding,
            dilation: dilation, groups: groups, hasBias: bias)
        return append(name, .convolution(layer), [x], channels: channels)
    }

    /// A batch normalisation; see ``BatchNorm``.
    public mutating func batchNorm(_ name: String, _ x: Value, epsilon: Double = 1e-5) -> Value {
        append(name, .batchNorm(BatchNorm(channels: x.channels, epsilon: epsilon)), [x], channels: x.channels)
    }

    /// An element-wise function; see ``Activation``.
    public mutating func activation(_ function: Activation, _ x: Value) -> Value {
        append(name(of: function, after: x), .activation(function), [x], channels: x.channels)
    }

    /// `max(x, 0)`.
    public mutating func relu(_ x: Value) -> Value {
        activation(.relu, x)
    }

    /// The largest of each window; see ``MaxPool``.
    public mutating func maxPool(_ x: Value, kernel: Extent, stride: Extent, padding: Extent = 0) -> Value {
        let layer = MaxPool(kernel: kernel, stride: stride, padding: padding)
        return append(name(of: layer, after: x), .maxPool(layer), [x], channels: x.channels)
    }

    /// The mean of each channel; see ``GlobalAveragePool``.
    public mutating func globalAveragePool(_ x: Value) -> Value {
        append("avgpool", .globalAveragePool(GlobalAveragePool()), [x], channels: x.channels)
    }

    /// The sum of two tensors; see ``Add``.
    public mutating func add(_ x: Value, _ y: Value) -> Value {
        append(name(of: Add(), after: x), .add(Add()), [x, y], channels: x.channels)
    }

    /// All axes but the first become one; see ``Flatten``. The image must have been pooled to 1×1, or `features` says how
    /// many numbers it has.
    public mutating func flatten(_ x: Value, features: Int? = nil) -> Value {
        append("flatten", .flatten(Flatten()), [x], channels: features ?? x.channels)
    }

    /// A fully connected layer; see ``Linear``.
    public mutating func linear(_ name: String, _ x: Value, outputs: Int, bias: Bool = true) -> Value {
        let layer = Linear(inputFeatures: x.channels, outputFeatures: outputs, hasBias: bias)
        return append(name, .linear(layer), [x], channels: outputs)
    }

    /// The parameter-free shortcut; see ``PaddedShortcut``.
    public mutating func paddedShortcut(_ name: String, _ x: Value, stride: Int, channelPadding: Int) -> Value {
        let operation = PaddedShortcut(inputChannels: x.channels, stride: stride, channelPadding: channelPadding)
        return append(name, .paddedShortcut(operation), [x], channels: operation.outputChannels)
    }

    /// Operations without parameters are named after what they follow: `layer1.0.bn1 → relu`.
    private func name(of operation: some Operator, after value: Value) -> String {
        "\(nodes[value.node].name) → \(operation.name)"
    }
}
