import ZooCLI

@main
enum Main {
    static func main() {
        CommandRunner.runAndExit(arguments: Array(CommandLine.arguments.dropFirst()))
    }
}
