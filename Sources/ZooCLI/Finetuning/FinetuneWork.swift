import SystemPackage
import ZooCore
import ZooGraph
import ZooImage
import ZooRegistry
import ZooTraining

/// A `zoo finetune` whose network and images were found.
struct FinetuneWork {
    let command: FinetuneCommand
    let session: Session
    let console: Console
    let sources: [ModelArgument]
    let network: PretrainedNetwork
    /// Networks whose features are joined with those of ``network``.
    var others: [PretrainedNetwork] = []
    let splits: DataArgument.Splits
    /// What the network is taught besides labels.
    var teaching: Teaching?
    /// Weights that stay zero.
    var masks: [String: [Float]] = [:]

    /// A teacher, and what tells it from others.
    struct Teaching {
        let distillation: Distillation
        /// Its name, for people.
        let teacher: String
        /// The digest of its weights.
        let weights: String

        /// Every setting that decides the result, by the name of its option, in order.
        var settings: [(String, String)] {
            let settings = distillation.settings
            return [
                ("teacher", teacher), ("teacher-weights", weights), ("temperature", "\(settings.temperature)"),
                ("label-weight", "\(settings.labelWeight)"), ("feature-weight", "\(settings.featureWeight)"),
                ("unlabelled", "\(distillation.unlabelled.count)"),
            ]
        }
    }

    /// What a training gave, and where it went.
    struct Result {
        let outcome: FineTuner.Outcome
        let seconds: Double
    }

    /// Trains, writes the checkpoint, and says what came out.
    ///
    /// - Parameter document: what `--json` prints.
    func train(
        _ destination: FilePath, document: (FinetuneAnswer) -> any Encodable = { $0 }
    ) throws {
        console.message(introduction)
        let result: Result
        do {
            result = try reportingInterruption(of: destination) { try train(network, splits, to: destination) }
        } catch let interruption as InterruptionError {
            console.message("the same command with --resume goes on from the last epoch that was saved")
            throw interruption
        }
        let report = writeReport(for: destination)
        let answer = FinetuneAnswer(
            result.outcome, splits, output: destination.string,
            run: command.record.path(for: destination).string, report: report?.string, seconds: result.seconds)
        if command.talk.json { try console.json(document(answer)) } else { console.message(answer.summary) }
        if let report { console.message("report: \(report)") }
        if let divergence = result.outcome.divergence { throw divergence }
        if !command.talk.json { console.result(destination.string) }
    }

    /// Trains `network` on `splits`, and writes the checkpoint and the run where there is a destination.
    ///
    /// - Parameter folder: the run's folder, if it does not follow from the destination.
    func train(
        _ network: PretrainedNetwork, _ splits: DataArgument.Splits, to destination: FilePath?,
        run folder: FilePath? = nil
    ) throws -> Result {
        let clock = ContinuousClock.now
        if !Matrix.hasFastProducts {
            console.warning("libopenblas.so.0 is not here, so heads are trained slowly; install libopenblas0")
        }
        let options = try command.tunerOptions(network, splits)
        let tuner = FineTuner(
            network, joining: others, options: options,
            running: try command.running.runnerOptions(session: session, console: console),
            store: command.record.noFeatureCache ? nil : session.featureStore, distillation: teaching?.distillation,
            masks: masks)
        let record = try (folder ?? destination.map { command.record.path(for: $0) }).map { folder in
            try run(in: folder, output: destination, network, splits, options)
        }
        let reporter = TrainingReporter(console: console, epochs: options.settings.epochs)
        let outcome = try tuner.train(on: splits.train, validation: splits.validation, run: record) { progress in
            try Interruption.check()
            reporter.show(progress)
        }
        reporter.finish()
        warn(outcome, splits)
        if let destination {
            try outcome.write(
                to: destination, network: network, classes: splits.train.outputNames,
                tasks: splits.train.tasks?.tasks,
                provenance: command.provenance(source: sourceName, options)
                    + (teaching?.settings ?? []).map { ($0.0.replacing("-", with: "_"), $0.1) })
        }
        return Result(outcome: outcome, seconds: clock.secondsUntilNow)
    }

    private func run(
        in path: FilePath, output: FilePath?, _ network: PretrainedNetwork, _ splits: DataArgument.Splits,
        _ options: FineTuner.Options
    ) throws -> (folder: RunFolder, description: RunDescription) {
        let folder = try RunFolder(path, existing: command.record.existing)
        var description = RunDescription(
            command: CommandLine.arguments, source: sourceName, network: network, train: splits.train,
            validation: splits.validation,
            settings: Dictionary(uniqueKeysWithValues: command.settings(options) + (teaching?.settings ?? [])))
        description.architecture = architecture
        if !others.isEmpty {
            description.weightsDigest = ([network] + others).map(\.weightsDigest.hex).joined(separator: " ")
        }
        description.details = RunDetails(
            output: output, train: splits.train, validation: splits.validation,
            plan: try FineTuningPlan(
                network, joining: others, options: options, classCount: splits.train.outputNames.count),
            preprocessing: network.preprocessing,
            running: try command.running.runnerOptions(session: session, console: console))
        if !others.isEmpty || !options.head.isLayer(hasBias: network.head.hasBias) {
            description.details?.note(codesOf: [network] + others)
        }
        return (folder, description)
    }

    /// The name of the weights, for people.
    var sourceName: String {
        sources.map { $0.entry?.id ?? $0.path.lastComponent?.string ?? command.model }.joined(separator: ",")
    }

    /// The architectures of all sources.
    var architecture: String { ([network] + others).map(\.graph.name).joined(separator: "+") }

    private func warn(_ outcome: FineTuner.Outcome, _ splits: DataArgument.Splits) {
        NetworkOptions.warn(aboutSlowLayers: outcome.slowLayers, console)
        DataArgument.warn(
            about: outcome.failures, of: splits.train.samples.count + splits.validation.samples.count, console)
        if let failure = outcome.storeFailure {
            console.warning("the features could not be kept for the next run: \(failure)")
        }
    }

    /// What is going to be done, for a person.
    private var introduction: String {
        let head = network.head
        let classes = splits.train.outputNames
        let rest = command.layers.headOnly ? "the rest is frozen" : "the rest is trained as --plan shows"
        let inputs = ([network] + others).reduce(0) { $0 + $1.head.inputFeatures }
        let place =
            others.isEmpty
            ? "the layer '\(head.prefix)' (\(head.inputFeatures) → \(head.outputs)) becomes"
            : "the features side by side, each source normalised, go into"
        return "\(architecture): \(place) \(command.head.head.phrase)\(inputs) → \(classes.count); \(rest)\n"
            + "\(Formatting.count(splits.train.samples.count, "training image")) and "
            + "\(Formatting.count(splits.validation.samples.count, "validation image"))"
            + (splits.train.tasks.map { ", \($0.tasks.count) tasks side by side:\n\(Self.summary($0, splits))" }
                ?? inClasses)
    }

    private var inClasses: String {
        let classes = splits.train.classes
        return " in "
            + "\(Formatting.count(classes.count, "class", "classes")): "
            + classes.prefix(8).joined(separator: ", ") + (classes.count > 8 ? ", …" : "")
    }
}
