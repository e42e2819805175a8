import SystemPackage
import ZooCore
import ZooTraining

/// Shows features, batches and epochs as they come.
final class TrainingReporter {
    private let console: Console
    private let progress: ProgressLine
    private let clock = ContinuousClock.now
    private var knownCount: Int?
    private var hasHeading = false

    private let epochs: Int?

    /// - Parameter epochs: how many there will be, where that is known.
    init(console: Console, epochs: Int? = nil) {
        self.console = console
        self.epochs = epochs
        progress = ProgressLine(console)
    }

    func show(_ event: FineTuner.Progress) {
        switch event {
        case .checked(let done, let total):
            progress.update("reading", done, of: total, "images")
        case .features(let done, let total):
            showFeatures(done, of: total)
        case .images(let done, let total, let epoch):
            progress.update("epoch \(epoch)\(epochs.map { "/\($0)" } ?? "")", done, of: total, "images")
        case .epoch(let record, _):
            progress.clear()
            let width = Screen.size(of: .standardError)?.columns
            if !hasHeading { console.message(Self.line(nil, tasks: record.tasks?.map(\.name) ?? [], width: width)) }
            hasHeading = true
            console.message(Self.line(record, width: width))
        }
    }

    func finish() {
        progress.clear()
    }

    private func showFeatures(_ done: Int, of total: Int) {
        if knownCount == nil { knownCount = done }
        let known = knownCount ?? 0
        let seconds = max(clock.secondsUntilNow, 0.001)
        guard done < total else {
            progress.clear()
            let computed = total - known
            let rate = computed > 0 ? " (\(Int(Double(computed) / seconds)) images/s)" : ""
            let reuse = known > 0 ? ", \(known) of them known from an earlier run" : ""
            return console.message(
                "features of \(Formatting.count(total, "image"))\(reuse), in \(Formatting.seconds(seconds))\(rate)")
        }
        progress.update("features", done, of: total, "images")
    }

    /// The columns of an epoch's line, with the order in which they are left out where the terminal is narrow.
    private static let columns: [(title: String, width: Int, leftOut: Int)] = [
        ("epoch", 5, 0), ("train loss", 13, 2), ("train acc", 12, 1), ("val loss", 11, 3), ("val acc", 11, 0),
        ("time", 13, 4),
    ]

    /// A line of the table of epochs in `width` columns.
    ///
    /// The validation accuracy of each of several tasks stands behind their mean.
    ///
    /// - Parameters:
    ///   - record: `nil` for the heading.
    ///   - tasks: the names of several tasks, for the heading.
    static func line(_ record: EpochRecord?, tasks: [String] = [], width: Int?) -> String {
        let names = record?.tasks?.map(\.name) ?? tasks
        let own = names.enumerated().map { number, name in
            (title: name, width: max(DisplayText.width(name) + 3, 9), leftOut: 4 + names.count - number)
        }
        let columns = Self.columns.dropLast() + own + Self.columns.suffix(1)
        var shown = Array(columns.indices)
        for rank in 1...4 + names.count where shown.reduce(0, { $0 + columns[$1].width }) > width ?? .max {
            shown.removeAll { columns[$0].leftOut == rank }
        }
        let texts =
            record.map {
                [
                    "\($0.epoch)", Formatting.fixed($0.trainLoss, 4), Formatting.percent($0.trainAccuracy),
                    Formatting.fixed($0.valLoss, 4), Formatting.percent($0.valAccuracy),
                ] + ($0.tasks ?? []).map { Formatting.percent($0.valAccuracy) } + [Formatting.seconds($0.seconds)]
            } ?? columns.map(\.title)
        return shown.map { DisplayText.padded(texts[$0], to: columns[$0].width, onTheLeft: true) }.joined()
    }
}
