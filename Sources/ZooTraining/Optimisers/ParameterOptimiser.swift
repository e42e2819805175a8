/// Moves one parameter along its gradient, and remembers what it needs for the next step.
///
/// An ``Optimiser`` has one for each parameter of a network.
public protocol ParameterOptimiser: Sendable {
    /// The step size; it may change between steps.
    var learningRate: Float { get set }
    /// How much of the last steps is kept: SGD's momentum, β₁ of Adam. It may change between steps.
    var momentum: Double { get set }
    /// What the next step depends on, apart from the settings.
    var state: OptimiserState { get }

    /// Takes one step.
    ///
    /// - Parameters:
    ///   - parameter: the values, changed in place.
    ///   - gradient: the derivative of the loss by each of them.
    /// - Precondition: Both have the same length, the same in every step.
    /// - Complexity: O(length), one pass.
    mutating func step(_ parameter: inout MutableSpan<Float>, gradient: Span<Float>)

    /// Goes on where another left off.
    ///
    /// - Parameter elementCount: the length of the parameter.
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`) for other buffers than the settings need, or other lengths.
    mutating func restore(_ state: OptimiserState, elementCount: Int) throws(TrainingError)
}

/// What an optimiser remembers of one parameter, under the names of PyTorch's `state_dict`.
public struct OptimiserState: Sendable, Hashable {
    /// How many steps were taken.
    public var step: Int
    /// `momentum_buffer`; or `exp_avg`, `exp_avg_sq`, `max_exp_avg_sq`. In the order of the parameter's elements.
    public var buffers: [String: [Float]]

    /// A state, by default that before the first step.
    public init(step: Int = 0, buffers: [String: [Float]] = [:]) {
        self.step = step
        self.buffers = buffers
    }

    /// Checks a state that comes from a file.
    func require(_ names: [String], elementCount: Int) throws(TrainingError) {
        guard step >= 0, Set(buffers.keys) == (step == 0 ? [] : Set(names)) else {
            throw TrainingError(
                .unfitCheckpoint,
                "the optimiser's state has \(buffers.keys.sorted()) after \(step) steps, \(names) are expected; "
                    + "it belongs to an optimiser with other settings")
        }
        for (name, values) in buffers where values.count != elementCount {
            throw TrainingError(
                .unfitCheckpoint,
                "the optimiser's '\(name)' has \(values.count) elements, the parameter has \(elementCount)")
        }
    }
}

extension ParameterOptimiser {
    /// Takes one step on an array.
    ///
    /// - Precondition: `parameter` and `gradient` have the same length, the same in every step.
    /// - Complexity: O(length), one pass.
    public mutating func step(_ parameter: inout [Float], gradient: [Float]) {
        var values = parameter.mutableSpan
        step(&values, gradient: gradient.span)
    }
}

/// How the parameters of a group are moved.
public enum UpdateRule: Sendable, Hashable {
    /// Stochastic gradient descent.
    case sgd(SGD.Options)
    /// Adam, or AdamW.
    case adam(Adam.Options)

    /// The step size.
    public var learningRate: Float {
        switch self {
        case .sgd(let options): options.learningRate
        case .adam(let options): options.learningRate
        }
    }

    /// The strength of the weight decay.
    var weightDecay: Double {
        switch self {
        case .sgd(let options): Double(options.weightDecay)
        case .adam(let options): Double(options.weightDecay)
        }
    }

    /// The same with another step size.
    func withLearningRate(_ rate: Float) -> UpdateRule {
        switch self {
        case .sgd(var options):
            options.learningRate = rate
            return .sgd(options)
        case .adam(var options):
            options.learningRate = rate
            return .adam(options)
        }
    }

    /// An optimiser of one parameter, before its first step.
    public func makeParameterOptimiser() -> any ParameterOptimiser {
        switch self {
        case .sgd(let options): SGD(options)
        case .adam(let options): Adam(options)
        }
    }
}
