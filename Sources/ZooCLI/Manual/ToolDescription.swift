import ArgumentParser
import FoundationEssentials

/// A command as ArgumentParser describes it (`--experimental-dump-help`).
struct ToolDescription: Decodable {
    let command: CommandDescription

    /// The description of the whole program.
    static func ofZoo() throws -> ToolDescription {
        try JSONDecoder().decode(ToolDescription.self, from: Data(Zoo._dumpHelp().utf8))
    }
}

/// One command.
struct CommandDescription: Decodable {
    let commandName: String
    let abstract: String?
    let discussion: String?
    let shouldDisplay: Bool?
    let subcommands: [CommandDescription]?
    let arguments: [ArgumentDescription]?

    /// The commands below that are shown.
    var shownSubcommands: [CommandDescription] {
        (subcommands ?? []).filter { $0.shouldDisplay ?? true && $0.commandName != "help" }
    }
}

/// One argument, option or flag of a command.
struct ArgumentDescription: Decodable {
    enum Kind: String, Decodable {
        case positional, option, flag
    }

    struct Name: Decodable {
        let kind: String
        let name: String

        /// With its hyphens.
        var text: String { (kind == "long" ? "--" : "-") + name }
    }

    let kind: Kind
    let shouldDisplay: Bool
    let sectionTitle: String?
    let isOptional: Bool
    let isRepeating: Bool
    let names: [Name]?
    let valueName: String?
    let defaultValue: String?
    let allValues: [String]?
    let abstract: String?
    let discussion: String?
}
