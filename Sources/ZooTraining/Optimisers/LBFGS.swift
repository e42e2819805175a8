/// Minimises a smooth function of many parameters, with the semantics of `torch.optim.LBFGS` and its
/// `line_search_fn="strong_wolfe"`.
///
/// For heads on stored features: each evaluation is over all of them, and few are needed. Source: Nocedal and Wright,
/// *Numerical Optimization*, algorithms 7.4 and 7.5.
///
/// ```swift
/// let outcome = LBFGS().minimise(&parameters) { values in (loss(values), gradient(values)) }
/// ```
public struct LBFGS: Sendable, Hashable {
    /// The settings, with PyTorch's defaults.
    public struct Options: Sendable, Hashable {
        /// The first length that is tried on the way along a direction.
        public var learningRate = 1.0
        /// How many directions are gone along at most.
        public var maxIterations = 20
        /// How often the function is evaluated at most; by default 5/4 of ``maxIterations``.
        public var maxEvaluations: Int?
        /// Where no derivative is larger than this, the minimum is found.
        public var gradientTolerance = 1e-7
        /// Where neither parameters nor loss change by more than this, the minimum is found.
        public var changeTolerance = 1e-9
        /// How many earlier steps the curvature is estimated from.
        public var historySize = 100
        /// A step says something of the curvature if its product with the change of the gradient is larger than this.
        var curvatureTolerance = 1e-10
        /// The share of a loss that may be rounding. Where it is not zero, a loss that does not change does not end the
        /// search; a gradient that has become no smaller for ``patience`` iterations does.
        var lossNoise = 0.0
        /// See ``lossNoise``.
        var patience = 50

        /// PyTorch's defaults.
        public init() {}
    }

    /// Why the search ended.
    public enum Ending: Sendable, Hashable {
        /// The gradient is small enough.
        case gradient
        /// Nothing changes any more.
        case change
        /// As many directions or evaluations as were allowed.
        case limit
        /// The function or its gradient is not a finite number at the start.
        case notFinite
    }

    /// What the search came to.
    public struct Outcome: Sendable, Hashable {
        /// The function's value at the parameters that were found.
        public fileprivate(set) var loss: Double
        /// How many directions were gone along.
        public fileprivate(set) var iterationCount = 0
        /// How often the function was evaluated.
        public fileprivate(set) var evaluationCount = 1
        /// Why it ended.
        public fileprivate(set) var ending = Ending.limit
    }

    /// A function's value at some parameters and its derivative by each.
    public typealias Evaluation = (loss: Double, gradient: [Float])

    /// The settings.
    public var options: Options

    /// A minimiser.
    public init(_ options: Options = Options()) {
        self.options = options
    }

    /// Changes the parameters until the function's value is least, or a limit is reached; see
    /// ``minimise(_:onIteration:evaluate:)``.
    @discardableResult
    public func minimise(
        _ parameters: inout [Float], evaluate: ([Float]) throws -> Evaluation
    ) rethrows -> Outcome {
        try minimise(&parameters, onIteration: { _ in }, evaluate: evaluate)
    }

    /// Changes the parameters until the function's value is least, or a limit is reached.
    ///
    /// - Parameters:
    ///   - parameters: Where to begin; the best that was found when it returns. Where `evaluate` or `onIteration` throws,
    ///     what the iteration before found.
    ///   - onIteration: Called after each iteration with what it came to; what it throws ends the search.
    ///   - evaluate: The function; deterministic, and the gradient as long as the parameters.
    /// - Complexity: O(evaluations), and O(historySize · elements) for each iteration.
    @discardableResult
    public func minimise(
        _ parameters: inout [Float], onIteration: (Outcome) throws -> Void,
        evaluate: ([Float]) throws -> Evaluation
    ) rethrows -> Outcome {
        try search(&parameters, onIteration, evaluate)
    }

    /// The same in float64, for what has to be found more exactly than float32 can say.
    @discardableResult
    func minimise(
        _ parameters: inout [Double], onIteration: (Outcome) throws -> Void,
        evaluate: ([Double]) throws -> (loss: Double, gradient: [Double])
    ) rethrows -> Outcome {
        try search(&parameters, onIteration, evaluate)
    }

