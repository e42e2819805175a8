import ArgumentParser
import SystemPackage
import ZooImage
import ZooTraining

/// `zoo ensemble stack`: a layer that learns whom to believe when.
struct EnsembleStackCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "stack",
        abstract: "Train a linear layer on what the members say.",
        discussion: """
            Each member's output layer is trained anew on the training part of DATA, for all parts of it but one in turn; a \
            logistic regression learns from what they say of the part that they did not see. Members may be pretrained \
            networks that know other classes. Where a member's body was trained on these images itself, it knows them, and \
            the layer would believe it too much: use --prefit, which takes members as they are, and trains the layer on \
            the validation part.

            Examples:
              zoo ensemble stack resnet18 densenet121 --data photos -o stack.pth
              zoo ensemble stack a.pth b.pth c.pth --data photos --prefit
            """)

    @OptionGroup var options: EnsembleOptions

    @Option(
        help: ArgumentHelp("The images to learn from, and to judge by.", valueName: "data"),
        completion: .file(extensions: ["csv", "jsonl"]))
    var data: String

    @Flag(help: "Take the members as they are; the layer learns from the validation part.")
    var prefit = false

    @Option(help: ArgumentHelp("How many parts the images are divided into.", valueName: "k"))
    var folds = 5

    @Option(
        name: .customLong("head-c"),
        help: ArgumentHelp(
            "How much images count against large weights in the members' output layers: scikit-learn's C.",
            valueName: "c"))
    var headC = 1.0

    @Option(
        name: .customLong("layer-c"), help: ArgumentHelp("The same in the layer on top.", valueName: "c"))
    var layerC = 1.0

    @Option(
        help: ArgumentHelp("The share of each class for validation, if DATA has no val/.", valueName: "share"))
    var valFraction = 0.2

    @Option(help: ArgumentHelp("What the parts follow from.", valueName: "n"))
    var seed: UInt64 = 0

    @Flag(help: "Compute the features of every image, and keep none.")
    var noFeatureCache = false

    func validate() throws {
        let checks: [(Bool, String)] = [
            (2...1000 ~= folds, "--folds must be 2 to 1000"),
            (headC > 0 && headC.isFinite, "--head-c must be positive"),
            (layerC > 0 && layerC.isFinite, "--layer-c must be positive"),
            (valFraction > 0 && valFraction < 1, "--val-fraction must lie between 0 and 1"),
        ]
        for (holds, complaint) in checks where !holds { throw ValidationError(complaint) }
    }

    func run() throws {
        try OutputFile.check(FilePath(options.output))
        let work = try EnsembleWork(options)
        let splits = try DataArgument.trainingSplits(
            FilePath(data), validationFraction: valFraction, seed: seed, console: work.console)
        let stacking = Stacking(foldCount: folds, headC: headC, layerC: layerC, seed: seed)
        let provenance = [
            ("data", data), ("folds", "\(folds)"), ("head_c", "\(headC)"), ("layer_c", "\(layerC)"),
            ("seed", "\(seed)"),
            ("prefit", "\(prefit)"),
        ]
        guard !prefit else {
            let members = try EnsembleClassifier(of: try work.classifiers(options.members))
            let found = try work.answers(members, splits.validation)
            let stacked = try stacking.onTop(of: members, found.answers, labels: found.labels)
            return try work.finish(
                stacked.ensemble, found, work.answer(stacked.ensemble, output: options.output, method: "stack"),
                judged: stacked.crossFitted, note: "the layer learnt from the others", provenance: provenance,
                talk: options.talk)
        }
        let networks = try work.networks(options.members, needsHead: false)
        let outcome = try train(stacking, networks, splits, work)
        let found = try work.answers(outcome.ensemble, splits.validation)
        var answer = work.answer(outcome.ensemble, output: options.output, method: "stack")
        answer.outOfFoldAccuracies = outcome.outOfFoldAccuracies
        try work.finish(outcome.ensemble, found, answer, provenance: provenance, talk: options.talk)
    }

    private func train(
        _ stacking: Stacking, _ networks: [(name: String, network: PretrainedNetwork)],
        _ splits: DataArgument.Splits, _ work: EnsembleWork
    ) throws -> Stacking.Outcome {
        let progress = ProgressLine(work.console)
        let total = splits.train.samples.count * networks.count
        let outcome = try stacking.train(
            networks, on: splits.train, running: try work.runnerOptions,
            store: noFeatureCache ? nil : work.session.featureStore
        ) { done in
            try Interruption.check()
            progress.update("features", done, of: total, "images")
        }
        progress.clear()
        NetworkOptions.warn(aboutSlowLayers: outcome.slowLayers, work.console)
        DataArgument.warn(about: outcome.failures, of: splits.train.samples.count, work.console)
        return outcome
    }
}
