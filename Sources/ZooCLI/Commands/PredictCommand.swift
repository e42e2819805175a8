import ArgumentParser
import SystemPackage
import ZooImage
import ZooRegistry
import ZooTraining

/// `zoo predict`: what a network sees in images.
struct PredictCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Say what is in images.",
        discussion: """
            For each image the likeliest classes with their probabilities. An image that cannot be read is named, and the \
            others are looked at all the same.

            Examples:
              zoo predict photos.pth new.jpg
              zoo predict resnet50 *.jpg --top 3 --json
            """)

    @Argument(
        help: ArgumentHelp("A registered name or a checkpoint.", valueName: "model"),
        completion: Completions.modelsAndFiles)
    var model: String

    @Argument(
        help: ArgumentHelp("Images.", valueName: "image"), completion: .file(extensions: Completions.imageExtensions))
    var images: [String]

    @Option(help: ArgumentHelp("How many of the likeliest classes are shown, of each task.", valueName: "k"))
    var top = 5

    @Flag(help: "Add the raw outputs of the network (with --json).")
    var logits = false

    @OptionGroup(title: "Running") var running: NetworkOptions
    @OptionGroup(title: "Running") var batches: BatchOptions
    @OptionGroup(title: "Running") var viewing: ViewOptions
    @OptionGroup(title: "Output") var talk: OutputOptions

    func validate() throws {
        if top < 1 { throw ValidationError("--top must be at least 1") }
        if logits && !talk.json { throw ValidationError("--logits goes with --json") }
    }

    /// One image, as `--json` prints it.
    struct Answer: Encodable {
        struct Guess: Encodable {
            let index: Int
            let label: String?
            let probability: Float
        }

        /// What is said of one of several tasks.
        struct Task: Encodable {
            let name: String
            let top: [Guess]
        }

        let path: String
        let top: [Guess]?
        let tasks: [Task]?
        let logits: [Float]?
    }

    func run() throws {
        let console = talk.console
        let session = try Session()
        let source = try ModelArgument.resolve(model, session: session, console: console)
        let classifier = try source.loadClassifier(session: session, options: running, console: console)
        let options = try running.runnerOptions(batchSize: batches.batchSize, session: session, console: console)
        let views = try viewing.views()
        let progress = ProgressLine(console)
        var answers: [Answer] = []
        var failures: [ImageError] = []
        var slowLayers: [String] = []
        // Images that go in as they are may differ in size, and a batch cannot.
        for group in classifier.hasFixedInputSize ? [images] : images.map({ [$0] }) {
            do {
                let samples = group.map { ImageSample(path: FilePath($0), label: 0) }
                let outputs = try classifier.logits(of: samples, running: options, views: views) { done in
                    try Interruption.check()
                    progress.update("predicting", answers.count + done, of: images.count, "images")
                }
                answers += outputs.sampleIndices.enumerated().map { row, sample in
                    answer(for: group[sample], logits: Array(outputs.rows.row(row)), classifier)
                }
                failures += outputs.failures.map(\.error)
                slowLayers = outputs.slowLayers
            } catch let error as ImageError {
                failures.append(error)
            }
        }
        progress.clear()
        NetworkOptions.warn(aboutSlowLayers: slowLayers, console)
        for failure in failures { console.error(MissingFile.explanation(of: failure, about: failure.path)) }
        if talk.json { try console.json(answers) } else { answers.forEach { show($0, console) } }
        if !failures.isEmpty { throw CommandAnswer(status: .unreadable) }
    }

    private func answer(for path: String, logits values: [Float], _ classifier: any Classifier) -> Answer {
        let tasks = classifier.tasks
        return Answer(
            path: path, top: tasks == nil ? guesses(values, classifier.classes) : nil,
            tasks: tasks.map { tasks in
                zip(tasks, tasks.outputRanges).map { task, range in
                    Answer.Task(name: task.name, top: guesses(Array(values[range]), task.classes))
                }
            }, logits: logits ? values : nil)
    }

    /// The likeliest classes.
    private func guesses(_ values: [Float], _ classes: [String]?) -> [Answer.Guess] {
        let probabilities = CrossEntropy.probabilities(values)
        let order = values.indices.sorted { (values[$0], $1) > (values[$1], $0) }
        return order.prefix(top).map {
            Answer.Guess(index: $0, label: classes?[$0], probability: probabilities[$0])
        }
    }

    private func show(_ answer: Answer, _ console: Console) {
        console.result(answer.path)
        show(answer.top ?? [], console)
        for task in answer.tasks ?? [] {
            console.result("  \(task.name)")
            show(task.top, console)
        }
    }

    private func show(_ guesses: [Answer.Guess], _ console: Console) {
        for guess in guesses {
            let share = Formatting.percent(Double(guess.probability))
            let padding = String(repeating: " ", count: max(0, 9 - share.count))
            console.result("\(padding)\(share)  \(guess.label ?? "class \(guess.index)")")
        }
    }
}
