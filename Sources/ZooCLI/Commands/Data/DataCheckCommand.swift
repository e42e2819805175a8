import ArgumentParser
import SystemPackage
import ZooCore
import ZooGraph
import ZooImage
import ZooTraining

/// `zoo data check`: what in a data set spoils training or falsifies its measure.
struct DataCheckCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Find images that spoil training: broken, twice there, leaked into validation, mislabelled.",
        discussion: """
            Listed are images that cannot be decoded, images with the same pixels (within a class, in several classes, \
            in train and val), near-duplicates between train and val (perceptual hashes of 64 bits that differ in \
            \(DataReport.greatestDistance) at most), tiny images and images of one colour. With --model, also images whose \
            nearest neighbours by that network's features all belong to one other class: look at their labels. \
            Classes are counted.

            --label-errors looks at labels with confident learning too: classifiers that learnt from the other parts of \
            the images say how probable every class is; an image is a candidate where another class is as probable as for \
            that class's own images.

            The exit code is 1 if something was found, otherwise 0. Nothing is changed.

            Examples:
              zoo data check photos
              zoo data check photos --model resnet18 --json
              zoo data check photos --model resnet18 --label-errors --html labels.html
            """)

    @Argument(
        help: ArgumentHelp("The folder of images, or a list of them.", valueName: "data"),
        completion: .file(extensions: ["csv", "jsonl"]))
    var data: String

    @Option(
        help: ArgumentHelp("Look for wrong labels with this network's features.", valueName: "model"),
        completion: Completions.modelsAndFiles)
    var model: String?

    @Option(
        help: ArgumentHelp("So many nearest images must agree on another class (with --model).", valueName: "k"))
    var neighbours = 5

    @Option(help: ArgumentHelp("Images with a shorter edge than this are tiny.", valueName: "pixels"))
    var minSize = 32

    @Flag(help: "Look for wrong labels by confident learning (with --model).")
    var labelErrors = false

    @Option(help: ArgumentHelp("Into how many parts images are cut for --label-errors; 5 by default.", valueName: "k"))
    var folds: Int?

    @Option(help: ArgumentHelp("Write a page with the candidates of --label-errors.", valueName: "file"))
    var html: String?

    @OptionGroup(title: "Running") var running: NetworkOptions
    @OptionGroup(title: "Running") var batches: BatchOptions
    @OptionGroup(title: "Output") var talk: OutputOptions

    func validate() throws {
        if neighbours < 1 { throw ValidationError("--neighbours must be at least 1") }
        if minSize < 0 { throw ValidationError("--min-size must be 0 or more") }
        if labelErrors, model == nil { throw ValidationError("--label-errors needs the features of a --model") }
        if !labelErrors, folds != nil || html != nil {
            throw ValidationError("--folds and --html go with --label-errors")
        }
        if folds ?? 2 < 2 { throw ValidationError("--folds must be at least 2") }
        if model == nil, running.arch != nil || batches.batchSize != nil {
            throw ValidationError("--arch and --batch-size go with --model")
        }
    }

    func run() throws {
        let console = talk.console
        let session = try Session()
        if let html { try OutputFile.checkPlace(FilePath(html)) }
        let splits = try DataArgument.open(FilePath(data))
        let network = try model.map { name in
            try ModelArgument.resolve(name, session: session, console: console)
                .load(session: session, options: running, console: console, needsHead: false)
        }
        let threads = try session.threadCount(option: running.threads) ?? WorkerThreads.processorCount
        let progress = ProgressLine(console)
        let total = splits.train.samples.count + (splits.validation?.samples.count ?? 0)
        let report = try DataCheck(smallestEdge: minSize, threadCount: threads).run(
            train: splits.train, validation: splits.validation
        ) { done in
            try Interruption.check()
            progress.update("checking", done, of: total, "images")
        }
        progress.clear()
        let labels = try network.map { network in
            try LabelWork(command: self, report: report, classes: splits.train.classes, console: console)
                .run(network, session: session)
        }
        let findings = DataFindings(
            splits: splits, report: report, suspects: labels?.suspects, labelErrors: labels?.errors, page: html)
        if talk.json {
            try console.json(findings.document)
        } else {
            console.result(findings.text(width: console.resultWidth))
        }
        if !findings.isClean { throw CommandAnswer(status: .answerIsNo) }
    }
}
