import ArgumentParser
import SystemPackage
import ZooCore
import ZooGraph
import ZooImage
import ZooRegistry
import ZooTraining

/// `zoo finetune`: a network for new classes.
struct FinetuneCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "finetune",
        abstract: "Adapt a pretrained network to the classes of a folder of images.",
        discussion: """
            DATA holds train/ and val/ (or test/) with a folder of images for each class, or the class folders \
            themselves; then --val-fraction of each class is kept for validation. A CSV or JSONL file of paths and \
            labels does as well; with --tasks it has a column of labels for each of several questions.

            The output layer is replaced by a new one for the classes of DATA. With --head-only everything else is \
            frozen: each image goes through the network once, and the new layer is trained on what comes out. Otherwise \
            the whole network is trained, the new layer with ten times the learning rate, or the layers that --freeze, \
            --freeze-until, --train-layers and --unfreeze leave; --plan shows which.

            The epoch with the best validation accuracy is kept and written as a checkpoint that zoo and \
            torch.load(weights_only=True) read, or as .safetensors. The run's folder beside it has every epoch's figures, \
            and report.html, a page about the run ('zoo report').

            Examples:
              zoo finetune photos --model resnet18 --head-only
              zoo finetune photos --epochs 10 --augment standard -o photos.pth
              zoo finetune photos --model resnet18 --unfreeze "0:fc,3:layer4,6:all"
              zoo finetune photos.csv --tasks species,sex --head-only
              zoo predict photos.pth new/*.jpg
            """)

    @Argument(
        help: ArgumentHelp("The folder, or list, of images.", valueName: "data"),
        completion: .file(extensions: ["csv", "jsonl"]))
    var data: String

    @Option(
        name: .customLong("model"),
        help: ArgumentHelp(
            "The pretrained network: a registered name or a checkpoint; several with commas, for --head-only.",
            discussion: "resnet18 by default.", valueName: "model"),
        completion: Completions.modelsAndFiles)
    var givenModel: String?

    /// The network, given or by default.
    var model: String { givenModel ?? "resnet18" }

    @Option(
        help: ArgumentHelp(
            "Train a head on features that were computed elsewhere ('zoo features'), no network; may be repeated.",
            valueName: "file"),
        completion: .file(extensions: ["safetensors"]))
    var features: [String] = []

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Where the result goes.", discussion: "MODEL-DATA.pth by default.", valueName: "file"),
        completion: .file(extensions: Completions.checkpointExtensions))
    var output: String?

    @Flag(help: "Show each layer with its parameters, whether it is trained, and its learning rate; train nothing.")
    var plan = false

    @Flag(help: "Try growing learning rates on a few batches, show how the loss goes, and suggest one; train nothing.")
    var lrFind = false

    @Option(help: ArgumentHelp("With --lr-find: write a page with the loss by learning rate too.", valueName: "file"))
    var html: String?

    @Flag(help: "Train from random weights too, and show both beside each other.")
    var compareScratch = false

    @Option(
        help: ArgumentHelp(
            "Train so many times, each time with another part of the images for validation; write no checkpoint.",
            valueName: "k"))
    var folds: Int?

    @OptionGroup(title: "What is trained") var layers: LayerOptions
    @OptionGroup(title: "What is trained") var head: HeadOptions
    @OptionGroup(title: "What is trained") var tasks: TaskOptions
    @OptionGroup(title: "Training") var training: TrainingOptions
    @OptionGroup(title: "Loss and regularisation") var loss: LossOptions
    @OptionGroup(title: "Augmentation") var images: AugmentationOptions
    @OptionGroup(title: "Run") var record: RunOptions
    @OptionGroup(title: "Running") var running: NetworkOptions
    @OptionGroup(title: "Output") var talk: OutputOptions

    func validate() throws {
        let modes = [plan, lrFind, compareScratch, folds != nil].count { $0 }
        let checks: [(Bool, String)] = [
            (modes <= 1, "--plan, --lr-find, --compare-scratch and --folds exclude each other"),
            (folds.map { $0 >= 2 } ?? true, "--folds must be at least 2"),
            (!compareScratch || !layers.noPretrained, "--compare-scratch trains from random weights anyway"),
            (
                !compareScratch || !layers.headOnly,
                "--compare-scratch trains whole networks: a head on random features would say nothing; leave out --head-only"
            ),
            (
                training.optimizer != .lbfgs || layers.headOnly && !lrFind,
                "lbfgs sees all images at once, as features: it needs --head-only"
            ),
            (
                training.optimizer != .lbfgs || loss.isPlain && training.schedule == nil && training.warmup == nil,
                "lbfgs finds the least loss at once: schedules, dropout, averages, clipping and --l1 have no meaning for it"
            ),
            (
                !layers.headOnly || loss.mixup == nil && loss.cutmix == nil,
                "--mixup and --cutmix mix images; with --head-only the network has seen them already"
            ),
            (
                images.augmentCopies == nil || layers.headOnly,
                "--augment-copies goes with --head-only; otherwise images are augmented anew in every epoch"
            ),
            (
                folds == nil && !lrFind && !plan || output == nil && !record.resume,
                "--folds, --lr-find and --plan write no checkpoint; leave out -o and --resume"
            ),
            (
                !lrFind && !plan || record.run == nil && !record.overwrite && !record.noReport,
                "--lr-find and --plan train nothing and leave no run; leave out --run, --overwrite and --no-report"
            ),
            (
                html == nil || lrFind,
                "--html goes with --lr-find; a training has its page, report.html, in the run's folder"
            ),
        ]
        for (holds, complaint) in checks where !holds { throw ValidationError(complaint) }
        try validateHead()
        try validateFeatures()
        try validateTasks()
        if sourceNames.count > 1, !layers.headOnly {
            throw ValidationError("--model \(model): features of several networks are joined for --head-only alone")
        }
        if sourceNames.count > 1, layers.reuseClassifier || lrFind {
            throw ValidationError("--reuse-classifier and --lr-find are about one network; --model names several")
        }
    }

    /// The networks that --model names: several, where no file is called so.
    var sourceNames: [String] { ModelArgument.names(model) }

    func run() throws {
        let console = talk.console
        let session = try Session()
        let folder = FilePath(data)
        if let output { try OutputFile.check(FilePath(output)) }
        if let html { try OutputFile.checkPlace(FilePath(html)) }
        let splits = try DataArgument.trainingSplits(
            folder, tasks: tasks.names, validationFraction: training.valFraction, seed: training.seed, console: console)
        if !features.isEmpty {
            return try CodesWork(command: self, console: console, splits: splits).run()
        }
        let sources = try sourceNames.map { try ModelArgument.resolve($0, session: session, console: console) }
        let networks = try sources.map {
            try $0.load(session: session, options: running, console: console, needsHead: false)
        }
        let network = layers.noPretrained ? networks[0].withRandomWeights(seed: training.seed) : networks[0]
        let work = FinetuneWork(
            command: self, session: session, console: console, sources: sources, network: network,
            others: Array(networks.dropFirst()), splits: splits)
        if plan { return try work.showPlan() }
        if lrFind { return try work.findLearningRate() }
        if let folds { return try work.crossValidate(folds) }
        let destination = FilePath(output ?? Self.defaultOutput(model: work.architecture, data: folder))
        try OutputFile.check(destination)
        if compareScratch { return try work.compareWithScratch(destination) }
        try work.train(destination)
    }

    /// Where the result goes if nobody says.
    static func defaultOutput(model: String, data: FilePath) -> String { "\(model)-\(dataName(data)).pth" }

    /// What a folder, or list, of images is called in the names of results.
    static func dataName(_ data: FilePath) -> String {
        let name = data.lexicallyNormalized().lastComponent?.stem ?? "data"
        return name == "." || name == ".." ? "data" : name
    }
}
