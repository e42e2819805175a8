import SystemPackage
import ZooCore
import ZooEngine
import ZooGraph
import ZooImage
import ZooRegistry
import ZooTraining

/// A `zoo pretrain` whose network and images were found.
struct PretrainWork {
    let command: PretrainCommand
    let session: Session
    let console: Console
    let network: PretrainedNetwork
    let source: ModelArgument

    /// Trains, writes the network, and says what came out.
    func run(_ splits: DataArgument.Splits, to destination: FilePath) throws {
        let clock = ContinuousClock.now
        let running = try command.running.runnerOptions(session: session, console: console)
        let augmentation = augmentation.resolved(for: network.preprocessing)
        let pretrainer = Pretrainer(
            network, task: task, settings: settings, augmentation: augmentation, running: running)
        console.message(
            "\(network.graph.name) learns \(explanation) from "
                + "\(Formatting.count(splits.train.samples.count, "image")), judged by "
                + Formatting.count(splits.validation.samples.count, "image"))
        let folder = runPath(for: destination)
        let existing: RunFolder.Existing =
            command.record.resume ? .resume : command.record.overwrite ? .overwrite : .replaceFinished
        let list = settingsList(augmentation)
        var description = RunDescription(
            command: CommandLine.arguments, source: sourceName, network: network, train: splits.train,
            validation: splits.validation, settings: Dictionary(uniqueKeysWithValues: list))
        description.classes = judgedClasses(splits)
        description.details = RunDetails(
            output: destination, train: splits.train, validation: splits.validation, plan: nil,
            preprocessing: network.preprocessing, running: running)
        let record = (folder: try RunFolder(folder, existing: existing), description: description)
        let reporter = TrainingReporter(console: console, epochs: settings.epochs)
        let outcome: Pretrainer.Outcome
        do {
            outcome = try pretrainer.train(on: splits.train, validation: splits.validation, run: record) { progress in
                try Interruption.check()
                reporter.show(progress)
            }
        } catch let interruption as InterruptionError {
            console.message("the same command with --resume goes on from the last epoch that was saved")
            throw interruption
        }
        reporter.finish()
        NetworkOptions.warn(aboutSlowLayers: outcome.slowLayers, console)
        DataArgument.warn(
            about: outcome.failures, of: splits.train.samples.count + splits.validation.samples.count, console)
        try FineTunedModel(
            graph: outcome.graph, tensors: outcome.tensors, classes: [], preprocessing: network.preprocessing,
            provenance: [("source", sourceName)] + list.map { ($0.0.replacing("-", with: "_"), $0.1) }
        ).write(to: destination)
        let answer = PretrainAnswer(
            outcome, task: command.task.rawValue, output: destination.string, run: folder.string,
            seconds: clock.secondsUntilNow)
        if command.talk.json { try console.json(answer) } else { console.message(answer.summary) }
        if let divergence = outcome.divergence { throw divergence }
        if !command.talk.json { console.result(destination.string) }
    }

    private func runPath(for destination: FilePath) -> FilePath {
        if let run = command.record.run { return FilePath(run) }
        let stem = destination.lastComponent?.stem ?? "run"
        return destination.removingLastComponent().appending("\(stem).run")
    }

    private var sourceName: String { source.entry?.id ?? source.path.lastComponent?.string ?? command.model }

    private var explanation: String {
        switch command.task {
        case .rotation: "how images are turned"
        case .simsiam: "which views are of the same image"
        }
    }

    /// What the confusion of the run's metrics is about: turns, or the images of a group.
    private func judgedClasses(_ splits: DataArgument.Splits) -> [String] {
        if command.task == .rotation { return ImageFolder.turnNames }
        let count = min(Pretrainer.viewGroupSize, splits.train.samples.count, splits.validation.samples.count)
        return (1...max(count, 1)).map { "image \($0)" }
    }

    private var layers: SiameseLayers {
        let projection = command.training.projection ?? 2048
        return SiameseLayers(projection: projection, bottleneck: max(1, projection / 4))
    }

