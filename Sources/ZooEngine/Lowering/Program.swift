import ZooGraph
import ZooTensor

/// A network made ready for kernels: batch norms folded, activations and sums fused, weights at hand.
///
/// It holds for every batch size and image size; a plan is made from it for one of each.
struct Program: Sendable {
    /// One kernel call.
    struct Step: Sendable {
        /// The name of the node it began with, for messages.
        let name: String
        /// The node it began with, as an index into the graph's nodes.
        let node: Int
        var kernel: Kernel
        /// The values it reads.
        let inputs: [Int]
        /// The value it writes: the index of the step. Value 0 is the input, step 0 a placeholder for it.
        let output: Int
        /// The value that is added to the result before the activation. Its memory becomes the result's.
        var addend: Int?
        /// The function applied to the result.
        var activation: Activation?

        /// Whether it takes part in training.
        var isTrained: Bool { if case .trained = kernel { true } else { false } }
    }

    /// What a step computes.
    enum Kernel: Sendable {
        case input
        case convolution(Convolution, weight: [Float], bias: [Float])
        /// The weight is float32 and row-major.
        case linear(Linear, weight: Tensor, bias: [Float])
        case normalisation(scale: [Float], shift: [Float])
        case maxPool(MaxPool)
        case averagePool(AveragePool)
        case globalAveragePool
        case adaptiveAveragePool(AdaptiveAveragePool)
        case activation(Activation)
        case add
        case multiply
        case concat
        case channelShuffle(ChannelShuffle)
        case channelSlice(ChannelSlice)
        case channelNorm(ChannelNorm, weight: [Float], bias: [Float])
        case rearrangement(Rearrangement)
        /// Token and positions lie pixel by pixel.
        case tokenSequence(TokenSequence, token: [Float], positions: [Float])
        /// `positions` is empty where there are none.
        case attention(Attention, positions: [Float])
        /// `factors` are the checkpoint's: logarithms.
        case headNorm(HeadNorm, factors: [Float])
        /// What does not depend on the images but is taken by an operation that takes part in training; row-major.
        case constant([Float])
        /// An operation that takes part in training: its parameters may change, or gradients go through it.
        case trained(Operation)
    }

    /// Stands for the value of a node that became part of another's kernel.
    static let noValue = -1

    /// The name of the network.
    let name: String
    let graph: Graph
    var steps: [Step] = []
    /// For every node of the graph the value that holds its result. For a node that was fused into a later one it is
    /// not what PyTorch would have there.
    var values: [Int] = []
    /// The value that is the network's result.
    var output: Int { values[graph.output] }

    /// For every value the shape its memory has: that of the node that made it, images still unflattened.
    func shapes(batch: Int, height: Int, width: Int) throws(EngineError) -> [Shape] {
        let nodeShapes: [Shape]
        do { nodeShapes = try graph.shapes(batch: batch, height: height, width: width) } catch {
            throw EngineError(.wrongInput, place: "", error.description)
        }
        var shapes = [Shape](repeating: [], count: steps.count)
        // The first node of a value has its shape; the flattened views come later.
        for node in graph.nodes.indices.reversed() where values[node] != Self.noValue {
            shapes[values[node]] = nodeShapes[node]
        }
        // What changes single elements leaves a flattened image as it lies.
        for step in steps where step.kernel.isElementwise { shapes[step.output] = shapes[step.inputs[0]] }
        return shapes
    }
}

extension Program.Kernel {
    /// Whether every element of the result depends on one element of the only input.
    fileprivate var isElementwise: Bool {
        switch self {
        case .activation, .trained(.activation), .trained(.dropout): true
        default: false
        }
    }

    /// Whether the kernel can add another value to its result.
    var fusesSums: Bool {
        switch self {
        case .convolution, .rearrangement(.image): true
        default: false
        }
    }

    /// Whether the kernel can apply `function` to its result.
    func fuses(_ function: Activation) -> Bool {
        switch self {
        case .convolution, .linear, .add, .multiply: true
        case .normalisation: function == .relu
        case .trained(let operation): operation.fusesInTraining(function)
        default: false
        }
    }

    /// What it is, for messages.
    var name: String {
        switch self {
        case .input: "input"
        case .convolution(let layer, _, _): Operation.convolution(layer).name
        case .linear(let layer, _, _): Operation.linear(layer).name
        case .normalisation: "batch norm"
        case .maxPool(let layer): Operation.maxPool(layer).name
        case .averagePool(let layer): Operation.averagePool(layer).name
        case .globalAveragePool: "global average pool"
        case .activation(let function): Operation.activation(function).name
        case .add: "add"
        case .multiply: "multiply"
        case .concat: "concat"
        case .adaptiveAveragePool(let layer): Operation.adaptiveAveragePool(layer).name
        case .channelSlice(let operation): Operation.channelSlice(operation).name
        case .channelShuffle(let operation): Operation.channelShuffle(operation).name
        case .channelNorm(let layer, _, _): Operation.channelNorm(layer).name
        case .rearrangement(let operation): Operation.rearrangement(operation).name
        case .tokenSequence(let operation, _, _): Operation.tokenSequence(operation).name
        case .attention(let layer, _): Operation.attention(layer).name
        case .headNorm(let operation, _): Operation.headNorm(operation).name
        case .trained(let operation): operation.name
        case .constant: "constant"
        }
    }
}

extension Operation {
    /// Whether the kernel can apply `function` to its result and find its derivative from that result alone.
    fileprivate func fusesInTraining(_ function: Activation) -> Bool {
        guard function == .relu else { return false }
        return switch self {
        case .convolution, .linear, .add, .batchNorm: true
        default: false
        }
    }
}
