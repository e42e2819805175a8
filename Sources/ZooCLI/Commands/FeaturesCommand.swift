import ArgumentParser
import SystemPackage
import ZooCore
import ZooImage
import ZooTraining

/// `zoo features`: what a network makes of images, for other programs.
struct FeaturesCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "features",
        abstract: "Write the features of images: what the output layer of a network would see.",
        discussion: """
            Each image becomes a row of numbers, the activations in front of the output layer. The file, in the \
            safetensors format, has 'features' (images × numbers, float32) and 'labels' (the index of each image's \
            class folder); its metadata have the paths and the names of the classes, as JSON. The features of several \
            networks, with commas between them, stand side by side.

            Features of images that were seen before are taken from the cache that 'zoo finetune --head-only' uses too.

            Examples:
              zoo features resnet18 photos -o photos.safetensors
              zoo features photos.pth photos --json -o photos.safetensors
              zoo features resnet18,densenet121 photos -o photos.safetensors
              zoo finetune photos --head-only --features photos.safetensors
            """)

    @Argument(
        help: ArgumentHelp("The network: a registered name or a checkpoint.", valueName: "model"),
        completion: Completions.modelsAndFiles)
    var model: String

    @Argument(
        help: ArgumentHelp("The folder, or list, of images.", valueName: "data"),
        completion: .file(extensions: ["csv", "jsonl"]))
    var data: String

    @Option(
        name: [.short, .long], help: ArgumentHelp("Where the features go.", valueName: "file"),
        completion: .file(extensions: ["safetensors"]))
    var output: String

    @Flag(help: "Compute the features of every image, and keep none.")
    var noFeatureCache = false

    @OptionGroup(title: "Running") var running: NetworkOptions
    @OptionGroup(title: "Running") var batch: BatchOptions
    @OptionGroup(title: "Output") var talk: OutputOptions

    func run() throws {
        let clock = ContinuousClock.now
        let console = talk.console
        let session = try Session()
        let destination = FilePath(output)
        guard destination.extension?.lowercased() == "safetensors" else {
            throw UsageError("\(output): features are written as safetensors; name the output .safetensors")
        }
        try OutputFile.checkPlace(destination)
        let splits = try DataArgument.open(FilePath(data))
        let folder = splits.validation.map { splits.train.joined(with: $0) } ?? splits.train
        let networks = try ModelArgument.names(model).map {
            try ModelArgument.resolve($0, session: session, console: console)
                .load(session: session, options: running, console: console, needsHead: false)
        }
        let progress = ProgressLine(console)
        let total = folder.samples.count
        let options = try running.runnerOptions(batchSize: batch.batchSize, session: session, console: console)
        let file = try FeatureFile(
            joining: networks.enumerated().map { number, network in
                try FeatureFile(
                    network, folder, running: options, store: noFeatureCache ? nil : session.featureStore
                ) { done in
                    try Interruption.check()
                    progress.update("features", number * total + done, of: networks.count * total, "images")
                }
            })
        progress.clear()
        DataArgument.warn(about: file.failures, of: total, console)
        try file.write(to: destination)
        let answer = Answer(file, output: output, seconds: clock.secondsUntilNow)
        if talk.json { return try console.json(answer) }
        console.message(
            "\(Formatting.count(answer.count, "image")) × \(answer.featureCount) numbers of \(answer.architecture), "
                + "\(answer.count - min(answer.computedCount, answer.count)) known before, in \(Formatting.seconds(answer.seconds))"
        )
        console.result(output)
    }

    private struct Answer: Encodable {
        let output, architecture: String
        let count, featureCount, computedCount: Int
        let classes, unreadable: [String]
        let seconds: Double

        init(_ file: FeatureFile, output: String, seconds: Double) {
            self.output = output
            architecture = file.architecture
            count = file.features.count
            featureCount = file.features.features.columnCount
            computedCount = file.computedCount
            classes = file.classes
            unreadable = file.failures.map(\.sample.path.string)
            self.seconds = seconds
        }
    }
}
