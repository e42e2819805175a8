public import ZooGraph
public import ZooTensor

extension ReferenceEngine {
    /// What one training step knows before its optimiser's turn.
    public struct Derivatives: Sendable {
        /// The network's result, row-major.
        public let output: [Double]
        /// The gradient of the input, row-major.
        public let input: [Double]
        /// The gradient of every trained parameter by PyTorch's name, row-major. Zeros where the output does not depend
        /// on it.
        public let parameters: [String: [Double]]
        /// What each batch norm in training mode saw, by the name of its node.
        public let statistics: [String: BatchStatistics]
    }

    /// Mean and variance of a batch, per channel.
    public struct BatchStatistics: Sendable {
        /// How many values each channel has: `N·H·W`.
        public let count: Int
        /// The mean of each channel.
        public let mean: [Double]
        /// The mean squared deviation of each channel: what the batch is normalised by.
        public let variance: [Double]

        /// The estimate for all images, `variance · count / (count − 1)`: what PyTorch mixes into `running_var`.
        public var unbiasedVariance: [Double] { variance.map { $0 * Double(count) / Double(count - 1) } }
    }

    /// What differs from evaluation.
    public struct TrainingMode: Sendable {
        /// The batch norms that normalise by their batch, by the names of their nodes; the others are frozen.
        public var batchNorms: Set<String> = []
        /// For each dropout that drops, by the name of its node, what is kept: an element for each that
        /// ``ZooGraph/Dropout/maskCount(for:)`` counts. The others drop nothing.
        public var masks: [String: [Bool]] = [:]

        /// Batch norms in training mode, and dropouts with masks; by default there are none, as in evaluation.
        public init(batchNorms: Set<String> = [], masks: [String: [Bool]] = [:]) {
            self.batchNorms = batchNorms
            self.masks = masks
        }
    }

    /// The network's result for `input`, and the gradients of a function of the result.
    ///
    /// - Parameters:
    ///   - parameters: As for ``InferencePlan``.
    ///   - input: `shape`, row-major.
    ///   - shape: `N×C×H×W`.
    ///   - mode: Which batch norms and dropouts train.
    ///   - outputGradient: Takes the result and gives the function's gradient there, both row-major.
    /// - Throws: ``EngineError``: as ``run(_:parameters:input:shape:)``; `wrongInput` also for a mode with names that the
    ///   graph does not have or masks of a wrong length, for a batch norm in training mode with a single value for each
    ///   channel, and for an output gradient of a wrong length.
    /// - Complexity: about three times that of ``run(_:parameters:input:shape:)``.
    public static func differentiate(
        _ graph: Graph, parameters: [String: Tensor], input: [Double], shape: Shape,
        mode: TrainingMode = TrainingMode(), outputGradient: ([Double]) throws -> [Double]
    ) throws -> Derivatives {
        let shapes = try shapes(of: graph, count: input.count, shape)
        var tape = Tape(graph, ParameterReader(network: graph.name, parameters: parameters), mode)
        try tape.checkMode(shapes)
        try tape.runForward(Values(shape: shape, elements: input), shapes)
        let output = tape.results[graph.output]
        let gradient = try outputGradient(output.elements)
        guard gradient.count == output.elements.count else {
            throw EngineError(
                .wrongInput, place: graph.name,
                "a gradient of \(gradient.count) values for a result of \(output.elements.count)")
        }
        let inputGradient = try tape.runBackward(Values(shape: output.shape, elements: gradient))
        return Derivatives(
            output: output.elements, input: inputGradient.elements, parameters: tape.parameterGradients,
            statistics: tape.statistics)
    }
}
