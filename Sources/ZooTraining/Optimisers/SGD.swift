/// Stochastic gradient descent of one parameter, with the semantics of `torch.optim.SGD`.
///
/// For values p with gradient g (−g to maximise): g ← g + weightDecay·p; v ← g in the first step,
/// momentum·v + (1 − dampening)·g afterwards; p ← p − learningRate·v, or with Nesterov's momentum
/// p ← p − learningRate·(g + momentum·v). Without momentum nothing is remembered.
public struct SGD: ParameterOptimiser, Hashable {
    /// The settings of a parameter group.
    public struct Options: Sendable, Hashable {
        /// The step size.
        public var learningRate: Float
        /// How much of the last step is kept.
        public var momentum: Float
        /// The factor of the L2 penalty's gradient.
        public var weightDecay: Float
        /// How much of the gradient is left out after the first step, where there is momentum.
        public var dampening: Float
        /// Whether the step looks ahead along the momentum.
        public var nesterov: Bool
        /// Whether the loss shall grow.
        public var maximize: Bool

        /// Creates the settings.
        ///
        /// - Precondition: Nesterov's momentum needs a momentum and no dampening, as in PyTorch.
        public init(
            learningRate: Float, momentum: Float, weightDecay: Float, dampening: Float = 0, nesterov: Bool = false,
            maximize: Bool = false
        ) {
            precondition(!nesterov || momentum > 0 && dampening == 0, "Nesterov's momentum")
            self.learningRate = learningRate
            self.momentum = momentum
            self.weightDecay = weightDecay
            self.dampening = dampening
            self.nesterov = nesterov
            self.maximize = maximize
        }
    }

    private static let bufferName = "momentum_buffer"

    /// The settings; they may change between steps.
    public var options: Options
    private var velocity: [Float] = []
    private var stepCount = 0

    /// An optimiser of one parameter, before its first step.
    public init(_ options: Options) {
        self.options = options
    }

    /// The step size.
    public var learningRate: Float {
        get { options.learningRate }
        set { options.learningRate = newValue }
    }

    /// How much of the last step is kept; 0 stays 0, since then nothing is remembered.
    public var momentum: Double {
        get { Double(options.momentum) }
        set { if options.momentum != 0 { options.momentum = Float(newValue) } }
    }

    /// The number of steps, and the momentum where there is any.
    public var state: OptimiserState {
        OptimiserState(step: stepCount, buffers: velocity.isEmpty ? [:] : [Self.bufferName: velocity])
    }

    /// Goes on where another left off; see ``ParameterOptimiser/restore(_:elementCount:)``.
    public mutating func restore(_ state: OptimiserState, elementCount: Int) throws(TrainingError) {
        try state.require(
            options.momentum == 0 || elementCount == 0 ? [] : [Self.bufferName], elementCount: elementCount)
        stepCount = state.step
        velocity = state.buffers[Self.bufferName] ?? []
    }

    /// Takes one step; see ``ParameterOptimiser/step(_:gradient:)``.
    public mutating func step(_ parameter: inout MutableSpan<Float>, gradient: Span<Float>) {
        precondition(parameter.count == gradient.count, "parameter and gradient differ in length")
        stepCount += 1
        let options = options
        let sign: Float = options.maximize ? -1 : 1
        guard options.momentum != 0 else {
            return Self.descend(&parameter, gradient, sign, options)
        }
        let isFirst = velocity.isEmpty
        if isFirst { velocity = Array(repeating: 0, count: gradient.count) }
        precondition(velocity.count == gradient.count, "the parameter's length changed")
        var velocity = velocity.mutableSpan
        // In the first step v becomes g, without dampening.
        let (kept, added) = isFirst ? (0, 1) : (options.momentum, 1 - options.dampening)
        if options.nesterov {
            Self.descendAhead(&parameter, gradient, &velocity, sign, kept, options)
        } else {
            Self.descend(&parameter, gradient, &velocity, sign, (kept, added), options)
        }
    }

    // The loops are functions of their own, so that the compiler knows their bounds and vectorises them.

    private static func descend(
        _ parameter: inout MutableSpan<Float>, _ gradient: Span<Float>, _ sign: Float, _ options: Options
    ) {
        let (rate, decay) = (options.learningRate, options.weightDecay)
        for index in 0..<parameter.count {
            parameter[index] -= rate * (sign * gradient[index] + decay * parameter[index])
        }
    }

    private static func descend(
        _ parameter: inout MutableSpan<Float>, _ gradient: Span<Float>, _ velocity: inout MutableSpan<Float>,
        _ sign: Float, _ shares: (kept: Float, added: Float), _ options: Options
    ) {
        let (rate, decay) = (options.learningRate, options.weightDecay)
        for index in 0..<parameter.count {
            let slope = sign * gradient[index] + decay * parameter[index]
            let moved = shares.kept * velocity[index] + shares.added * slope
            velocity[index] = moved
            parameter[index] -= rate * moved
        }
    }

    private static func descendAhead(
        _ parameter: inout MutableSpan<Float>, _ gradient: Span<Float>, _ velocity: inout MutableSpan<Float>,
        _ sign: Float, _ kept: Float, _ options: Options
    ) {
        let (rate, decay, momentum) = (options.learningRate, options.weightDecay, options.momentum)
        for index in 0..<parameter.count {
            let slope = sign * gradient[index] + decay * parameter[index]
            let moved = kept * velocity[index] + slope
            velocity[index] = moved
            parameter[index] -= rate * (slope + momentum * moved)
        }
    }
}
