import ArgumentParser
import SystemPackage
import ZooImage
import ZooTraining

/// `zoo evaluate`: how well a network does on labelled images.
struct EvaluateCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a network on a folder of labelled images.",
        discussion: """
            DATA is read as 'zoo finetune' reads it: its val/ (or test/) part where it has one, otherwise all of it. \
            Classes are matched to the network's outputs by name; predictions are made among all outputs.

            Examples:
              zoo evaluate photos.pth photos
              zoo evaluate photos.pth photos --html photos.html
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
            "Write a page too: confusion matrix, classes, mistakes and uncertain images, calibration.",
            valueName: "file"))
    var html: String?

    @OptionGroup(title: "Running") var running: NetworkOptions
    @OptionGroup(title: "Running") var batches: BatchOptions
    @OptionGroup(title: "Output") var talk: OutputOptions

    /// The result as `--json` prints it.
    struct Answer: Encodable {
        let count: Int
        let accuracy: Double
        let loss: Double
        let perClass: [String: Double]
        let classes: [String]
        let confusion: [[Int]]
        let unreadable: [String]
        let report: String?
    }

    func run() throws {
        let console = talk.console
        let session = try Session()
        if let html { try OutputFile.checkPlace(FilePath(html)) }
        let images = try DataArgument.evaluationImages(FilePath(data), console: console)
        let source = try ModelArgument.resolve(model, session: session, console: console)
        let classifier = try source.loadClassifier(session: session, options: running, console: console)
        let outputs = try Evaluation.outputs(for: images.classes, of: classifier)
        let options = try running.runnerOptions(batchSize: batches.batchSize, session: session, console: console)
        let progress = ProgressLine(console)
        let logits = try classifier.logits(of: images.samples, running: options) { done in
            try Interruption.check()
            progress.update("evaluating", done, of: images.samples.count, "images")
        }
        progress.clear()
        NetworkOptions.warn(aboutSlowLayers: logits.slowLayers, console)
        DataArgument.warn(about: logits.failures, of: images.samples.count, console)
        guard logits.rows.rowCount > 0 else {
            throw TrainingError(.unusableData, "\(images.path): none of the images could be read")
        }
        let evaluation = Evaluation(
            logits: logits.rows, labels: logits.sampleIndices.map { images.samples[$0].label }, outputs: outputs)
        if let html {
            let report = EvaluationReport(
                model: model, classifier: classifier, folder: images, results: logits, outputs: outputs)
            try report.write(to: FilePath(html))
            console.message("page: \(html)")
        }
        try show(evaluation, classes: images.classes, failures: logits.failures, console: console)
    }

    private func show(
        _ evaluation: Evaluation, classes: [String], failures: [ImageFailure], console: Console
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
                    confusion: confusion.counts, unreadable: failures.map(\.sample.path.string), report: html))
        }
        console.result(
            "accuracy \(Formatting.percent(confusion.accuracy)), loss \(Formatting.fixed(evaluation.loss, 4)) "
                + "on \(Formatting.count(confusion.total, "image"))")
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
        console.result(table)
    }
}
