import SystemPackage
import ZooTraining

extension FinetuneWork {
    /// Tries growing learning rates, draws how the loss goes, and suggests one.
    func findLearningRate() throws {
        let options = try command.tunerOptions(network, splits)
        let tuner = FineTuner(
            network, options: options,
            running: try command.running.runnerOptions(session: session, console: console),
            store: command.record.noFeatureCache ? nil : session.featureStore)
        let reporter = TrainingReporter(console: console)
        let finder = try tuner.findLearningRate(on: splits.train, validation: splits.validation) { progress in
            try Interruption.check()
            reporter.show(progress)
        }
        reporter.finish()
        let page = try writePage(about: finder)
        if command.talk.json { return try console.json(Answer(finder, report: page)) }
        guard let valley = finder.suggestion(.valley), let steepest = finder.suggestion(.steepest) else {
            throw UsageError(
                "the loss was no number after \(finder.points.count) steps; check the data with 'zoo data check'")
        }
        console.result(LinePlot(finder.points.map { (x: $0.rate, y: $0.loss) }, title: "loss by learning rate").text)
        let (first, second) = (LearningRateFinder.rounded(valley), LearningRateFinder.rounded(steepest))
        console.result("suggested: --lr \(first) (valley), or \(second) (steepest)")
    }

    /// Writes the page that --html names.
    ///
    /// - Returns: Where it is; `nil` if none was asked for, or if there is no step to show.
    private func writePage(about finder: LearningRateFinder) throws -> String? {
        guard let html = command.html, !finder.points.isEmpty else { return nil }
        try LearningRateReport(
            data: command.data, architecture: architecture, command: CommandLine.arguments, finder: finder
        ).write(to: FilePath(html))
        console.message("page: \(html)")
        return html
    }

    private struct Answer: Encodable {
        let points: [LearningRateFinder.Point]
        let diverged: Bool
        let valley, steepest, minimum: Double?
        let report: String?

        init(_ finder: LearningRateFinder, report: String?) {
            points = finder.points
            diverged = finder.hasDiverged
            valley = finder.suggestion(.valley)
            steepest = finder.suggestion(.steepest)
            minimum = finder.suggestion(.minimum)
            self.report = report
        }
    }
}
