import ArgumentParser
import SystemPackage
import ZooGraph
import ZooImage
import ZooTraining

/// `zoo pretrain`: a network that learns from images of a domain before it learns classes.
struct PretrainCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "pretrain",
        abstract: "Let a network learn from unlabelled images first.",
        discussion: """
            DATA is a folder of images of the same kind as those that will be told apart later, the more the better; in \
            class folders or in none: no label is looked at. A val/ part, or else a part of the images, only shows how \
            well the task is done.

            Tasks:
              rotation  by how many right angles is this image turned? For any network.
              simsiam   which are two views of the same image?

            The second is stronger with thousands of images and many epochs; its accuracy is how often a view is found \
            among 16 images, 6.25% by chance.

            The result is the network without an output layer, for 'zoo finetune --model'. Where labels of a related task \
            are there, fine-tune on those first instead ('zoo finetune'), and take its result as --model.

            Examples:
              zoo pretrain all-my-photos --model resnet18 -o mine.pth
              zoo pretrain scans --task simsiam --no-pretrained --epochs 100
              zoo finetune photos --model mine.pth
            """)

    @Argument(
        help: ArgumentHelp("The folder, or list, of images.", valueName: "data"),
        completion: .file(extensions: ["csv", "jsonl"]))
    var data: String

    @Option(
        help: ArgumentHelp("The network to begin with: a registered name or a checkpoint.", valueName: "model"),
        completion: Completions.modelsAndFiles)
    var model = "resnet18"

    @Option(help: "What is learnt.")
    var task = TaskName.rotation

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Where the result goes.", discussion: "MODEL-DATA-TASK.pth by default.", valueName: "file"),
        completion: .file(extensions: Completions.checkpointExtensions))
    var output: String?

    @OptionGroup(title: "Training") var training: PretrainOptions
    @OptionGroup(title: "Run") var record: PretrainRunOptions
    @OptionGroup(title: "Running") var running: NetworkOptions
    @OptionGroup(title: "Output") var talk: OutputOptions

    /// The tasks by their names.
    enum TaskName: String, ExpressibleByArgument, CaseIterable {
        case rotation, simsiam
    }

    func validate() throws {
        if task != .simsiam, training.projection != nil {
            throw ValidationError("--projection is the size of simsiam's layers; leave it out")
        }
    }

    func run() throws {
        let console = talk.console
        let session = try Session()
        if let output { try OutputFile.check(FilePath(output)) }
        let splits = try images(console)
        let source = try ModelArgument.resolve(model, session: session, console: console)
        let loaded = try source.load(session: session, options: running, console: console, needsHead: false)
        let network = training.noPretrained ? loaded.withRandomWeights(seed: training.seed) : loaded
        let name = "\(network.graph.name)-\(FinetuneCommand.dataName(FilePath(data)))-\(task.rawValue).pth"
        let destination = FilePath(output ?? name)
        try OutputFile.check(destination)
        try PretrainWork(command: self, session: session, console: console, network: network, source: source)
            .run(splits, to: destination)
    }

    /// The images, whatever they are sorted into.
    private func images(_ console: Console) throws -> DataArgument.Splits {
        let found = try DataArgument.openUnsorted(FilePath(data), console: console)
        let train =
            found.train.classes.isEmpty
            ? found.train.labelled(found.train.samples.map { _ in 0 }, classes: ["images"]) : found.train
        if let validation = found.validation { return DataArgument.Splits(train: train, validation: validation) }
        let parts = train.split(validationFraction: training.valFraction, seed: training.seed)
        return DataArgument.Splits(train: parts.train, validation: parts.validation)
    }
}
