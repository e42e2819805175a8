import ZooImage
import ZooReport

/// How well each of several tasks went.
struct TasksSection {
    let tasks: [LabelTask]
    let epochs: [EpochRecord]
    let best: EpochRecord?
    /// The settings of the run.
    let settings: [String: String]

    /// More lines than this cannot be told apart.
    private static let lineLimit = 6

    var section: Page.Section? {
        guard let best, let records = best.tasks else { return nil }
        return Page.Section("tasks", "Tasks") {
            HTML.note(
                "Each task has a softmax over its own outputs, and is taught and judged by the images that have a label for it. "
                    + "The kept epoch is that of the best mean accuracy; the figures are those of epoch \(best.epoch).")
            if let weights = settings["task-weights"] { HTML.note("Weights of the losses: \(weights).") }
            table(records)
            HTML.charts([
                chart("Validation loss by task", \.valLoss, .numbers),
                chart("Validation accuracy by task", \.valAccuracy, .shares),
            ])
        }
    }

    private func table(_ records: [TaskRecord]) -> [HTML] {
        var table = DataTable([
            .init("Task", .text), .init("Classes"), .init("Training labels"), .init("Validation labels"),
            .init("Accuracy", .text), .init("Loss"), .init("Macro F1"), .init("Calibration error"),
        ])
        for (task, record) in zip(tasks, records) {
            table.add([
                HTML(task.name), HTML("\(task.classes.count)"), HTML(NumberText.grouped(record.train.count)),
                HTML(NumberText.grouped(record.val.count)),
                HTML.meter(NumberText.percent(record.valAccuracy), share: record.valAccuracy),
                HTML(NumberText.fixed(record.valLoss, 3)), HTML(NumberText.percent(record.val.macro.f1)),
                HTML(NumberText.percent(record.val.calibrationError)),
            ])
        }
        return table.html
    }

    private func chart(_ title: String, _ value: KeyPath<TaskRecord, Double>, _ values: LineChart.Values) -> HTML {
        let shown = tasks.prefix(Self.lineLimit)
        return LineChart(
            title: title, xTitle: "epoch", values: values,
            series: shown.enumerated().map { number, task in
                LineChart.Series(
                    name: task.name,
                    points: epochs.compactMap { epoch in
                        epoch.tasks.map { LineChart.Point(x: Double(epoch.epoch), y: $0[number][keyPath: value]) }
                    }, colour: number + 1, isDashed: number % 2 == 1)
            }, note: tasks.count > shown.count ? "of the first \(shown.count) tasks" : nil
        ).html
    }
}
