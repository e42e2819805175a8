import ArgumentParser

/// How a network is run; the same for all commands that run one.
struct NetworkOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The network of a checkpoint that does not say which it is.", valueName: "name"))
    var arch: String?

    @Option(
        help: ArgumentHelp(
            "Threads to use; ZOO_THREADS or all cores by default.", valueName: "n"))
    var threads: Int?

    func validate() throws {
        if let threads, threads < 1 { throw ValidationError("--threads must be at least 1") }
    }
}
