/// Moves the parameters of a network, in groups with settings of their own, as a `torch.optim.Optimizer` does.
///
/// ```swift
/// var optimiser = Optimiser([
///     .init("body", .sgd(SGD.Options(learningRate: 0.001, momentum: 0.9, weightDecay: 1e-4)), bodyNames),
///     .init("head", .sgd(SGD.Options(learningRate: 0.01, momentum: 0.9, weightDecay: 0)), headNames),
/// ])
/// optimiser.step("fc.weight", &values, gradient: gradient)
/// optimiser.setLearningRate(0.001, of: "head")
/// ```
public struct Optimiser: Sendable {
    /// Parameters that are moved alike.
    public struct Group: Sendable, Hashable {
        /// What the group is called in reports.
        public let name: String
        /// How the parameters are moved at first.
        public let rule: UpdateRule
        /// The names of the parameters.
        public let parameters: Set<String>

        /// A group.
        public init(_ name: String, _ rule: UpdateRule, _ parameters: Set<String>) {
            self.name = name
            self.rule = rule
            self.parameters = parameters
        }
    }

    /// The groups, as they were given.
    public let groups: [Group]
    /// The step size of each group as it is now, by its name.
    public private(set) var learningRates: [String: Float]
    private var steps: [String: any ParameterOptimiser] = [:]

    /// An optimiser before its first step.
    ///
    /// - Precondition: No two groups have the same name or a parameter in common.
    public init(_ groups: [Group]) {
        self.groups = groups
        learningRates = Dictionary(uniqueKeysWithValues: groups.map { ($0.name, $0.rule.learningRate) })
        for group in groups {
            for name in group.parameters {
                precondition(steps[name] == nil, "the parameter '\(name)' is in two groups")
                steps[name] = group.rule.makeParameterOptimiser()
            }
        }
    }

    /// Changes the step size of a group from the next step on.
    ///
    /// - Precondition: There is a group of that name.
    /// - Complexity: O(parameters of the group).
    public mutating func setLearningRate(_ rate: Float, of name: String) {
        guard let group = groups.first(where: { $0.name == name }) else {
            preconditionFailure("there is no group '\(name)'")
        }
        learningRates[name] = rate
        for parameter in group.parameters { steps[parameter]?.learningRate = rate }
    }

    /// Changes the momentum of a group from the next step on: SGD's, or β₁ of Adam. SGD without momentum stays so.
    ///
    /// - Precondition: There is a group of that name.
    /// - Complexity: O(parameters of the group).
    public mutating func setMomentum(_ momentum: Double, of name: String) {
        guard let group = groups.first(where: { $0.name == name }) else {
            preconditionFailure("there is no group '\(name)'")
        }
        for parameter in group.parameters { steps[parameter]?.momentum = momentum }
    }

    /// Takes over what another optimiser remembers of the parameters that both have; others begin anew.
    ///
    /// - Precondition: The states are those of the same rule, in the same order of elements.
    mutating func adopt(_ states: [String: OptimiserState]) {
        for (name, state) in states {
            let count = state.buffers.values.first?.count ?? 0
            try? steps[name]?.restore(state, elementCount: count)
        }
    }

    /// Takes one step of one parameter.
    ///
    /// - Parameters:
    ///   - name: the parameter's name.
    ///   - values: changed in place.
    ///   - gradient: the derivative of the loss by each value.
    /// - Precondition: A group has the parameter; lengths are the same, the same in every step.
    /// - Complexity: O(length), one pass.
    public mutating func step(_ name: String, _ values: inout MutableSpan<Float>, gradient: Span<Float>) {
        precondition(steps[name] != nil, "no group has the parameter '\(name)'")
        steps[name]?.step(&values, gradient: gradient)
    }

    /// What the next steps depend on apart from the settings, by the parameters' names: for a checkpoint.
    public var states: [String: OptimiserState] { steps.mapValues { $0.state } }

    /// Goes on where another optimiser with the same groups left off. Nothing changes if it throws.
    ///
    /// - Parameter elementCounts: The length of every parameter.
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`) naming a parameter that is missing, or unknown, or whose state
    ///   does not fit.
    public mutating func restore(
        _ states: [String: OptimiserState], elementCounts: [String: Int]
    ) throws(TrainingError) {
        var restored = steps
        if let stranger = Set(states.keys).symmetricDifference(steps.keys).min() {
            let what = states[stranger] == nil ? "lacks" : "has, unlike the optimiser,"
            throw TrainingError(.unfitCheckpoint, "the saved optimiser \(what) the parameter '\(stranger)'")
        }
        for (name, state) in states.sorted(by: { $0.key < $1.key }) {
            do { try restored[name]?.restore(state, elementCount: elementCounts[name] ?? 0) } catch {
                throw TrainingError(.unfitCheckpoint, "\(name): \(error.message)")
            }
        }
        steps = restored
    }
}