    private func search<Number: MinimisedNumber>(
        _ parameters: inout [Number], _ onIteration: (Outcome) throws -> Void,
        _ evaluate: ([Number]) throws -> (loss: Double, gradient: [Number])
    ) rethrows -> Outcome {
        let maxEvaluations = options.maxEvaluations ?? options.maxIterations * 5 / 4
        var (loss, gradient) = try evaluate(parameters)
        var outcome = Outcome(loss: loss)
        guard loss.isFinite, Number.largestMagnitude(gradient.span).isFinite else { return outcome.ended(.notFinite) }
        if isSmall(gradient) { return outcome.ended(.gradient) }
        var curvature = Curvature<Number>(
            historySize: options.historySize, tolerance: options.curvatureTolerance)
        var stall = Stall()
        while outcome.iterationCount < options.maxIterations {
            outcome.iterationCount += 1
            let direction = curvature.direction(gradient)
            let first = outcome.iterationCount == 1 ? min(1, 1 / gradient.sumOfMagnitudes()) : 1
            let slope = Number.dot(gradient.span, direction.span)
            if slope > -options.changeTolerance { return outcome.ended(.change) }
            let search = LineSearch<Number>(
                changeTolerance: options.changeTolerance, maxEvaluations: maxEvaluations - outcome.evaluationCount,
                largestStep: Double(Number.largestMagnitude(direction.span)), lossNoise: options.lossNoise)
            let start = LineSearch<Number>.Point(length: 0, loss: loss, slope: slope, gradient: gradient)
            let (found, evaluationCount) = try search.run(
                from: start, length: first * options.learningRate
            ) { length in
                var moved = parameters
                moved.move(along: direction, length)
                let (loss, gradient) = try evaluate(moved)
                return LineSearch<Number>.Point(
                    length: length, loss: loss, slope: Number.dot(gradient.span, direction.span), gradient: gradient)
            }
            parameters.move(along: direction, found.length)
            curvature.learn(step: direction, times: found.length, from: gradient, to: found.gradient)
            let change = abs(found.loss - loss)
            (loss, gradient) = (found.loss, found.gradient)
            outcome.loss = loss
            outcome.evaluationCount += evaluationCount
            try onIteration(outcome)
            if outcome.iterationCount == options.maxIterations || outcome.evaluationCount >= maxEvaluations { break }
            if isSmall(gradient) { return outcome.ended(.gradient) }
            if options.lossNoise > 0 {
                let isLevel = change <= options.lossNoise * abs(loss)
                let isStuck = stall.hasLasted(options.patience, isLevel: isLevel, gradient)
                if isStuck || found.length == 0 { return outcome.ended(.change) }
                continue
            }
            let movedLittle =
                Double(Number.largestMagnitude(direction.span)) * abs(found.length) <= options.changeTolerance
            if movedLittle || change < options.changeTolerance { return outcome.ended(.change) }
        }
        return outcome
    }

    private func isSmall<Number: MinimisedNumber>(_ gradient: [Number]) -> Bool {
        Double(Number.largestMagnitude(gradient.span)) <= options.gradientTolerance
    }
}

extension LBFGS.Outcome {
    fileprivate func ended(_ ending: LBFGS.Ending) -> Self {
        var outcome = self
        outcome.ending = ending
        return outcome
    }
}

/// How long neither the loss nor the gradient has become smaller.
private struct Stall {
    private var leastGradient = Double.infinity
    private var iterationCount = 0

    /// Takes note of an iteration, and says whether it is one of `patience` in a row that came to nothing.
    mutating func hasLasted<Number: MinimisedNumber>(_ patience: Int, isLevel: Bool, _ gradient: [Number]) -> Bool {
        let norm = Double(Number.largestMagnitude(gradient.span))
        iterationCount = isLevel && norm >= leastGradient ? iterationCount + 1 : 0
        leastGradient = min(leastGradient, norm)
        return iterationCount >= patience
    }
}

/// What earlier steps tell of the curvature: an approximation of the inverse of the second derivatives.
private struct Curvature<Number: MinimisedNumber> {
    /// A step s, the change y of the gradient along it, and 1/(y·s).
    private struct Pair {
        let step, change: [Number]
        let inverse: Double
    }

    let historySize: Int
    let tolerance: Double
    private var pairs: [Pair] = []
    private var scale = 1.0

    init(historySize: Int, tolerance: Double) {
        self.historySize = historySize
        self.tolerance = tolerance
    }

    /// Takes note of a step and the gradients before and after it, unless the function curves the wrong way.
    mutating func learn(step: [Number], times length: Double, from old: [Number], to new: [Number]) {
        let change = zip(new, old).map { $0 - $1 }
        let step = step.map { Number(Double($0) * length) }
        let product = Number.dot(change.span, step.span)
        guard product > tolerance else { return }
        if pairs.count == historySize, !pairs.isEmpty { pairs.removeFirst() }
        if historySize > 0 { pairs.append(Pair(step: step, change: change, inverse: 1 / product)) }
        scale = product / Number.dot(change.span, change.span)
    }

    /// Where to go from a point with this gradient (the "two-loop recursion").
    func direction(_ gradient: [Number]) -> [Number] {
        var direction = gradient.map { -$0 }
        var factors = [Double](repeating: 0, count: pairs.count)
        for (index, pair) in pairs.enumerated().reversed() {
            factors[index] = Number.dot(pair.step.span, direction.span) * pair.inverse
            direction.move(along: pair.change, -factors[index])
        }
        for index in direction.indices { direction[index] *= Number(scale) }
        for (index, pair) in pairs.enumerated() {
            let factor = Number.dot(pair.change.span, direction.span) * pair.inverse
            direction.move(along: pair.step, factors[index] - factor)
        }
        return direction
    }
}

extension Array where Element: MinimisedNumber {
    fileprivate mutating func move(along direction: [Element], _ length: Double) {
        let factor = Element(length)
        var span = mutableSpan
        let steps = direction.span
        for index in steps.indices { span[index] += factor * steps[index] }
    }

    fileprivate func sumOfMagnitudes() -> Double {
        reduce(0) { $0 + Double(abs($1)) }
    }
}
