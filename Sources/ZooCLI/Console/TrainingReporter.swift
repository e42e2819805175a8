import ZooCore
import ZooTraining

/// Shows features, batches and epochs as they come.
final class TrainingReporter {
    private let console: Console
    private let progress: ProgressLine
    private let clock = ContinuousClock.now
    private var knownCount: Int?
    private var hasHeading = false

    init(console: Console) {
        self.console = console
        progress = ProgressLine(console)
    }

    func show(_ event: FineTuner.Progress) {
        switch event {
        case .checked(let done, let total):
            progress.update("reading", done, of: total, "images")
        case .features(let done, let total):
            showFeatures(done, of: total)
        case .images(let done, let total, let epoch):
            progress.update("epoch \(epoch)", done, of: total, "images")
        case .epoch(let record, _):
            progress.clear()
            if !hasHeading { console.message(Self.heading) }
            hasHeading = true
            console.message(Self.line(record))
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

    private static let heading = "epoch   train loss   train acc   val loss    val acc      time"

    private static func line(_ record: EpochRecord) -> String {
        let cells = [
            ("\(record.epoch)", 5), (Formatting.fixed(record.trainLoss, 4), 13),
            (Formatting.percent(record.trainAccuracy), 12), (Formatting.fixed(record.valLoss, 4), 11),
            (Formatting.percent(record.valAccuracy), 11), (Formatting.seconds(record.seconds), 10),
        ]
        return cells.map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }.joined()
    }
}
