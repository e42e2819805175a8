internal import CMath
import Glibc

/// Adam of one parameter, with the semantics of `torch.optim.Adam`, or of `torch.optim.AdamW`.
///
/// For values p with gradient g (−g to maximise) in step t: Adam adds the penalty to the gradient, g ← g + weightDecay·p;
/// AdamW shrinks the values, p ← p − learningRate·weightDecay·p. Then m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²;
/// p ← p − learningRate · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε). With `amsgrad` the largest v so far takes v's place there.
///
/// Source: Kingma and Ba, *Adam*; Loshchilov and Hutter, *Decoupled Weight Decay Regularization*; Reddi et al., *On the
/// Convergence of Adam and Beyond*.
public struct Adam: ParameterOptimiser, Hashable {
    /// The settings of a parameter group; the defaults are PyTorch's, except that of the weight decay (AdamW has 0.01).
    public struct Options: Sendable, Hashable {
        /// The step size.
        public var learningRate: Float
        /// β₁, how much of the mean gradient is kept. In float64, since 1 − β counts.
        public var beta1: Double
        /// β₂, how much of the mean squared gradient is kept.
        public var beta2: Double
        /// ε, what keeps the divisor from zero.
        public var epsilon: Float
        /// The strength of the weight decay.
        public var weightDecay: Float
        /// Whether the weight decay shrinks the values (AdamW) instead of adding to the gradient (Adam).
        public var decouplesDecay: Bool
        /// Whether divisors never shrink.
        public var amsgrad: Bool
        /// Whether the loss shall grow.
        public var maximize: Bool

        /// Creates the settings.
        ///
        /// - Precondition: β₁ and β₂ are at least 0 and less than 1.
        public init(
            learningRate: Float = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Float = 1e-8,
            weightDecay: Float = 0, decouplesDecay: Bool = false, amsgrad: Bool = false, maximize: Bool = false
        ) {
            precondition((0..<1).contains(beta1) && (0..<1).contains(beta2), "betas")
            (self.learningRate, self.beta1, self.beta2, self.epsilon) = (learningRate, beta1, beta2, epsilon)
            (self.weightDecay, self.decouplesDecay) = (weightDecay, decouplesDecay)
            (self.amsgrad, self.maximize) = (amsgrad, maximize)
        }
    }

    /// The settings; they may change between steps, all but `amsgrad`.
    public var options: Options
    private var means: [Float] = []
    private var squares: [Float] = []
    private var largestSquares: [Float] = []
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

    /// β₁.
    public var momentum: Double {
        get { options.beta1 }
        set { options.beta1 = newValue }
    }

    /// The number of steps, the means of gradients and squared gradients, and with `amsgrad` the largest of the latter.
    public var state: OptimiserState {
        var buffers: [String: [Float]] = [:]
        if stepCount > 0 {
            buffers = ["exp_avg": means, "exp_avg_sq": squares]
            if options.amsgrad { buffers["max_exp_avg_sq"] = largestSquares }
        }
        return OptimiserState(step: stepCount, buffers: buffers)
    }

    /// Goes on where another left off; see ``ParameterOptimiser/restore(_:elementCount:)``.
    public mutating func restore(_ state: OptimiserState, elementCount: Int) throws(TrainingError) {
        let names = ["exp_avg", "exp_avg_sq"] + (options.amsgrad ? ["max_exp_avg_sq"] : [])
        try state.require(names, elementCount: elementCount)
        stepCount = state.step
        means = state.buffers["exp_avg"] ?? []
        squares = state.buffers["exp_avg_sq"] ?? []
        largestSquares = state.buffers["max_exp_avg_sq"] ?? []
    }

    /// What a step multiplies by, the same for all elements.
    private struct Factors {
        let sign, decay, shrinking, meanShare, squareKept, squareShare, rate, correction, epsilon: Float

        init(_ options: Options, step: Int) {
            let rate = Double(options.learningRate)
            let decay = Double(options.weightDecay)
            sign = options.maximize ? -1 : 1
            self.decay = options.decouplesDecay ? 0 : options.weightDecay
            shrinking = options.decouplesDecay ? Float(1 - rate * decay) : 1
            meanShare = Float(1 - options.beta1)
            squareKept = Float(options.beta2)
            squareShare = Float(1 - options.beta2)
            self.rate = Float(rate / (1 - pow(options.beta1, Double(step))))
            correction = Float(1 / (1 - pow(options.beta2, Double(step))).squareRoot())
            epsilon = options.epsilon
        }
    }

    /// Takes one step; see ``ParameterOptimiser/step(_:gradient:)``.
    public mutating func step(_ parameter: inout MutableSpan<Float>, gradient: Span<Float>) {
        precondition(parameter.count == gradient.count, "parameter and gradient differ in length")
        stepCount += 1
        if stepCount == 1 {
            means = Array(repeating: 0, count: gradient.count)
            squares = means
            largestSquares = options.amsgrad ? means : []
        }
        precondition(means.count == gradient.count, "the parameter's length changed")
        let factors = Factors(options, step: stepCount)
        if options.amsgrad {
            precondition(largestSquares.count == gradient.count, "amsgrad cannot begin later")
            Self.descend(&parameter, gradient, &means, &squares, &largestSquares, factors)
        } else {
            Self.descend(&parameter, gradient, &means, &squares, factors)
        }
    }

    // The loops are functions of their own, so that the compiler knows their bounds and vectorises them.

    private static func descend(
        _ parameter: inout MutableSpan<Float>, _ gradient: Span<Float>, _ means: inout [Float],
        _ squares: inout [Float], _ factors: Factors
    ) {
        var means = means.mutableSpan
        var squares = squares.mutableSpan
        for index in 0..<parameter.count {
            let slope = factors.sign * gradient[index] + factors.decay * parameter[index]
            let mean = means[index] + factors.meanShare * (slope - means[index])
            let square = factors.squareKept * squares[index] + factors.squareShare * slope * slope
            means[index] = mean
            squares[index] = square
            let divisor = zoo_square_root(square) * factors.correction + factors.epsilon
            parameter[index] = factors.shrinking * parameter[index] - factors.rate * mean / divisor
        }
    }

    private static func descend(
        _ parameter: inout MutableSpan<Float>, _ gradient: Span<Float>, _ means: inout [Float],
        _ squares: inout [Float], _ largest: inout [Float], _ factors: Factors
    ) {
        var means = means.mutableSpan
        var squares = squares.mutableSpan
        var largest = largest.mutableSpan
        for index in 0..<parameter.count {
            let slope = factors.sign * gradient[index] + factors.decay * parameter[index]
            let mean = means[index] + factors.meanShare * (slope - means[index])
            let square = factors.squareKept * squares[index] + factors.squareShare * slope * slope
            let bound = max(largest[index], square)  // A comparison of one's own is not vectorised.
            means[index] = mean
            squares[index] = square
            largest[index] = bound
            let divisor = zoo_square_root(bound) * factors.correction + factors.epsilon
            parameter[index] = factors.shrinking * parameter[index] - factors.rate * mean / divisor
        }
    }
}
