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
    private var listing: [Int]

    /// Begins a network that takes images of `inputChannels` channels.
    public init(_ name: String, inputChannels: Int = 3) {
        self.name = name
        nodes = [Graph.Node(name: "input", operation: .input(Input(channels: inputChannels)), inputs: [])]
        listing = [0]
        input = Value(node: 0, channels: inputChannels)
    }

    /// Ends the network.
    ///
    /// - Throws: ``GraphError`` (`noHead`) if there is no layer named `head` that can be one.
    public func graph(output: Value, head: String? = nil) throws(GraphError) -> Graph {
        try Graph(name: name, nodes: nodes, output: output.node, head: head, listing: listing)
    }

    /// Appends any operation.
    public mutating func append(_ name: String, _ operation: Operation, _ inputs: [Value], channels: Int) -> Value {
        nodes.append(Graph.Node(name: name, operation: operation, inputs: inputs.map(\.node)))
        listing.append(nodes.count - 1)
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
    public mutating func batchNorm(
        _ name: String, _ x: Value, epsilon: Double = 1e-5, momentum: Double = 0.1
    ) -> Value {
        let layer = BatchNorm(channels: x.channels, epsilon: epsilon, momentum: momentum)
        return append(name, .batchNorm(layer), [x], channels: x.channels)
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
    public mutating func maxPool(
        _ x: Value, kernel: Extent, stride: Extent, padding: Extent = 0, countsPartial: Bool = false
    ) -> Value {
        let layer = MaxPool(kernel: kernel, stride: stride, padding: padding, countsPartial: countsPartial)
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

    /// A convolution without bias, a batch norm and, unless it is `nil`, an activation: `prefix.0`, `prefix.1` in PyTorch's
    /// `Conv2dNormActivation`, or whatever `names` says. Padding keeps the size at stride 1.
    public mutating func convolutionNorm(
        _ prefix: String, _ x: Value, channels: Int, kernel: Int = 1, stride: Int = 1, groups: Int = 1,
        epsilon: Double = 1e-5, momentum: Double = 0.1, names: (convolution: String, norm: String) = ("0", "1"),
        _ function: Activation? = .relu
    ) -> Value {
        let side = kernel / 2
        var y = convolution(
            "\(prefix).\(names.convolution)", x, channels: channels, kernel: Extent(kernel, kernel),
            stride: Extent(stride, stride), padding: Extent(side, side), groups: groups)
        y = batchNorm("\(prefix).\(names.norm)", y, epsilon: epsilon, momentum: momentum)
        return function.map { activation($0, y) } ?? y
    }

    /// Squeeze and excitation: every channel times a factor that two 1×1 convolutions (`fc1`, `fc2`) make of the means of
    /// all channels.
    public mutating func squeezeExcitation(
        _ prefix: String, _ x: Value, squeezed: Int, _ inner: Activation = .relu, _ outer: Activation = .sigmoid
    ) -> Value {
        var y = append("\(prefix).avgpool", .globalAveragePool(GlobalAveragePool()), [x], channels: x.channels)
        y = activation(inner, convolution("\(prefix).fc1", y, channels: squeezed, kernel: 1, bias: true))
        y = activation(outer, convolution("\(prefix).fc2", y, channels: x.channels, kernel: 1, bias: true))
        return multiply(x, y)
    }

    /// Every channel times a factor; see ``Multiply``.
    public mutating func multiply(_ x: Value, _ factors: Value) -> Value {
        append(name(of: Multiply(), after: x), .multiply(Multiply()), [x, factors], channels: x.channels)
    }

    /// Tensors one after another along the channels; see ``Concat``.
    public mutating func concat(_ name: String, _ values: [Value]) -> Value {
        append(
            name, .concat(Concat(inputCount: values.count)), values, channels: values.reduce(0) { $0 + $1.channels })
    }

    /// The means of windows that cover the image; see ``AdaptiveAveragePool``.
    public mutating func adaptiveAveragePool(_ x: Value, _ size: Extent) -> Value {
        append("avgpool", .adaptiveAveragePool(AdaptiveAveragePool(size)), [x], channels: x.channels)
    }

    /// The mean of each window; see ``AveragePool``.
    public mutating func averagePool(
        _ name: String, _ x: Value, kernel: Extent, stride: Extent, padding: Extent = 0
    ) -> Value {
        append(
            name, .averagePool(AveragePool(kernel: kernel, stride: stride, padding: padding)), [x], channels: x.channels
        )
    }

    /// A branch that only training uses; see ``Auxiliary``.
    public mutating func auxiliary(_ name: String, _ x: Value, _ layers: [(name: String, operation: Operation)]) {
        _ = append(name, .auxiliary(Auxiliary(layers)), [x], channels: x.channels)
    }

    /// Zeros at random while training; see ``Dropout``. Nothing is appended where `probability` is 0.
    public mutating func dropout(
        _ name: String, _ x: Value, _ probability: Double, dropsSamples: Bool = false
    ) -> Value {
        guard probability > 0 else { return x }
        let operation = Dropout(probability: probability, dropsSamples: dropsSamples)
        return append(name, .dropout(operation), [x], channels: x.channels)
    }

    /// Layer normalisation over channels; see ``ChannelNorm``.
    public mutating func channelNorm(_ name: String, _ x: Value, epsilon: Double) -> Value {
        append(name, .channelNorm(ChannelNorm(channels: x.channels, epsilon: epsilon)), [x], channels: x.channels)
    }

    /// A fully connected layer on every pixel; see ``PixelLinear``.
    public mutating func pixelLinear(
        _ name: String, _ x: Value, outputs: Int, bias: Bool = true, parameterPrefix: String = "",
        unbiased: Range<Int> = 0..<0
    ) -> Value {
        let layer = PixelLinear(
            inputFeatures: x.channels, outputFeatures: outputs, hasBias: bias, parameterPrefix: parameterPrefix,
            unbiased: unbiased)
        return append(name, .pixelLinear(layer), [x], channels: outputs)
    }

    /// Lists the tensors of a module's parts in this order, where PyTorch declares them in another order than it computes
    /// with them.
    ///
    /// - Parameters:
    ///   - module: the module's name, whose layers are the last ones so far.
    ///   - parts: names of parts; a part of a part, such as `attn.proj`, comes after it.
    public mutating func list(_ module: String, _ parts: [String]) {
        for part in parts {
            let name = "\(module).\(part)"
            func isPart(_ node: Int) -> Bool { nodes[node].name == name || nodes[node].name.hasPrefix("\(name).") }
            listing = listing.filter { !isPart($0) } + listing.filter(isPart)
        }
    }

    /// Operations without parameters are named after what they follow: `layer1.0.bn1 → relu`.
    func name(of operation: some Operator, after value: Value) -> String {
        "\(nodes[value.node].name) → \(operation.name)"
    }
}
