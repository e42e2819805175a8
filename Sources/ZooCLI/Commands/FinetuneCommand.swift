import ArgumentParser
import SystemPackage
import ZooCore
import ZooGraph
import ZooImage
import ZooRegistry
import ZooTraining

/// `zoo finetune`: a new head for new classes.
struct FinetuneCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "finetune",
        abstract: "Adapt a pretrained network to the classes of a folder of images.",
        discussion: """
            DATA holds train/ and val/ (or test/) with a folder of images for each class, or the class folders \
            themselves; then --val-fraction of each class is kept for validation.

            The output layer is replaced by a new one for the classes of DATA. With --head-only everything else is \
            frozen: each image goes through the network once, and the new layer is trained on what comes out. \
            The epoch with the best validation accuracy is kept and written as a checkpoint that zoo and \
            torch.load(weights_only=True) read.

            Examples:
              zoo finetune photos --model resnet18 --head-only
              zoo finetune photos --model resnet18 --head-only --epochs 40 --lr 0.005 -o photos.pth
              zoo predict photos.pth new/*.jpg
            """)

    @Argument(help: ArgumentHelp("The folder of images.", valueName: "data"))
    var data: String

    @Option(help: ArgumentHelp("The pretrained network: a registered name or a checkpoint.", valueName: "model"))
    var model = "resnet18"

    @Flag(help: "Train the new output layer only; everything else is frozen.")
    var headOnly = false

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Where the result goes.", discussion: "MODEL-DATA.pth by default.", valueName: "file"))
    var output: String?

    @OptionGroup(title: "Training") var training: TrainingOptions
    @OptionGroup(title: "Running") var running: NetworkOptions
    @OptionGroup(title: "Output") var talk: OutputOptions

    func validate() throws {
        guard headOnly else {
            throw ValidationError(
                "only head-only fine-tuning is there so far: add --head-only (full fine-tuning is to come)")
        }
    }

    func run() throws {
        let clock = ContinuousClock.now
        let console = talk.console
        let session = try Session()
        let folder = FilePath(data)
        if let output { try OutputFile.check(FilePath(output)) }
        let splits = try DataArgument.trainingSplits(
            folder, validationFraction: training.valFraction, seed: training.seed, console: console)
        let source = try ModelArgument.resolve(model, session: session, console: console)
        let network = try source.load(session: session, options: running, console: console)
        let destination = FilePath(output ?? Self.defaultOutput(model: network.graph.name, data: folder))
        try OutputFile.check(destination)
        console.message(Self.plan(network, splits))
        if !Matrix.hasFastProducts {
            console.warning("libopenblas.so.0 is not here, so the head is trained slowly; install libopenblas0")
        }

        let tuner = FineTuner(
            network, options: training.headOptions,
            running: try running.runnerOptions(session: session, console: console))
        let reporter = TrainingReporter(console: console)
        let outcome = try tuner.trainHead(on: splits.train, validation: splits.validation) { progress in
            try Interruption.check()
            reporter.show(progress)
        }
        reporter.finish()
        NetworkOptions.warn(aboutSlowLayers: outcome.slowLayers, console)
        DataArgument.warn(
            about: outcome.failures, of: splits.train.samples.count + splits.validation.samples.count, console)

        let result = FineTunedModel(
            source: network, head: outcome.training.head, classes: splits.train.classes,
            provenance: training.provenance(
                model: source.entry?.id ?? source.path.lastComponent?.string ?? model, running))
        try result.write(to: destination)
        let answer = Answer(outcome, classes: splits.train.classes, output: destination, seconds: clock.secondsUntilNow)
        if talk.json { return try console.json(answer) }
        console.message(answer.summary)
        console.result(destination.string)
    }

    private static func plan(_ network: PretrainedNetwork, _ splits: DataArgument.Splits) -> String {
        let head = network.head
        return "\(network.graph.name): the layer '\(head.prefix)' (\(head.inputFeatures) → \(head.outputs)) becomes "
            + "\(head.inputFeatures) → \(splits.train.classes.count); the rest is frozen\n"
            + "\(Formatting.count(splits.train.samples.count, "training image")) and "
            + "\(Formatting.count(splits.validation.samples.count, "validation image")) in "
            + "\(Formatting.count(splits.train.classes.count, "class", "classes")): "
            + splits.train.classes.prefix(8).joined(separator: ", ") + (splits.train.classes.count > 8 ? ", …" : "")
    }

    private static func defaultOutput(model: String, data: FilePath) -> String {
        let name = data.lexicallyNormalized().lastComponent?.string ?? "data"
        return "\(model)-\(name == "." || name == ".." ? "data" : name).pth"
    }
}

extension FinetuneCommand {
    /// The result as `--json` prints it.
    struct Answer: Encodable {
        struct Epoch: Encodable {
            let epoch: Int
            let trainLoss, trainAccuracy, valLoss, valAccuracy: Double
            let learningRates: [String: Float]
            let seconds: Double
        }

        let output: String
        let classes: [String]
        let bestAccuracy: Double
        let bestEpoch: Int
        let epochs: [Epoch]
        let seconds: Double
        let featureSeconds: Double
        let trainCount: Int
        let valCount: Int
        let unreadable: [String]

        init(_ outcome: FineTuner.Outcome, classes: [String], output: FilePath, seconds: Double) {
            self.output = output.string
            self.classes = classes
            bestEpoch = outcome.training.bestEpoch
            bestAccuracy = outcome.training.bestAccuracy
            epochs = outcome.training.epochs.map {
                Epoch(
                    epoch: $0.epoch, trainLoss: $0.trainLoss, trainAccuracy: $0.trainAccuracy, valLoss: $0.valLoss,
                    valAccuracy: $0.valAccuracy, learningRates: $0.learningRates, seconds: $0.seconds)
            }
            self.seconds = seconds
            featureSeconds = outcome.featureSeconds
            trainCount = outcome.trainCount
            valCount = outcome.valCount
            unreadable = outcome.failures.map(\.sample.path.string)
        }

        /// One line for a person.
        var summary: String {
            let accuracy = Formatting.percent(bestAccuracy)
            return bestEpoch == 0
                ? "no epochs: the new layer is untrained, validation accuracy \(accuracy)"
                : "best epoch \(bestEpoch): validation accuracy \(accuracy), after \(Formatting.seconds(seconds)) in all"
        }
    }
}
