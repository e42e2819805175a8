import ZooImage

/// The rows of some logits that have a label for one of several tasks, with the logits of that task alone.
struct TaskRows {
    /// The numbers of the rows.
    let rows: [Int]
    /// The class of each of them.
    let labels: [Int]
    /// `rows × classes of the task`.
    let logits: Matrix

    /// - Parameters:
    ///   - logits: `N × outputs`, those of all tasks side by side.
    ///   - labels: the combination of each row.
    /// - Complexity: O(N + rows · classes).
    init(ofTask task: Int, in tasks: LabelTasks, logits: Matrix, labels: [Int]) {
        self.init(
            ofTask: task, in: tasks, columns: tasks.tasks.outputRanges[task], logits: logits, labels: labels)
    }

    /// - Parameter range: the outputs of the task, where they are not those that `tasks` gives it.
    init(ofTask task: Int, in tasks: LabelTasks, columns range: Range<Int>, logits: Matrix, labels: [Int]) {
        var (rows, own) = ([Int](), [Int]())
        var values: [Float] = []
        for (row, label) in labels.enumerated() {
            guard let label = tasks.label(label, ofTask: task) else { continue }
            rows.append(row)
            own.append(label)
            values += logits.row(row, range)
        }
        self.rows = rows
        self.labels = own
        self.logits = Matrix(rowCount: rows.count, columnCount: range.count, values: values)
    }
}

extension Matrix {
    /// Some elements of a row.
    ///
    /// - Precondition: there are such a row and such columns.
    func row(_ index: Int, _ columns: Range<Int>) -> ArraySlice<Float> {
        values[index * columnCount + columns.lowerBound..<index * columnCount + columns.upperBound]
    }
}
