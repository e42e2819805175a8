/// What a classifier is trained to make small, written by you: conform to it, and train with ``Loss/custom(_:)``.
///
/// ```swift
/// struct SquaredError: LossFunction {
///     func evaluate(logits: Matrix, targets: Targets) -> LossResult { … }
/// }
/// settings.loss = .custom(SquaredError())
/// ```
///
/// `Hashable`, so that settings can be compared: two losses that are equal must give the same numbers. `Examples/OwnHead` has
/// a whole one.
public protocol LossFunction: Sendable, Hashable {
    /// Loss and gradient of a batch.
    ///
    /// - Parameters:
    ///   - logits: `N × classes`.
    ///   - targets: What the rows should be taken for; as many, for as many classes.
    /// - Returns: The sum of the losses, and the derivative of their mean by each logit; both finite where logits are.
    func evaluate(logits: Matrix, targets: Targets) -> LossResult
}

/// A loss of one's own, whichever it is.
public struct AnyLossFunction: Sendable, Hashable {
    let function: any LossFunction

    /// Whether both are the same loss with the same settings.
    public static func == (left: AnyLossFunction, right: AnyLossFunction) -> Bool {
        left.function.erased == right.function.erased
    }

    /// Hashes the loss.
    public func hash(into hasher: inout Hasher) { hasher.combine(function.erased) }
}

extension LossFunction {
    fileprivate var erased: AnyHashable { AnyHashable(self) }
}

extension Loss {
    /// A loss of your own.
    public static func custom(_ function: some LossFunction) -> Loss { .own(AnyLossFunction(function: function)) }
}

extension LossResult {
    /// The result of a batch; which rows are right is counted here.
    ///
    /// - Parameters:
    ///   - lossSum: The sum of the losses of the rows.
    ///   - weight: What the mean divides by, usually the number of rows.
    ///   - gradient: The derivative of the mean by each logit, as large as `logits`.
    ///   - logits: What was judged.
    ///   - targets: What the rows should have been taken for.
    /// - Complexity: O(N · classes).
    public init(lossSum: Double, weight: Double, gradient: Matrix, logits: Matrix, targets: Targets) {
        precondition(
            gradient.rowCount == logits.rowCount && gradient.columnCount == logits.columnCount,
            "the gradient is \(gradient.rowCount)×\(gradient.columnCount), logits \(logits.rowCount)×\(logits.columnCount)"
        )
        targets.requireFit(logits)
        let values = logits.values.span
        var correctCount = 0
        if logits.columnCount > 0 {
            for row in 0..<logits.rowCount
            where values.indexOfLargest(row * logits.columnCount, logits.columnCount)
                == targets.largestClass(ofRow: row)
            {
                correctCount += 1
            }
        }
        self.init(lossSum: lossSum, weight: weight, correctCount: correctCount, gradient: gradient)
    }
}

extension Targets {
    /// The share of a class in a row: 1 for the right class and 0 for others, or what was given.
    ///
    /// - Precondition: There are such a row and such a class.
    public func share(of label: Int, inRow row: Int) -> Float {
        switch self {
        case .classes(let labels): labels[row] == label ? 1 : 0
        case .shares(let matrix): matrix.values[row * matrix.columnCount + label]
        }
    }
}
