import ZooReport

/// How loss, accuracy and learning rates went over the epochs.
struct CurvesSection {
    let epochs: [EpochRecord]
    let best: Int?
    /// The epochs of a network without pretrained weights, if there was one.
    let comparison: [EpochRecord]
    /// The epochs, after the first, from which on more layers were trained.
    let stages: [Int]

    /// More lines than this are not drawn.
    private static let lineLimit = 6

    var section: Page.Section? {
        guard !epochs.isEmpty else { return nil }
        return Page.Section("curves", "Curves") {
            HTML.charts([
                chart("Loss", \.trainLoss, \.valLoss),
                chart("Accuracy", \.trainAccuracy, \.valAccuracy, values: .shares), rates,
            ])
            HTML.note(
                "Training figures are of each batch before its step, with whatever augmentation, mixing and weighting there was; "
                    + "those of validation are of all images after the epoch, the loss as plain cross-entropy.")
            if !stages.isEmpty {
                HTML.note("More layers are trained from epoch \(stages.map { "\($0)" }.joined(separator: " and ")) on.")
            }
            if !comparison.isEmpty { comparisonCharts }
            HTML.details("All \(NumberText.count(epochs.count, "epoch"))") { table }
        }
    }

    private func chart(
        _ title: String, _ train: KeyPath<EpochRecord, Double>, _ val: KeyPath<EpochRecord, Double>,
        values: LineChart.Values = .numbers
    ) -> HTML {
        LineChart(
            title: title, xTitle: "epoch", values: values,
            series: [
                LineChart.Series(name: "train", points: points(epochs, train), colour: 2, isDashed: true),
                LineChart.Series(name: "val", points: points(epochs, val), colour: 1),
            ], marks: marks
        ).html
    }

    private var marks: [LineChart.Mark] {
        best.map { [LineChart.Mark(x: Double($0), label: "best: \($0)")] } ?? []
    }

    private func points(_ epochs: [EpochRecord], _ value: KeyPath<EpochRecord, Double>) -> [LineChart.Point] {
        epochs.map { LineChart.Point(x: Double($0.epoch), y: $0[keyPath: value]) }
    }

    private var rates: HTML {
        let names = Set(epochs.flatMap(\.learningRates.keys))
        // The head first, then towards the images: from the largest last rate to the smallest.
        let last = { (name: String) in epochs.last { $0.learningRates[name] != nil }?.learningRates[name] ?? 0 }
        let order = names.sorted { ($0 == "head" ? 0 : 1, -last($0), $0) < ($1 == "head" ? 0 : 1, -last($1), $1) }
        let shown = order.count <= Self.lineLimit ? order : order.prefix(Self.lineLimit - 1) + order.suffix(1)
        return LineChart(
            title: "Learning rate", xTitle: "epoch",
            series: shown.enumerated().map { index, name in
                LineChart.Series(
                    name: names.count == 1 && name == "head" ? "new layer" : name,
                    points: epochs.map {
                        LineChart.Point(x: Double($0.epoch), y: $0.learningRates[name].map(Double.init) ?? .nan)
                    }, colour: index + 1, isDashed: index % 2 == 1)
            },
            note: order.count > shown.count ? "of \(shown.count) of \(order.count) groups" : "in each epoch's last step"
        ).html
    }

    @HTMLBuilder private var comparisonCharts: [HTML] {
        HTML("h3") { "Pretrained and from random weights" }
        HTML.charts([
            pair("Validation loss", \.valLoss, .numbers), pair("Validation accuracy", \.valAccuracy, .shares),
        ])
        let ours = RecordedRun.best(of: epochs)
        if let ours, let theirs = RecordedRun.best(of: comparison) {
            HTML("p") {
                "Best accuracy: \(NumberText.percent(ours.valAccuracy)) with pretrained weights (epoch \(ours.epoch)), "
                "\(NumberText.percent(theirs.valAccuracy)) from random weights (epoch \(theirs.epoch)). The checkpoint is the "
                "pretrained one."
            }
        }
    }

    private func pair(_ title: String, _ value: KeyPath<EpochRecord, Double>, _ values: LineChart.Values) -> HTML {
        LineChart(
            title: title, xTitle: "epoch", values: values,
            series: [
                LineChart.Series(name: "pretrained", points: points(epochs, value), colour: 1),
                LineChart.Series(name: "random", points: points(comparison, value), colour: 2, isDashed: true),
            ]
        ).html
    }

    private var table: [HTML] {
        var table = DataTable([
            .init("Epoch"), .init("Train loss"), .init("Val loss"), .init("Train accuracy"), .init("Val accuracy"),
            .init("Macro F1"), .init("Calibration error"), .init("Time"),
        ])
        for epoch in epochs.count <= 500 ? epochs[...] : epochs.suffix(500) {
            table.add([
                "\(epoch.epoch)", NumberText.fixed(epoch.trainLoss, 4), NumberText.fixed(epoch.valLoss, 4),
                NumberText.percent(epoch.trainAccuracy), NumberText.percent(epoch.valAccuracy),
                NumberText.percent(epoch.val.macro.f1), NumberText.percent(epoch.val.calibrationError),
                NumberText.seconds(epoch.seconds),
            ])
        }
        let rest = epochs.count > 500 ? [HTML.note("The last 500; metrics.jsonl has all of them.")] : []
        return rest + table.html
    }
}
