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
            Classes are matched to the network's outputs by name; predictions are made among all outputs.

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
        let slices: [Slice]?
        let report: String?
    }

    /// Images of a kind.
    struct Slice: Encodable {
        let property, name: String
        let count: Int
        let accuracy: Double
        let interval: [Double]
        let isWorse: Bool

        init(_ slice: DataSlice) {
            property = slice.property.rawValue
            name = slice.name
            count = slice.count
            accuracy = slice.accuracy
            interval = [slice.interval.lowerBound, slice.interval.upperBound]
            isWorse = slice.isWorse
        }
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
        let parts = slices || html != nil ? try slices(of: images, logits, outputs, session, console) : []
        if let html {
            let report = EvaluationReport(
                model: model, classifier: classifier, folder: images, results: logits, outputs: outputs, slices: parts)
            try report.write(to: FilePath(html))
            console.message("page: \(html)")
        }
        try show(
            evaluation, classes: images.classes, failures: logits.failures, slices: slices ? parts : nil,
            console: console)
    }

    /// How well the classifier does on images of each kind; the images are read once more for it.
    private func slices(
        of images: ImageFolder, _ logits: NetworkRunner.Outputs, _ outputs: [Int], _ session: Session,
        _ console: Console
    ) throws -> [DataSlice] {
        let samples = logits.sampleIndices.map { images.samples[$0] }
        let progress = ProgressLine(console)
        let threads = try session.threadCount(option: running.threads) ?? WorkerThreads.processorCount
        let properties = try ImageProperties.all(of: samples, threadCount: threads) { done in
            try Interruption.check()
            progress.update("measuring", done, of: samples.count, "images")
        }
        progress.clear()
        let isRight = samples.enumerated().map { row, sample in
            let values = logits.rows.row(row)
            let best = values.indices.reduce(values.startIndex) { values[$1] > values[$0] ? $1 : $0 }
            return best - values.startIndex == outputs[sample.label]
        }
        return DataSlices(properties: properties, folders: samples.map { images.source(of: $0) }, isRight: isRight)
            .slices
    }

    private func show(
        _ evaluation: Evaluation, classes: [String], failures: [ImageFailure], slices: [DataSlice]?,
        console: Console
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
                    slices: slices.map { $0.map(Slice.init) }, report: html))
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
        if let slices { show(slices, console) }
    }

    private func show(_ slices: [DataSlice], _ console: Console) {
        var table = Table([
            .init("BY", .left), .init("FROM", .left, .shortened), .init("IMAGES", .right), .init("ACCURACY", .right),
            .init("95 % RANGE", .left), .init("", .left),
        ])
        for slice in slices {
            let (low, high) = (slice.interval.lowerBound, slice.interval.upperBound)
            table.add([
                slice.property.rawValue, slice.name, "\(slice.count)", Formatting.percent(slice.accuracy),
                "\(Formatting.percent(low)) to \(Formatting.percent(high))",
                slice.isWorse ? "worse than the others" : "",
            ])
        }
        console.result(table)
        if slices.isEmpty { console.message("there are too few images, or they are too much alike, for slices") }
    }
}
