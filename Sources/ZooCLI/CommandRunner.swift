import ArgumentParser
import Glibc
import SystemPackage
import ZooCore

/// Runs the command line: the one place where an outcome becomes an exit code.
public enum CommandRunner {
    /// Parses and runs `arguments` (without the program's name), then ends the process.
    public static func runAndExit(arguments: [String]) -> Never {
        // A reader of our output that went away, as `head` does, is no failure; Console sees EPIPE instead.
        _ = signal(SIGPIPE, SIG_IGN)
        // A file that would be larger than the limit (`ulimit -f`) is an error, EFBIG, not the end of the process.
        _ = signal(SIGXFSZ, SIG_IGN)
        Interruption.install()
        exit(status(of: arguments).rawValue)
    }

    private static func status(of arguments: [String]) -> ExitStatus {
        do {
            if let advice = CommandAdvice.advice(on: arguments) { throw ValidationError(advice) }
            var command = try Zoo.parseAsRoot(arguments)
            if command is any NetworkCommand { OpenMPWaiting.restartIfUnset() }
            try command.run()
            return .done
        } catch {
            return report(error)
        }
    }

    /// Prints what `error` says and chooses the exit code.
    private static func report(_ error: any Error) -> ExitStatus {
        switch error {
        case let answer as CommandAnswer:
            return answer.status
        case let failure as any ZooError:
            if failure.kind == .interrupted {
                Console.standard.rawMessage("\(failure)")
            } else {
                Console.standard.error("\(failure)")
            }
            return ExitStatus(failure.kind)
        default:
            return reportParserOutcome(error)
        }
    }

    /// ArgumentParser uses errors for `--help` and `--version` too.
    private static func reportParserOutcome(_ error: any Error) -> ExitStatus {
        let message = Zoo.fullMessage(for: error)
        guard Zoo.exitCode(for: error).isSuccess else {
            // In the form of all other errors.
            let prefix = "Error: "
            if message.hasPrefix(prefix) {
                Console.standard.error(String(message.dropFirst(prefix.count)))
            } else {
                Console.standard.rawMessage(message)
            }
            return .usage
        }
        // The parser wants the whole text before it knows whether anybody asks for it; the facts take a while to find.
        Console.standard.result(
            message == BuildFacts.firstLine ? BuildFacts(findingFiles: false).text : HelpText.ownOptionsFirst(message))
        return .done
    }
}
