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
        if command.talk.json { return try console.json(Answer(finder)) }
        guard let valley = finder.suggestion(.valley), let steepest = finder.suggestion(.steepest) else {
            throw UsageError(
                "the loss was no number after \(finder.points.count) steps; check the data with 'zoo data check'")
        }
        console.result(LinePlot(finder.points.map { (x: $0.rate, y: $0.loss) }, title: "loss by learning rate").text)
        console.result("suggested: --lr \(Self.rounded(valley)) (valley), or \(Self.rounded(steepest)) (steepest)")
    }

    /// Two digits are as exact as this is.
    private static func rounded(_ rate: Double) -> Double {
        var scale = 1.0
        while rate * scale < 10 { scale *= 10 }
        return (rate * scale).rounded() / scale
    }

    private struct Answer: Encodable {
        let points: [LearningRateFinder.Point]
        let diverged: Bool
        let valley, steepest, minimum: Double?

        init(_ finder: LearningRateFinder) {
            points = finder.points
            diverged = finder.hasDiverged
            valley = finder.suggestion(.valley)
            steepest = finder.suggestion(.steepest)
            minimum = finder.suggestion(.minimum)
        }
    }
}
