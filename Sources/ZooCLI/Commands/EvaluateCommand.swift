import ArgumentParser
import SystemPackage
import ZooCore
import ZooImage
import ZooTraining

/// `zoo evaluate`: how well a network does on labelled images.
struct EvaluateCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a network on a folder of labelled images.",
        discussion: """
            DATA is read as 'zoo finetune' reads it: its val/ (or test/) part where it has one, otherwise all of it. \
            Classes are matched to the network's outputs by name; predictions are made among all outputs. For a network of \
            several tasks DATA is a list with a column of labels for each, or for some, which are judged one by one.

            Examples:
              zoo evaluate photos.pth photos
              zoo evaluate photos.pth photos --html photos.html
              zoo evaluate photos.pth photos --slices
              zoo evaluate resnet50 imagenet --json
            """)

    @Argument(
        help: ArgumentHelp("A registered name or a checkpoint.", valueName: "model"),
        completion: Completions.modelsAndFiles)
    var model: String

    @Argument(
        help: ArgumentHelp("The folder of images, or a list of them.", valueName: "data"),
        completion: .file(extensions: ["csv", "jsonl"]))
    var data: String

    @Option(
        help: ArgumentHelp(
            "Write a page too: confusion matrix, classes, slices, mistakes and uncertain images, calibration.",
            valueName: "file"))
    var html: String?

    @Flag(help: "Show the accuracy on dark, small, wide and blurred images and those of each folder.")
    var slices = false

    @Option(
        help: ArgumentHelp(
            "Features of the images that were computed elsewhere, for a head on them; may be repeated.",
            valueName: "file"),
        completion: .file(extensions: ["safetensors"]))
    var features: [String] = []

    @OptionGroup(title: "Running") var running: NetworkOptions
    @OptionGroup(title: "Running") var batches: BatchOptions
    @OptionGroup(title: "Running") var viewing: ViewOptions
    @OptionGroup(title: "Output") var talk: OutputOptions

    func validate() throws {
        if !features.isEmpty, viewing.tta != nil {
            throw ValidationError("--features were computed elsewhere, so that --tta has no images to look at again")
        }
    }

    /// The result as `--json` prints it.
    struct Answer: Encodable {
        let count: Int
        let accuracy: Double
        let loss: Double
        let perClass: [String: Double]
        let classes: [String]
        let confusion: [[Int]]
        let unreadable: [String]
        let slices: [Slice]?
        let report: String?
        let ensemble: EnsembleFacts?
    }

    func run() throws {
        let console = talk.console
        let session = try Session()
        if let html { try OutputFile.checkPlace(FilePath(html)) }
        // What the columns of a list are may depend on the network.
        let isList = DataArgument.isList(FilePath(data))
        let folder = isList ? nil : try DataArgument.evaluationImages(FilePath(data), console: console)
        let source = try ModelArgument.resolve(model, session: session, console: console)
        let classifier = try source.loadClassifier(session: session, options: running, console: console)
        let options = try running.runnerOptions(batchSize: batches.batchSize, session: session, console: console)
        if let tasks = classifier.tasks {
            return try evaluateTasks(tasks, of: classifier, session: session, options, console)
        }
        let images = try folder ?? DataArgument.evaluationImages(FilePath(data), console: console)
        let outputs = try Evaluation.outputs(for: images.classes, of: classifier)
        let (logits, members) = try answers(of: classifier, images, options, console)
        NetworkOptions.warn(aboutSlowLayers: logits.slowLayers, console)
        DataArgument.warn(about: logits.failures, of: images.samples.count, console)
        guard logits.rows.rowCount > 0 else {
            throw TrainingError(.unusableData, "\(images.path): none of the images could be read")
        }
        let labels = logits.sampleIndices.map { images.samples[$0].label }
        let evaluation = Evaluation(logits: logits.rows, labels: labels, outputs: outputs)
        let judgement = members.flatMap { answers in
            (classifier as? EnsembleClassifier)?.judgement(answers, labels: labels.map { outputs[$0] })
        }
        let parts =
            slices || html != nil
            ? try slices(
                of: images, logits, isRight: Self.isRight(logits, images, outputs),
                threads: session.threadCount(option: running.threads), console) : []
        if let html {
            let report = EvaluationReport(
                model: model, classifier: classifier, folder: images, results: logits, outputs: outputs,
                ensemble: judgement, slices: parts)
            try report.write(to: FilePath(html))
            console.message("page: \(html)")
        }
        try show(
            evaluation, judgement.map { EnsembleFacts($0) }, classes: images.classes, failures: logits.failures,
            slices: slices ? parts : nil, console: console)
    }

    /// What the classifier says of the images, and what its members do if it has some.
    func answers(
        of classifier: any Classifier, _ images: ImageFolder, _ options: NetworkRunner.Options, _ console: Console
    ) throws -> (NetworkRunner.Outputs, EnsembleClassifier.MemberOutputs?) {
        if let stored = try storedLogits(classifier, images) { return (stored, nil) }
        let progress = ProgressLine(console)
        defer { progress.clear() }
        let onProgress: (Int) throws -> Void = { done in
            try Interruption.check()
            progress.update("evaluating", done, of: images.samples.count, "images")
        }
        let views = try viewing.views()
        guard let ensemble = classifier as? EnsembleClassifier else {
            return (
                try classifier.logits(of: images.samples, running: options, views: views, onProgress: onProgress), nil
            )
        }
        let members = try ensemble.memberOutputs(
            of: images.samples, running: options, views: views, onProgress: onProgress)
        return (ensemble.combined(members), members)
    }

    /// What a head says of features that were given; `nil` if none were.
    private func storedLogits(
        _ classifier: any Classifier, _ images: ImageFolder
    ) throws -> NetworkRunner.Outputs? {
        guard !features.isEmpty else { return nil }
        guard let codes = classifier as? CodesClassifier else {
            throw UsageError("\(model): a \(classifier.title) looks at images itself; leave out --features")
        }
        return try codes.logits(of: images, in: try StoredCodes(features.map { FilePath($0) }))
    }

    private func show(
        _ evaluation: Evaluation, _ ensemble: EnsembleFacts?, classes: [String], failures: [ImageFailure],
        slices: [DataSlice]?, console: Console
    ) throws {
        let confusion = evaluation.confusion
        let perClass = classes.indices.compactMap { label in
            confusion.accuracy(of: label).map { (classes[label], $0) }
        }
        if talk.json {
            return try console.json(
                Answer(
                    count: confusion.total, accuracy: confusion.accuracy, loss: evaluation.loss,
                    perClass: Dictionary(uniqueKeysWithValues: perClass), classes: classes,
                    confusion: confusion.counts, unreadable: failures.map(\.sample.path.string),
                    slices: slices.map { $0.map(Slice.init) }, report: html, ensemble: ensemble))
        }
        console.result(
            "accuracy \(Formatting.percent(confusion.accuracy)), loss \(Formatting.fixed(evaluation.loss, 4)) "
                + "on \(Formatting.count(confusion.total, "image"))")
        console.result(Self.table(of: confusion, classes))
        if let slices { Self.show(slices, console) }
        guard let ensemble else { return }
        console.result("")
        console.result(ensemble.table)
        console.result(ensemble.diversity)
    }

    /// How many images of each class were found, and what they were taken for.
    static func table(of confusion: ConfusionMatrix, _ classes: [String]) -> Table {
        var table = Table([
            .init("CLASS", .left, .shortened), .init("IMAGES", .right), .init("ACCURACY", .right),
            .init("TAKEN FOR", .left, .shortened),
        ])
        for (label, name) in classes.enumerated() {
            let row = confusion.counts[label]
            let count = row.reduce(0, +)
            let worst = row.indices.filter { $0 != label }.max { row[$0] < row[$1] }
            let confused = worst.flatMap { index in
                row[index] == 0 ? nil : "\(index < classes.count ? classes[index] : "other classes") (\(row[index]))"
            }
            table.add([
                name, "\(count)", confusion.accuracy(of: label).map(Formatting.percent) ?? "", confused ?? "",
            ])
        }
        return table
    }
}
