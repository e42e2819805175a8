public import ArgumentParser
import SystemPackage
public import ZooTraining

/// `zoo prune`: a smaller network.
struct PruneCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Make a network smaller: remove the channels, or weights, that matter least, and train what is left.",
        discussion: """
            Say how far with --sparsity or --macs. With --sparsity S the share S of all weights becomes zero, those \
            nearest to zero in the whole network; its shapes and its speed stay. With --channels that share of the channels is removed instead, and with --macs M \
            as many channels as leave the share M of the multiply-adds: the network becomes smaller and faster. Channels \
            that depend on each other, through sums, norms, depthwise convolutions and concatenations, go together; the \
            output layer keeps its classes.

            --steps N goes there in N steps; after each the network is trained. Every option of 'zoo finetune' about \
            training, augmentation, losses and runs may be given (by default --epochs 10 --lr 0.003 where channels go and \
            --epochs 5 --lr 0.01 where weights do, for each step); with --distill the whole network teaches.

            Before that, layers that lost inputs are fitted to what they gave, by least squares on training images; their \
            labels do not matter. --no-reconstruction leaves that out.

            The result is a checkpoint with the shapes that are left, which every command takes. The run's folder has \
            report.html: accuracy, size and speed after each step.

            Examples:
              zoo prune photos.pth photos --macs 0.5 --steps 3 -o small.pth
              zoo prune photos.pth photos --sparsity 0.8 -o sparse.pth
            """)

    @Argument(
        help: ArgumentHelp("A registered name or a checkpoint.", valueName: "model"),
        completion: Completions.modelsAndFiles)
    var model: String

    @Argument(
        help: ArgumentHelp("The folder, or list, of images.", valueName: "data"),
        completion: .file(extensions: ["csv", "jsonl"]))
    var data: String

    @Option(
        help: ArgumentHelp(
            "The share of the weights that becomes zero; with --channels, of the channels that go.", valueName: "share")
    )
    var sparsity: Double?

    @Flag(help: "Remove whole channels.")
    var channels = false

    @Option(
        help: ArgumentHelp("Remove channels until this share of the multiply-adds is left.", valueName: "share"))
    var macs: Double?

    @Option(help: ArgumentHelp("In how many steps.", valueName: "n"))
    var steps = 1

    @Option(
        help: ArgumentHelp(
            "What says how much a channel matters; fisher by default.",
            discussion: """
                fisher: how far answers move without it, for the multiply-adds that it costs; on training images, without \
                labels. l1, l2: its filter's magnitudes, squares. bn: its batch norm's scale.
                """,
            valueName: "measure"))
    var importance: ChannelImportance?

    @Option(
        help: ArgumentHelp(
            "Leave each layer a multiple of so many channels, or all: kernels compute whole blocks; 8 by default.",
            valueName: "n"))
    var align: Int?

    @Flag(help: "Leave weights as they are, instead of fitting layers that lost inputs to what they gave.")
    var noReconstruction = false

    @Flag(help: "Let the whole network teach what is left, as 'zoo distill' does.")
    var distill = false

    @OptionGroup(title: "Output") var talk: OutputOptions

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("Options of 'zoo finetune' for the training of each step.", valueName: "finetune-option"))
    var others: [String] = []

    func validate() throws {
        let isShare = { (value: Double?) in value.map { $0 > 0 && $0 < 1 } ?? true }
        let checks: [(Bool, String)] = [
            ((sparsity == nil) != (macs == nil), "say how far: either --sparsity or --macs"),
            (isShare(sparsity), "--sparsity must be between 0 and 1"),
            (isShare(macs), "--macs must be between 0 and 1"),
            (1...100 ~= steps, "--steps must be 1 to 100"), (align ?? 1 >= 1, "--align must be at least 1"),
            (removesChannels || !noReconstruction, "--no-reconstruction is for --macs and --channels"),
            (removesChannels || importance == nil, "--importance is for --macs and --channels"),
            (removesChannels || align == nil, "--align is for --macs and --channels"),
        ]
        for (holds, complaint) in checks where !holds { throw ValidationError(complaint) }
    }

    /// Whether whole channels go.
    var removesChannels: Bool { channels || macs != nil }

    /// What says which channels matter.
    private var measure: ChannelImportance { importance ?? .fisher }

    /// Whether images are shown to the network before it is trained.
    var needsCalibration: Bool { removesChannels && (!noReconstruction || measure.needsImages) }

    /// The pruning that was asked for.
    var pruning: Pruning {
        let goal: Pruning.Goal =
            if let macs { .channels(.multiplyAdds(macs)) } else if channels { .channels(.channels(sparsity ?? 0)) } else
            {
                .weights(sparsity: sparsity ?? 0)
            }
        var pruning = Pruning(goal)
        pruning.stepCount = steps
        pruning.pruner.importance = measure
        if let align { pruning.pruner.alignment = align }
        pruning.reconstructs = !noReconstruction
        return pruning
    }

    /// Every setting that decides what is pruned, by the name of its option.
    var settings: [(String, String)] {
        var list: [(String, String)] = []
        if let sparsity { list.append(("sparsity", "\(sparsity)")) }
        if let macs { list.append(("macs", "\(macs)")) }
        if removesChannels {
            list += [
                ("channels", "true"), ("importance", measure.rawValue), ("align", "\(pruning.pruner.alignment)"),
                ("reconstruction", "\(!noReconstruction)"),
            ]
        }
        return list + [("steps", "\(steps)"), ("distill", "\(distill)")]
    }

    func run() throws {
        // Fitted layers are near to what they should be; larger steps would lead away from there.
        let rates = removesChannels ? ["--lr", "0.003", "--epochs", "10"] : ["--lr", "0.01", "--epochs", "5"]
        let defaults = ["--head-lr-factor", "1"] + rates
        let finetune = try BorrowedOptions.finetune(
            [data, "--model", model], defaults: defaults, others, with: talk,
            refusing: [
                "head-only", "plan", "lr-find", "compare-scratch", "folds", "model", "no-pretrained", "head-init",
                "reuse-classifier", "class-map", "tasks", "task-weights",
            ], in: "zoo prune")
        if let output = finetune.output { try OutputFile.check(FilePath(output)) }
        try PruneWork(command: self, finetune: finetune, session: try Session(), console: talk.console).run()
    }
}

extension ChannelImportance: ExpressibleByArgument {}