    private var task: PretextTask {
        switch command.task {
        case .rotation: .rotation
        case .simsiam: .simSiam(layers)
        }
    }

    private var augmentation: Augmentation {
        if let given = command.training.augment { return given }
        if command.task == .rotation { return .preset(.light) }
        let views = "hflip,jitter=0.4/0.4/0.4/0.1,grayscale=0.2"
        let framing = network.preprocessing.crop == nil ? "crop=4" : "resized-crop=0.2..1"
        // These are steps that exist: a test draws them.
        return (try? Augmentation("\(framing),\(views)")) ?? .preset(.strong)
    }

    private var settings: TrainingSettings {
        let options = command.training
        var settings = TrainingSettings()
        settings.epochs = options.epochs
        settings.batchSize = options.batchSize
        settings.seed = options.seed
        settings.rates = LearningRates(base: learningRate, headFactor: 1)
        settings.rule = .sgd(
            SGD.Options(learningRate: 0, momentum: Float(options.momentum), weightDecay: Float(options.weightDecay)))
        settings.plan = LearningRatePlan(options.schedule, warmUp: options.warmup)
        return settings
    }

    private var learningRate: Double {
        if let given = command.training.lr { return given }
        let rate = 0.05 * Double(command.training.batchSize) / 256
        return command.task == .rotation && !command.training.noPretrained ? rate / 10 : rate
    }

    /// Every setting that decides the result, by the name of its option, in order.
    private func settingsList(_ augmentation: Augmentation) -> [(String, String)] {
        let options = command.training
        var list: [(String, String)] = [
            ("task", command.task.rawValue), ("epochs", "\(options.epochs)"), ("lr", "\(learningRate)"),
            ("momentum", "\(options.momentum)"), ("weight-decay", "\(options.weightDecay)"),
            ("schedule", "\(options.schedule)"), ("warmup", options.warmup.map { "\($0)" } ?? "none"),
            ("batch-size", "\(options.batchSize)"), ("augment", "\(augmentation)"), ("seed", "\(options.seed)"),
            ("no-pretrained", "\(options.noPretrained)"), ("precision", command.running.numbers.rawValue),
            ("exact", "\(command.running.exact)"),
        ]
        if command.task == .simsiam { list.append(("projection", "\(layers.projection)")) }
        return list
    }
}

/// The result of `zoo pretrain` as `--json` prints it.
struct PretrainAnswer: Encodable {
    struct Epoch: Encodable {
        let epoch: Int
        let trainLoss, trainAccuracy, valLoss, valAccuracy: Double
        let learningRates: [String: Float]
        let seconds: Double
    }

    let output: String
    let run: String
    let task: String
    let epochs: [Epoch]
    let seconds: Double
    let trainCount: Int
    let valCount: Int
    let unreadable: [String]
    let earlyEnding: String?

    init(_ outcome: Pretrainer.Outcome, task: String, output: String, run: String, seconds: Double) {
        self.output = output
        self.run = run
        self.task = task
        epochs = outcome.epochs.map {
            Epoch(
                epoch: $0.epoch, trainLoss: $0.trainLoss, trainAccuracy: $0.trainAccuracy, valLoss: $0.valLoss,
                valAccuracy: $0.valAccuracy, learningRates: $0.learningRates, seconds: $0.seconds)
        }
        self.seconds = seconds
        trainCount = outcome.trainCount
        valCount = outcome.valCount
        unreadable = outcome.failures.map(\.sample.path.string)
        earlyEnding = outcome.earlyEnding ?? outcome.divergence?.message
    }

    /// What came out, for a person.
    var summary: String {
        let early = earlyEnding.map { "ended early: \($0)\n" } ?? ""
        guard let last = epochs.last else { return "\(early)no epochs" }
        let chance = Formatting.percent(task == "rotation" ? 0.25 : 1 / Double(Pretrainer.viewGroupSize))
        return
            "\(early)after \(epochs.count) epochs the task is done right for \(Formatting.percent(last.valAccuracy)) "
            + "(by chance \(chance)), in \(Formatting.seconds(seconds)); next: zoo finetune DATA --model \(output)"
    }
}
