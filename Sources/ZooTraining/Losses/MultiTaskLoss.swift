import ZooCore
import ZooImage

/// The losses of several tasks as one: Σ wₜ · Lₜ.
///
/// Lₜ is the mean loss of the rows that have a label for task t, on that task's logits alone; a task that no row has a label
/// for adds nothing. Source: Caruana, *Multitask Learning* (1997).
struct MultiTaskLoss {
    /// What labels and outputs mean.
    let tasks: LabelTasks
    /// How much each task counts.
    let weights: [Double]
    /// What is made small of each task.
    let losses: [Loss]

    /// Loss and gradient of a batch.
    ///
    /// - Parameters:
    ///   - logits: `N × outputs`, those of all tasks side by side.
    ///   - labels: the combination of each row.
    /// - Returns: The weighted sum as the mean of the result. A row is right where it is for every task it has a label for.
    /// - Precondition: there is a combination for each row, and an output for each class.
    /// - Complexity: O(N · outputs).
    func evaluate(logits: Matrix, labels: [Int]) -> LossResult {
        precondition(labels.count == logits.rowCount, "\(labels.count) labels for \(logits.rowCount) rows")
        precondition(
            logits.columnCount == tasks.tasks.outputCount,
            "\(logits.columnCount) logits for \(tasks.tasks.outputCount) classes of \(tasks.tasks.count) tasks")
        var gradient = Matrix(zeros: logits.rowCount, logits.columnCount)
        var mean = 0.0
        var isWrong = [Bool](repeating: false, count: labels.count)
        for (task, range) in tasks.tasks.outputRanges.enumerated() {
            let part = TaskRows(ofTask: task, in: tasks, logits: logits, labels: labels)
            guard !part.rows.isEmpty else { continue }
            let result = losses[task].evaluate(logits: part.logits, targets: .classes(part.labels))
            mean += weights[task] * result.mean
            for (index, row) in part.rows.enumerated() {
                let start = row * logits.columnCount + range.lowerBound
                for (column, slope) in result.gradient.row(index).enumerated() {
                    gradient.values[start + column] = Float(weights[task] * Double(slope))
                }
                if part.logits.indexOfLargest(inRow: index) != part.labels[index] { isWrong[row] = true }
            }
        }
        let count = Double(logits.rowCount)
        return LossResult(
            lossSum: mean * count, weight: count, correctCount: isWrong.count { !$0 }, gradient: gradient)
    }
}

extension MultiTaskLoss {
    /// What the settings ask for.
    ///
    /// - Parameter labels: the combinations of the training images, for weights that make up for classes of different
    ///   sizes.
    init(_ settings: TrainingSettings, _ tasks: LabelTasks, labels: [Int]) {
        self.init(
            tasks: tasks, weights: tasks.tasks.map { settings.taskWeights[$0.name] ?? 1 },
            losses: tasks.tasks.enumerated().map { number, task in
                settings.loss.balanced(
                    settings.balance, labels: labels.compactMap { tasks.label($0, ofTask: number) },
                    classCount: task.classes.count)
            })
    }
}

extension Matrix {
    /// The column of a row's largest element, the first of equal ones.
    ///
    /// - Precondition: there is a column.
    func indexOfLargest(inRow row: Int) -> Int { values.span.indexOfLargest(row * columnCount, columnCount) }
}

extension TrainingSettings {
    /// - Throws: ``TrainingError`` (`invalidSetting`) for a weight of a task that there is not, or one that is no positive
    ///   number.
    func requireWeights(of tasks: [LabelTask]) throws(TrainingError) {
        let names = tasks.map(\.name)
        for (name, weight) in taskWeights.sorted(by: { $0.key < $1.key }) {
            guard names.contains(name) else {
                let question = Suggestion.question(Suggestion.nearest(to: name, among: names)).map { " \($0)" } ?? ""
                throw TrainingError(
                    .invalidSetting,
                    "there is a weight for the task '\(name)', and the tasks are \(names.joined(separator: ", ")).\(question)"
                )
            }
            guard weight > 0, weight.isFinite else {
                throw TrainingError(
                    .invalidSetting,
                    "the weight of the task '\(name)' is \(weight), expected a positive number; leave the task out of the "
                        + "tasks to learn nothing of it")
            }
        }
    }
}
