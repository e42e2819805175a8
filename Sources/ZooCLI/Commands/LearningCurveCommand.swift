import ArgumentParser
import SystemPackage
import ZooCore
import ZooImage
import ZooTraining

/// `zoo learning-curve`: what more images would be worth.
struct LearningCurveCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "learning-curve",
        abstract: "Measure how accuracy grows with the number of images.",
        discussion: """
            Trains with growing shares of the training images (the same share of every class; a smaller share is a part of \
            a larger one), several times each, and judges all by the same validation images. If the curve still rises at \
            its end, more images help; if it is flat, another network or better labels do.

            Every option of 'zoo finetune' may be given. With --head-only all trainings share the features of the images, \
            so that a curve takes seconds.

            A power law (error = a · images^−b) is fitted to all shares but the largest; what it says of twice the images \
            is shown only where it was right about the largest.

            Examples:
              zoo learning-curve photos --model resnet18 --head-only
              zoo learning-curve photos --shares 0.25,0.5,1 --epochs 5 --html curve.html
            """)

    @Argument(help: ArgumentHelp("The folder, or list, of images.", valueName: "data"))
    var data: String

    @Option(help: ArgumentHelp("Shares of the training images, with commas between them.", valueName: "shares"))
    var shares = Shares([0.1, 0.2, 0.35, 0.6, 1])

    @Option(help: ArgumentHelp("How many trainings each share gets, each with images of its own.", valueName: "n"))
    var repeats = 3

    @Option(help: ArgumentHelp("The first training's seed; the next ones follow.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("Write a page with the curve.", valueName: "file"))
    var html: String?

    @OptionGroup(title: "Output") var talk: OutputOptions

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("Options of 'zoo finetune' for all trainings.", valueName: "finetune-option"))
    var others: [String] = []

    func validate() throws {
        if !(1...1000 ~= repeats) { throw ValidationError("--repeats must be 1 to 1000") }
        if seed > UInt64.max - 1000 { throw ValidationError("--seed is too large for the seeds that follow") }
    }

    func run() throws {
        if let html { try OutputFile.checkPlace(FilePath(html)) }
        let session = try Session()
        let console = talk.console
        let base = try TrialOptions.parse([data] + others + ["--seed=\(seed)"])
        let splits = try DataArgument.trainingSplits(
            FilePath(data), validationFraction: base.training.valFraction, seed: seed, console: console)
        let clock = ContinuousClock.now
        let curve = try LearningCurve(points: points(splits, session: session))
        if let html {
            try LearningCurveReport(data: data, command: CommandLine.arguments, curve: curve).write(to: FilePath(html))
            console.message("page: \(html)")
        }
        try show(Answer(curve, validationCount: splits.validation.samples.count, html, clock.secondsUntilNow), curve)
    }

    private func points(_ splits: DataArgument.Splits, session: Session) throws -> [LearningCurve.Point] {
        let console = talk.console
        var networks = TrialNetworks()
        let progress = ProgressLine(console)
        let total = shares.values.count * repeats
        var done = 0
        return try shares.values.map { share in
            let clock = ContinuousClock.now
            var accuracies: [Double] = []
            var imageCount = 0
            for offset in 0..<UInt64(repeats) {
                let finetune = try TrialOptions.parse([data] + others + ["--seed=\(seed + offset)"])
                try finetune.refuseTasks(in: "zoo learning-curve")
                let network = try networks.network(of: finetune, session: session, console: console)
                let train = splits.train.sharing(share, seed: seed + offset)
                let parts = DataArgument.Splits(train: train, validation: splits.validation)
                let tuner = FineTuner(
                    network.network, joining: network.others,
                    options: try finetune.tunerOptions(network.network, parts),
                    running: try finetune.running.runnerOptions(session: session, console: console),
                    store: finetune.record.noFeatureCache ? nil : session.featureStore)
                accuracies.append(
                    try tuner.train(on: train, validation: parts.validation) { _ in try Interruption.check() }
                        .bestAccuracy)
                imageCount = train.samples.count
                done += 1
                progress.update(
                    "training", done, of: total, "trainings",
                    note:
                        "\(Formatting.percent(accuracies[accuracies.count - 1])) with \(Formatting.count(imageCount, "image"))"
                )
            }
            if share == shares.values.last { progress.clear() }
            return LearningCurve.Point(
                share: share, imageCount: imageCount, accuracies: accuracies, seconds: clock.secondsUntilNow)
        }
    }

    private func show(_ answer: Answer, _ curve: LearningCurve) throws {
        if talk.json { return try talk.console.json(answer) }
        var table = Table([
            ("SHARE", .right), ("IMAGES", .right), ("ACCURACY", .right), ("±", .right), ("TRAININGS", .right),
            ("TIME", .right),
        ])
        for point in curve.points {
            table.add([
                Formatting.percent(point.share), Formatting.grouped(point.imageCount), Formatting.percent(point.mean),
                point.deviation.map { Formatting.percent($0) } ?? "", "\(point.accuracies.count)",
                Formatting.seconds(point.seconds),
            ])
        }
        talk.console.result(table.text)
        talk.console.message(curve.outlook)
    }

    /// The result as `--json` prints it.
    private struct Answer: Encodable {
        struct Point: Encodable {
            let share: Double
            let imageCount: Int
            let accuracies: [Double]
            let mean: Double
            let deviation: Double?
            let seconds: Double
        }

        struct Law: Encodable {
            let factor, exponent: Double
            let accuracyOfTwice: Double
        }

        let points: [Point]
        let validationCount: Int
        let lastPrediction: Double?
        let powerLaw: Law?
        let report: String?
        let seconds: Double

        init(_ curve: LearningCurve, validationCount: Int, _ report: String?, _ seconds: Double) {
            points = curve.points.map {
                Point(
                    share: $0.share, imageCount: $0.imageCount, accuracies: $0.accuracies, mean: $0.mean,
                    deviation: $0.deviation, seconds: $0.seconds)
            }
            self.validationCount = validationCount
            lastPrediction = curve.lastPrediction
            let twice = 2 * (curve.points.last?.imageCount ?? 0)
            powerLaw = curve.powerLaw.map {
                Law(factor: $0.factor, exponent: $0.exponent, accuracyOfTwice: $0.accuracy(imageCount: twice))
            }
            self.report = report
            self.seconds = seconds
        }
    }
}

/// Shares as people type them: `0.1,0.5,1`.
struct Shares: ExpressibleByArgument {
    /// Growing numbers above 0, up to 1.
    let values: [Double]

    init(_ values: [Double]) {
        self.values = values
    }

    init?(argument: String) {
        let words = argument.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = words.compactMap { Double($0) }
        guard numbers.count == words.count, numbers.allSatisfy({ $0 > 0 && $0 <= 1 }),
            zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 })
        else { return nil }
        values = numbers
    }

    var defaultValueDescription: String { values.map { "\($0)" }.joined(separator: ",") }
}
