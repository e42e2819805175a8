import ArgumentParser
import SystemPackage

/// What every way to put checkpoints together takes.
struct EnsembleOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The members: registered names or checkpoints.", valueName: "member"),
        completion: Completions.modelsAndFiles)
    var members: [String]

    @Option(
        name: [.short, .long], help: ArgumentHelp("Where the result goes.", valueName: "file"),
        completion: .file(extensions: Completions.checkpointExtensions))
    var output = "ensemble.pth"

    @OptionGroup(title: "Running") var running: NetworkOptions
    @OptionGroup(title: "Running") var batches: BatchOptions
    @OptionGroup(title: "Output") var talk: OutputOptions

    func validate() throws {
        if members.count < 2 { throw ValidationError("an ensemble has two members at least; name their files") }
    }
}
