import ArgumentParser
import ZooCore

/// What to say about a word that stands where a command is expected and is none.
enum CommandAdvice {
    /// The advice on the arguments of the program, without its name; `nil` if the commands in them exist.
    static func advice(on arguments: [String], root: any ParsableCommand.Type = Zoo.self) -> String? {
        var command = root
        var path = "zoo"
        var rest = arguments[...]
        if rest.first == "help" { rest.removeFirst() }
        while let word = rest.first, !word.hasPrefix("-") {
            let subcommands = command.configuration.subcommands
            guard !subcommands.isEmpty else { return nil }
            guard let next = subcommands.first(where: { $0._commandName == word }) else {
                return sentence(word, path, subcommands.filter { $0.configuration.shouldDisplay })
            }
            path += " \(word)"
            command = next
            rest.removeFirst()
        }
        return nil
    }

    private static func sentence(_ word: String, _ path: String, _ subcommands: [any ParsableCommand.Type]) -> String {
        let names = subcommands.map { $0._commandName }
        let near = Suggestion.nearest(to: word, among: names).prefix(2).map { "'\(path) \($0)'" }
        return "there is no command '\(path == "zoo" ? "" : path.dropFirst(4) + " ")\(word)'. "
            + (near.isEmpty
                ? "'\(path) --help' lists the commands." : "Did you mean \(near.joined(separator: " or "))?")
    }
}
