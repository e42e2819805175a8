/// Stochastic gradient descent with momentum and weight decay, with the semantics of `torch.optim.SGD`.
///
/// For a parameter p with gradient g: g ← g + weightDecay·p; v ← g in the first step, momentum·v + g afterwards;
/// p ← p − learningRate·v. (`dampening` is 0 and `nesterov` off, PyTorch's defaults.)
public struct SGD: Sendable, Hashable {
    /// The settings of a parameter group.
    public struct Options: Sendable, Hashable {
        /// The step size.
        public var learningRate: Float
        /// How much of the last step is kept.
        public var momentum: Float
        /// The factor of the L2 penalty's gradient.
        public var weightDecay: Float

        /// Creates the settings.
        public init(learningRate: Float, momentum: Float, weightDecay: Float) {
            self.learningRate = learningRate
            self.momentum = momentum
            self.weightDecay = weightDecay
        }
    }

    /// The settings; they may change between steps.
    public var options: Options
    private var velocity: [Float] = []

    /// An optimiser of one parameter, before its first step.
    public init(_ options: Options) {
        self.options = options
    }

    /// Takes one step.
    ///
    /// - Precondition: `parameter` and `gradient` have the same length in every step.
    /// - Complexity: O(length).
    public mutating func step(_ parameter: inout [Float], gradient: [Float]) {
        precondition(parameter.count == gradient.count, "parameter and gradient differ in length")
        let isFirst = velocity.isEmpty
        if isFirst { velocity = Array(repeating: 0, count: gradient.count) }
        for index in parameter.indices {
            let slope = gradient[index] + options.weightDecay * parameter[index]
            velocity[index] = isFirst ? slope : options.momentum * velocity[index] + slope
            parameter[index] -= options.learningRate * velocity[index]
        }
    }
}
