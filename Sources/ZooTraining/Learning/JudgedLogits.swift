import ZooImage

/// Logits with the classes that they should have been.
struct JudgedLogits {
    /// `N × classes`.
    var logits: Matrix
    /// The right class of each row.
    var labels: [Int]
    /// The mean loss, of whatever loss was meant; of several tasks the weighted sum.
    var loss: Double
    /// The same task by task; empty where rows have one label.
    var tasks: [JudgedTask] = []

    /// The share of the rows whose largest logit is at the right class; of several tasks the mean over those that any row has
    /// a label for.
    var accuracy: Double {
        guard tasks.isEmpty else {
            let judged = tasks.filter { !$0.rows.rows.isEmpty }
            return judged.isEmpty ? 0 : judged.reduce(0) { $0 + $1.accuracy } / Double(judged.count)
        }
        guard !labels.isEmpty else { return 0 }
        let result = CrossEntropy.evaluate(logits: logits, labels: labels)
        return Double(result.correctCount) / Double(labels.count)
    }

    /// More about the rows; of several tasks about the classes of all.
    var metrics: ClassificationMetrics {
        tasks.isEmpty
            ? ClassificationMetrics(logits: logits, labels: labels)
            : ClassificationMetrics(joining: tasks.map(\.metrics), accuracy: accuracy, loss: loss)
    }

    /// How often images of each true class (rows) were taken for each class (columns); of several tasks one block after the
    /// other along the diagonal.
    var confusion: [[Int]] {
        guard tasks.isEmpty else { return blockConfusion }
        var matrix = ConfusionMatrix(classCount: logits.columnCount)
        for (row, label) in labels.enumerated() {
            let values = logits.row(row)
            let best = values.indices.reduce(values.startIndex) { values[$1] > values[$0] ? $1 : $0 }
            matrix.add(label: label, prediction: best - values.startIndex)
        }
        return matrix.counts
    }

    /// Logits judged by plain cross-entropy.
    init(logits: Matrix, labels: [Int]) {
        let result = CrossEntropy.evaluate(logits: logits, labels: labels)
        self.init(logits: logits, labels: labels, loss: labels.isEmpty ? 0 : result.lossSum / Double(labels.count))
    }

    /// Logits with the mean of another loss.
    init(logits: Matrix, labels: [Int], loss: Double) {
        self.logits = logits
        self.labels = labels
        self.loss = loss
    }

    /// Logits of several tasks.
    ///
    /// - Parameter loss: what is taken the mean of, by the number of the task.
    init(logits: Matrix, labels: [Int], by tasks: MultiTaskLoss, loss: (Int) -> Loss) {
        let judged = tasks.tasks.tasks.enumerated().map { number, task in
            JudgedTask(
                task, TaskRows(ofTask: number, in: tasks.tasks, logits: logits, labels: labels), loss(number))
        }
        self.init(
            logits: logits, labels: labels, loss: zip(tasks.weights, judged).reduce(0) { $0 + $1.0 * $1.1.loss })
        self.tasks = judged
    }

    private var blockConfusion: [[Int]] {
        var counts = Array(repeating: [Int](repeating: 0, count: logits.columnCount), count: logits.columnCount)
        for (task, range) in zip(tasks, tasks.map(\.task).outputRanges) {
            for (row, label) in task.rows.labels.enumerated() {
                let taken = task.rows.logits.indexOfLargest(inRow: row)
                counts[range.lowerBound + label][range.lowerBound + taken] += 1
            }
        }
        return counts
    }
}

/// The logits of one of several tasks, with the classes that they should have been.
struct JudgedTask {
    let task: LabelTask
    /// The rows that have a label for it.
    let rows: TaskRows
    /// Their mean loss, without the task's weight.
    let loss: Double

    init(_ task: LabelTask, _ rows: TaskRows, _ loss: Loss) {
        self.task = task
        self.rows = rows
        self.loss = rows.rows.isEmpty ? 0 : loss.evaluate(logits: rows.logits, targets: .classes(rows.labels)).mean
    }

    /// The share of the rows whose largest logit is at the right class.
    var accuracy: Double {
        let hits = rows.labels.enumerated().count { rows.logits.indexOfLargest(inRow: $0) == $1 }
        return rows.labels.isEmpty ? 0 : Double(hits) / Double(rows.labels.count)
    }

    /// More about the rows.
    var metrics: ClassificationMetrics { ClassificationMetrics(logits: rows.logits, labels: rows.labels) }
}

extension TaskRecord {
    /// What an epoch gave for one task.
    init(train: JudgedTask, val: JudgedTask) {
        self.init(
            name: train.task.name, trainLoss: train.loss, trainAccuracy: train.accuracy, valLoss: val.loss,
            valAccuracy: val.accuracy, train: train.metrics, val: val.metrics)
    }
}
