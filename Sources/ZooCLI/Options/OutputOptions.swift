import ArgumentParser

/// How a command talks; the same for all commands.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print the result as one JSON document.")
    var json = false

    @Flag(name: [.short, .long], help: "Print results and errors only.")
    var quiet = false

    /// The console that these options ask for.
    var console: Console {
        Console(isQuiet: quiet)
    }
}
