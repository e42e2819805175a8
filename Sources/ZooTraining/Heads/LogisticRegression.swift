/// Multinomial logistic regression, solved to its optimum: scikit-learn's `LogisticRegression`.
///
/// Makes ½·‖w‖² + C · Σ cross-entropy small, the biases free. For two classes, where scikit-learn has one row of weights
/// for the two that softmax has, the penalty counts twice, which gives the same probabilities. The optimum is the only one,
/// so neither learning rates nor seeds matter.
public struct LogisticRegression: HeadMethod {
    /// How much the images count against the penalty, scikit-learn's `C`.
    public var c: Double

    /// A method.
    ///
    /// - Precondition: `c` is positive.
    public init(c: Double = 1) {
        precondition(c > 0 && c.isFinite, "C must be positive")
        self.c = c
    }

    /// Finds the optimum, in float64, by L-BFGS.
    ///
    /// - Throws: ``TrainingError`` (`diverged`) if the gradient does not vanish.
    /// - Complexity: O(steps · images · features · classes).
    public func fit(
        _ train: FeatureSet, classCount: Int, seed: UInt64 = 0, onStep: (Double) throws -> Void = { _ in }
    ) throws -> LinearHead {
        try problem(train, classCount: classCount).solve(onStep: onStep).head
    }

    func problem(_ train: FeatureSet, classCount: Int) -> PenalisedLinearProblem {
        PenalisedLinearProblem(
            train: train, classCount: classCount, loss: .softmax, c: c, penaltyCount: classCount == 2 ? 2 : 1,
            penalisesBias: false)
    }
}

/// A linear support vector machine, each class against the rest, with the squared hinge loss: scikit-learn's `LinearSVC`
/// with its defaults.
///
/// For each class, makes ½·(‖w‖² + b²) + C · Σ max(0, 1 − y·(w·x + b))² small, y = ±1; the bias is penalised as LIBLINEAR
/// does. Its outputs are margins: their softmax orders the classes and says little of how likely they are.
public struct LinearSVM: HeadMethod {
    /// How much the images count against the penalty, scikit-learn's `C`.
    public var c: Double

    /// A method.
    ///
    /// - Precondition: `c` is positive.
    public init(c: Double = 1) {
        precondition(c > 0 && c.isFinite, "C must be positive")
        self.c = c
    }

    /// Finds the optimum, in float64, by L-BFGS.
    ///
    /// - Throws: ``TrainingError`` (`diverged`) if the gradient does not vanish.
    /// - Complexity: O(steps · images · features · classes).
    public func fit(
        _ train: FeatureSet, classCount: Int, seed: UInt64 = 0, onStep: (Double) throws -> Void = { _ in }
    ) throws -> LinearHead {
        try problem(train, classCount: classCount).solve(onStep: onStep).head
    }

    func problem(_ train: FeatureSet, classCount: Int) -> PenalisedLinearProblem {
        PenalisedLinearProblem(
            train: train, classCount: classCount, loss: .squaredHinge, c: c, penaltyCount: 1, penalisesBias: true)
    }
}
