import ArgumentParser
import SystemPackage
import ZooImage
import ZooRegistry
import ZooTraining

/// `zoo ensemble bag`: the same network trained on several samples of the images.
struct EnsembleBagCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "bag",
        abstract: "Fine-tune several times, on images drawn anew, and average.",
        discussion: """
            Each member learns from as many images as there are, drawn with replacement, so that it never sees about 37 % \
            of them; those judge it (out-of-bag accuracy). Takes the options of 'zoo finetune'. With --head-only all \
            members are output layers on one network, which runs once for all.

            Examples:
              zoo ensemble bag photos --model resnet18 --head-only --members 10
              zoo ensemble bag photos --model resnet18 --members 3 --epochs 10
            """)

    @Argument(
        help: ArgumentHelp("The folder of images, or a list of them.", valueName: "data"),
        completion: .file(extensions: ["csv", "jsonl"]))
    var data: String

    @Option(help: ArgumentHelp("How many members are trained.", valueName: "n"))
    var members = 10

    @Option(
        name: [.short, .long], help: ArgumentHelp("Where the result goes.", valueName: "file"),
        completion: .file(extensions: Completions.checkpointExtensions))
    var output = "ensemble.pth"

    @OptionGroup(title: "Output") var talk: OutputOptions

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("Options of 'zoo finetune' for all members.", valueName: "finetune-option"))
    var others: [String] = []

    func validate() throws {
        if !(2...1000 ~= members) { throw ValidationError("--members must be 2 to 1000") }
    }

    func run() throws {
        try OutputFile.check(FilePath(output))
        let finetune = try parsedOptions()
        let work = try EnsembleWork(running: finetune.running, batchSize: nil, console: talk.console)
        let splits = try DataArgument.trainingSplits(
            FilePath(data), validationFraction: finetune.training.valFraction, seed: finetune.training.seed,
            console: work.console)
        let source = try ModelArgument.resolve(finetune.model, session: work.session, console: work.console)
        let loaded = try source.load(
            session: work.session, options: finetune.running, console: work.console, needsHead: false)
        let network =
            finetune.layers.noPretrained ? loaded.withRandomWeights(seed: finetune.training.seed) : loaded
        let options = try finetune.tunerOptions(network, splits)
        let outcome = try train(
            Bagging(
                network, memberCount: members, options: options, running: try work.runnerOptions,
                store: finetune.record.noFeatureCache ? nil : work.session.featureStore), splits, work)
        let found = try work.answers(outcome.ensemble, splits.validation)
        var answer = work.answer(outcome.ensemble, output: output, method: "bag")
        answer.outOfBagAccuracy = outcome.outOfBagAccuracy
        if let accuracy = outcome.outOfBagAccuracy, !talk.json {
            work.console.message(
                "out-of-bag accuracy \(Formatting.percent(accuracy)) on "
                    + Formatting.count(outcome.outOfBagCount, "training image"))
        }
        let name = source.entry?.id ?? source.path.lastComponent?.string ?? finetune.model
        try work.finish(
            outcome.ensemble, found, answer,
            provenance: finetune.provenance(source: name, options)
                + (outcome.outOfBagAccuracy.map { [("out_of_bag_accuracy", "\($0)")] } ?? []), talk: talk)
    }

    private func parsedOptions() throws -> FinetuneCommand {
        let finetune: FinetuneCommand
        do { finetune = try FinetuneCommand.parse([data] + others) } catch {
            throw UsageError(FinetuneCommand.message(for: error))
        }
        try finetune.refuseTasks(in: "zoo ensemble bag")
        let modes = [
            finetune.plan, finetune.lrFind, finetune.compareScratch, finetune.folds != nil, finetune.record.resume,
            finetune.record.run != nil,
        ]
        guard !modes.contains(true) else {
            throw UsageError(
                "a bag trains many times and writes one file: --plan, --lr-find, --compare-scratch, --folds, --run and --resume "
                    + "have no meaning for it")
        }
        return finetune
    }

    private func train(
        _ bagging: Bagging, _ splits: DataArgument.Splits, _ work: EnsembleWork
    ) throws -> Bagging.Outcome {
        let progress = ProgressLine(work.console)
        let outcome = try bagging.train(on: splits.train, validation: splits.validation) { number, event in
            try Interruption.check()
            switch event {
            case .checked(let done, let total): progress.update("reading", done, of: total, "images")
            case .features(let done, let total): progress.update("features", done, of: total, "images")
            case .images, .epoch: progress.update("training", min(number + 1, members), of: members, "members")
            }
        }
        progress.clear()
        if let first = outcome.trainings.first {
            NetworkOptions.warn(aboutSlowLayers: first.slowLayers, work.console)
            DataArgument.warn(
                about: first.failures, of: splits.train.samples.count + splits.validation.samples.count, work.console)
        }
        return outcome
    }
}
