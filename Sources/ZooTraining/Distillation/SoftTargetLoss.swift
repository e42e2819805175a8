/// How far a student's softened probabilities are from a teacher's: T² · KL(teacher ‖ student).
///
/// The same as PyTorch's `kl_div(log_softmax(student / T, 1), softmax(teacher / T, 1), reduction="batchmean") * T * T`,
/// in float64.
///
/// Source: Hinton, Vinyals and Dean, *Distilling the Knowledge in a Neural Network*, section 2.
public struct SoftTargetLoss: Sendable, Hashable {
    /// T.
    public let temperature: Double

    /// The loss at a temperature.
    ///
    /// - Precondition: it is positive.
    public init(temperature: Double) {
        precondition(temperature > 0, "a temperature is positive")
        self.temperature = temperature
    }

    /// Loss and gradient of a batch.
    ///
    /// - Parameters:
    ///   - student: the logits that are trained, `N × classes`.
    ///   - teacher: those that they should be like, `N × classes`.
    /// - Returns: The result, whose hits are the rows where both have their largest logit at the same class.
    /// - Precondition: the sizes agree.
    /// - Complexity: O(N · classes).
    public func evaluate(student: Matrix, teacher: Matrix) -> LossResult {
        let classes = student.columnCount
        precondition(
            teacher.rowCount == student.rowCount && teacher.columnCount == classes, "student and teacher differ in size"
        )
        var gradient = Matrix(zeros: student.rowCount, classes)
        // The derivative of T² · KL by a logit is T · (student's probability − teacher's).
        let scale = student.rowCount > 0 ? temperature / Double(student.rowCount) : 0
        var lossSum = 0.0
        var correctCount = 0
        let factor = Float(1 / temperature)
        let (ours, theirs) = (student.scaled(by: factor), teacher.scaled(by: factor))
        var row = Row(classes)
        var target = Row(classes)
        for index in 0..<student.rowCount {
            let mine = row.fill(ours, index)
            if mine == target.fill(theirs, index) { correctCount += 1 }
            for column in 0..<classes {
                let share = target.probabilities[column]
                // A share of 0 has no entropy; 0 · −∞ would be no number.
                if share != 0 { lossSum += share * (target.logarithms[column] - row.logarithms[column]) }
                gradient.values[index * classes + column] = Float((row.probabilities[column] - share) * scale)
            }
        }
        return LossResult(
            lossSum: lossSum * temperature * temperature, weight: Double(student.rowCount),
            correctCount: correctCount, gradient: gradient)
    }

    /// The softmax of one row.
    private struct Row {
        var logarithms, probabilities: [Double]

        init(_ classes: Int) {
            logarithms = Array(repeating: 0, count: classes)
            probabilities = logarithms
        }

        mutating func fill(_ logits: Matrix, _ row: Int) -> Int? {
            // Two spans of one value's parts at a time are not allowed.
            var (first, second) = (logarithms, probabilities)
            (logarithms, probabilities) = ([], [])
            defer { (logarithms, probabilities) = (first, second) }
            var logarithm = first.mutableSpan
            var probability = second.mutableSpan
            return Softmax.evaluate(logits.values.span, row * logits.columnCount, &logarithm, &probability)
        }
    }
}
