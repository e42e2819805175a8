public import ZooTensor

/// What a node computes, as data. Each case's payload is described in its own file under `Operators/`.
///
/// To add an operation: a file there, a case here and in ``definition``, a loop in ZooEngine's reference engine and a
/// kernel in its oneDNN engine; the compiler names the places.
public enum Operation: Sendable, Hashable {
    /// The images.
    case input(Input)
    /// A 2-D convolution.
    case convolution(Convolution)
    /// Normalisation by running statistics.
    case batchNorm(BatchNorm)
    /// An element-wise function.
    case activation(Activation)
    /// The largest value of a window.
    case maxPool(MaxPool)
    /// The mean of a window.
    case averagePool(AveragePool)
    /// The mean of every channel.
    case globalAveragePool(GlobalAveragePool)
    /// The sum of two tensors.
    case add(Add)
    /// All axes but the first become one.
    case flatten(Flatten)
    /// A fully connected layer.
    case linear(Linear)
    /// The parameter-free shortcut of the CIFAR ResNets.
    case paddedShortcut(PaddedShortcut)
    /// The means of windows that cover the image.
    case adaptiveAveragePool(AdaptiveAveragePool)
    /// Tensors one after another along the channels.
    case concat(Concat)
    /// Images times one factor for each channel.
    case multiply(Multiply)
    /// A learnt number for each channel.
    case channelFactors(ChannelFactors)
    /// A fixed factor and summand for each channel.
    case channelAffine(ChannelAffine)
    /// Layer normalisation over the channels of every pixel.
    case channelNorm(ChannelNorm)
    /// A fully connected layer on the channels of every pixel.
    case pixelLinear(PixelLinear)
    /// Some neighbouring channels.
    case channelSlice(ChannelSlice)
    /// The channels of all groups in turn.
    case channelShuffle(ChannelShuffle)
    /// A branch that only training uses.
    case auxiliary(Auxiliary)
    /// Learnt numbers as an image.
    case learntMap(LearntMap)
    /// Pixels at other places.
    case rearrangement(Rearrangement)
    /// A class token and the pixels of an image in one row, plus a learnt number each.
    case tokenSequence(TokenSequence)
    /// Multi-head attention among the pixels of each row.
    case attention(Attention)
    /// Queries and keys of length one.
    case headNorm(HeadNorm)
    /// One number for every two pixels of a window, by where they lie to each other.
    case relativePositions(RelativePositions)
    /// Zeros at random while training.
    case dropout(Dropout)

    var definition: any Operator {
        switch self {
        case .input(let operation): operation
        case .convolution(let operation): operation
        case .batchNorm(let operation): operation
        case .activation(let operation): operation
        case .maxPool(let operation): operation
        case .averagePool(let operation): operation
        case .globalAveragePool(let operation): operation
        case .add(let operation): operation
        case .flatten(let operation): operation
        case .linear(let operation): operation
        case .paddedShortcut(let operation): operation
        case .adaptiveAveragePool(let operation): operation
        case .concat(let operation): operation
        case .multiply(let operation): operation
        case .channelFactors(let operation): operation
        case .channelAffine(let operation): operation
        case .channelNorm(let operation): operation
        case .pixelLinear(let operation): operation
        case .channelSlice(let operation): operation
        case .channelShuffle(let operation): operation
        case .auxiliary(let operation): operation
        case .learntMap(let operation): operation
        case .rearrangement(let operation): operation
        case .tokenSequence(let operation): operation
        case .attention(let operation): operation
        case .headNorm(let operation): operation
        case .relativePositions(let operation): operation
        case .dropout(let operation): operation
        }
    }

    /// What it is, in a word or two: `convolution`, `batch norm`.
    public var name: String { definition.name }

    /// How many numbers it learns; running statistics and what only training uses do not count.
    public var parameterCount: Int {
        parameters.reduce(0) { $1.role == .trained ? $0 + $1.shape.elementCount : $0 }
    }

    /// How many multiplications followed by an addition a result of that shape costs, as torchvision counts them.
    public func multiplyAdds(output: Shape) -> Int { definition.multiplyAdds(output: output) }

    /// The shape of the result for inputs of these shapes.
    ///
    /// - Throws: ``GraphError`` (`shapeMismatch`) if they do not fit, or are not as many as the operation takes.
    public func outputShape(of inputs: [Shape]) throws(GraphError) -> Shape {
        guard inputs.count == definition.inputCount else {
            throw GraphError(.shapeMismatch, place: name, "\(inputs.count) inputs instead of \(definition.inputCount)")
        }
        do { return try definition.outputShape(inputs) } catch {
            throw GraphError(.shapeMismatch, place: name, error.message)
        }
    }

    /// Whether the result is the input's memory, seen in another way or unchanged.
    /// Whether the result in evaluation is the input's memory, seen in another way or unchanged.
    public var isView: Bool {
        switch self {
        case .flatten, .auxiliary, .dropout: true
        default: false
        }
    }

    /// What it learns or records, in PyTorch's order; empty for most.
    public var parameters: [Parameter] { definition.parameters }
}

/// What every operation knows about itself.
protocol Operator: Sendable, Hashable {
    /// What it is, in a word or two.
    var name: String { get }
    /// How many tensors it takes.
    var inputCount: Int { get }
    /// What it learns or records, in the order of PyTorch's `state_dict`.
    var parameters: [Parameter] { get }
    /// The shape of the result. There are ``inputCount`` inputs.
    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape
    /// How many multiplications followed by an addition the result costs, as torchvision counts them.
    func multiplyAdds(output: Shape) -> Int
}

extension Operator {
    var inputCount: Int { 1 }
    var parameters: [Parameter] { [] }
    func multiplyAdds(output: Shape) -> Int { 0 }
}

/// Inputs that do not fit an operation; the graph adds where.
struct ShapeMismatch: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}

/// One tensor that belongs to a layer.
public struct Parameter: Sendable, Hashable {
    /// What the tensor is for.
    public enum Role: Sendable, Hashable {
        /// Learnt by gradient descent: what PyTorch calls a parameter.
        case trained
        /// Recorded while training and needed for inference: running mean and variance.
        case statistic
        /// Written by PyTorch, and needed for nothing here: `num_batches_tracked`.
        case counter
        /// Follows from the layer's sizes; checked where a checkpoint has it: `relative_position_index`.
        case derived
        /// Of a branch that only training uses.
        case unused
    }

    /// The last part of PyTorch's name: `weight`.
    public let name: String
    /// The sizes.
    public let shape: Shape
    /// What it is for.
    public let role: Role

    init(_ name: String, _ shape: Shape, _ role: Role = .trained) {
        self.name = name
        self.shape = shape
        self.role = role
    }
}
