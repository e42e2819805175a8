import ArgumentParser
import FoundationEssentials
import SystemPackage
import ZooCache
import ZooCheckpoint
import ZooCore
import ZooRegistry
import ZooTensor

/// `zoo inspect`: what is in a checkpoint.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what is in a checkpoint, without running any of it.",
        discussion: """
            Nothing but descriptions is read, unless --digest, --stats or --html asks for the values. Every format that \
            PyTorch wrote is recognised by its content, and so are safetensors, .npy, .npz, plain pickles and the files of \
            TorchSharp.

            Examples:
              zoo inspect model.pth
              zoo inspect resnet18 --json
              zoo inspect model.pth --digest
              zoo inspect model.safetensors --stats
              zoo inspect training.pth --tree
              zoo inspect model.pth --html model.html
            """)

    @Argument(
        help: ArgumentHelp("A checkpoint, or the name of a model in the cache.", valueName: "file"),
        completion: Completions.cachedModelsAndFiles)
    var file: String

    @Flag(help: "Add the SHA-256 of each tensor's values, row-major and little-endian.")
    var digest = false

    @Flag(help: "Add smallest, largest and mean value, standard deviation, and how many are 0, NaN or infinite.")
    var stats = false

    @Flag(help: "Show containers as a tree instead of a flat list of tensors.")
    var tree = false

    @Option(
        help: ArgumentHelp(
            "Write a page too: sizes by layer, histograms of the values, types, every tensor, what the pickle imports.",
            valueName: "file"))
    var html: String?

    @OptionGroup var talk: OutputOptions

    func run() throws {
        let path = try CheckpointArgument.path(of: file)
        if let html { try OutputFile.checkPlace(FilePath(html)) }
        let checkpoint = try Checkpoint.open(path)
        var looks: [Look] = []
        let progress = ProgressLine(talk.console)
        for (number, entry) in checkpoint.tensors.enumerated() {
            try Interruption.check()
            if digest || stats { progress.update("reading", number, of: checkpoint.tensors.count, "tensors") }
            looks.append(try Look(at: entry, of: checkpoint, digest: digest, stats: stats))
        }
        progress.clear()
        if let html {
            try CheckpointReport(checkpoint) { try Interruption.check() }.write(to: FilePath(html))
            talk.console.message("page: \(html)")
        }
        if talk.json { return try talk.console.json(Answer(checkpoint, looks)) }
        show(checkpoint, looks, console: talk.console)
    }

    /// What the values of a tensor say, where that was asked for.
    struct Look {
        var digest: String?
        var statistics: TensorStatistics?

        init(at entry: TensorEntry, of checkpoint: Checkpoint, digest: Bool, stats: Bool) throws {
            guard digest || stats, !entry.isMeta else { return }
            let tensor = try checkpoint.tensor(entry)
            if digest { self.digest = tensor.digest().hex }
            // Complex numbers have no order.
            if stats { statistics = try? tensor.statistics() }
        }
    }
}
