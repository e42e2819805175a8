public import ZooImage

/// How well a classifier of several tasks does on images with labels for them.
public struct TaskEvaluation: Sendable {
    /// One task.
    public struct Task: Sendable {
        /// The task as the data have it: its name, and the classes that occur in them.
        public let task: LabelTask
        /// The images that have a label for it, by their rows.
        public let rows: [Int]
        /// How well the classifier does on those.
        public let evaluation: Evaluation
        /// Their logits with the classes of the data, for the report.
        let part: TaskRows
        /// For each class of the data the output of the task that stands for it.
        let outputs: [Int]
        /// The names of the task's outputs.
        let known: [String]
    }

    /// The tasks of the data, in their order.
    public let tasks: [Task]
    /// Whether each row is right for every task that it has a label for.
    public let isRight: [Bool]

    /// The mean accuracy of the tasks that any image has a label for.
    public var accuracy: Double {
        let judged = tasks.filter { !$0.rows.isEmpty }
        return judged.reduce(0) { $0 + $1.evaluation.confusion.accuracy } / Double(max(judged.count, 1))
    }

    /// The sum of the tasks' losses, each the mean cross-entropy over its own outputs.
    public var loss: Double { tasks.reduce(0) { $0 + $1.evaluation.loss } }

    /// Judges logits task by task. Tasks and classes of the data are found in the classifier by their names.
    ///
    /// - Parameters:
    ///   - logits: `N × outputs`, of the classifier.
    ///   - labels: the combination of each row, as the data number them.
    ///   - data: the tasks of the data.
    ///   - tasks: those of the classifier.
    /// - Throws: ``TrainingError`` (`classMismatch`) for a task, or a class of one, that the classifier does not know.
    /// - Precondition: there is a label for each row, and an output for each class of `tasks`.
    /// - Complexity: O(N · outputs).
    public init(
        logits: Matrix, labels: [Int], data: LabelTasks, tasks known: [LabelTask]
    ) throws(TrainingError) {
        var found: [Task] = []
        var isRight = [Bool](repeating: true, count: labels.count)
        let ranges = known.outputRanges
        for (number, task) in data.tasks.enumerated() {
            let place = try Self.place(of: task, among: known)
            let outputs = try Self.outputs(for: task, of: known[place])
            let part = TaskRows(ofTask: number, in: data, columns: ranges[place], logits: logits, labels: labels)
            for (index, row) in part.rows.enumerated()
            where part.logits.indexOfLargest(inRow: index) != outputs[part.labels[index]] { isRight[row] = false }
            found.append(
                Task(
                    task: task, rows: part.rows,
                    evaluation: Evaluation(logits: part.logits, labels: part.labels, outputs: outputs), part: part,
                    outputs: outputs, known: known[place].classes))
        }
        tasks = found
        self.isRight = isRight
    }

    private static func place(of task: LabelTask, among known: [LabelTask]) throws(TrainingError) -> Int {
        let name = task.name.lowercased()
        if let place = known.firstIndex(where: { $0.name == task.name })
            ?? known.firstIndex(where: { $0.name.lowercased() == name })
        {
            return place
        }
        throw TrainingError(
            .classMismatch,
            "the network knows no task '\(task.name)'; its tasks are \(known.map(\.name).joined(separator: ", "))")
    }

    private static func outputs(for task: LabelTask, of known: LabelTask) throws(TrainingError) -> [Int] {
        let positions = Dictionary(known.classes.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let strangers = task.classes.filter { positions[$0] == nil }
        guard strangers.isEmpty else {
            let shown = strangers.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
            throw TrainingError(
                .classMismatch,
                "the network's task '\(known.name)' does not know the class\(strangers.count == 1 ? "" : "es") \(shown)"
                    + "\(strangers.count > 3 ? " and \(strangers.count - 3) more" : "") of the data; it knows "
                    + "\(known.classes.prefix(3).map { "'\($0)'" }.joined(separator: ", "))"
                    + "\(known.classes.count > 3 ? " and \(known.classes.count - 3) more" : "")")
        }
        return task.classes.compactMap { positions[$0] }
    }
}
