import ZooCore
import ZooTraining

/// Shows features and epochs as they come.
struct TrainingReporter {
    private let console: Console
    private let progress: ProgressLine
    private let clock = ContinuousClock.now

    init(console: Console) {
        self.console = console
        progress = ProgressLine(console)
    }

    func show(_ event: FineTuner.Progress) {
        switch event {
        case .features(let done, let total):
            let seconds = max(clock.secondsUntilNow, 0.001)
            if done < total {
                progress.update("features: \(done) of \(total) images, \(Int(Double(done) / seconds)) images/s")
            } else {
                progress.clear()
                console.message(
                    "features of \(Formatting.count(total, "image")) in \(Formatting.seconds(seconds)) "
                        + "(\(Int(Double(total) / seconds)) images/s)")
                console.message("epoch   train loss   train acc   val loss    val acc")
            }
        case .epoch(let record, _):
            console.message(Self.line(record))
        }
    }

    func finish() {
        progress.clear()
    }

    private static func line(_ record: EpochRecord) -> String {
        let cells = [
            ("\(record.epoch)", 5), (Formatting.fixed(record.trainLoss, 4), 13),
            (Formatting.percent(record.trainAccuracy), 12), (Formatting.fixed(record.valLoss, 4), 11),
            (Formatting.percent(record.valAccuracy), 11),
        ]
        return cells.map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }.joined()
    }
}
