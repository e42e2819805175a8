import Foundation
import Testing

@testable import ZooCLI

/// What every command's help has.
@Suite("help") struct HelpTests {
    private static func commands() throws -> [(path: String, command: CommandDescription)] {
        func below(_ command: CommandDescription, _ path: String) -> [(path: String, command: CommandDescription)] {
            [(path, command)] + command.shownSubcommands.flatMap { below($0, "\(path) \($0.commandName)") }
        }
        return below(try ToolDescription.ofZoo().command, "zoo")
    }

    @Test func everyCommandSaysWhatItDoes() throws {
        for (path, command) in try Self.commands() {
            let abstract = command.abstract ?? ""
            #expect(abstract.hasSuffix(".") && abstract.count > 10, "\(path): \(abstract)")
        }
    }

    @Test func everyCommandHasAnExample() throws {
        for (path, command) in try Self.commands() where path != "zoo" {
            let discussion = command.discussion ?? ""
            let examples = discussion.split(separator: "\n").filter { $0.hasPrefix("  ") && $0.contains(path) }
            #expect(!examples.isEmpty, "\(path) has no example")
        }
    }

    @Test func everyOptionHasHelp() throws {
        for (path, command) in try Self.commands() {
            for argument in command.arguments ?? [] {
                let abstract = argument.abstract ?? ""
                let name = argument.names?.first?.text ?? argument.valueName ?? "?"
                #expect(abstract.count > 5 && abstract.hasSuffix("."), "\(path) \(name): '\(abstract)'")
            }
        }
    }

    @Test func ownOptionsStandBeforeSharedOnes() async throws {
        let help = try await ZooProcess()("finetune", "--help").output
        let places = try [
            "USAGE:", "ARGUMENTS:", "OPTIONS:", "  --model <model>", "WHAT IS TRAINED:", "OUTPUT:", "  --json",
        ].map { try #require(help.range(of: "\n" + $0)?.lowerBound, "\($0)") }
        #expect(places == places.sorted(), "\(help)")
    }

    @Test(arguments: [
        (
            "USAGE: a\n\nARGUMENTS:\n  b\n\nRUNNING:\n  c\n\nOPTIONS:\n  d\n",
            "USAGE: a\n\nARGUMENTS:\n  b\n\nOPTIONS:\n  d\n\nRUNNING:\n  c\n"
        ),
        ("USAGE: a\n\nOPTIONS:\n  b\n\nSUBCOMMANDS:\n  c\n", nil), ("OPTIONS:\nof a text", nil), ("", nil),
        ("OVERVIEW: x\n\nRUN:\n\nUSAGE: a\n\nOPTIONS:\n  b\n", nil),
    ])
    func theOrderOfParts(_ text: String, _ ordered: String?) {
        #expect(HelpText.ownOptionsFirst(text) == ordered ?? text)
    }

    /// ArgumentParser breaks lines of more than 80 columns, examples too.
    @Test func noExampleIsBroken() throws {
        for (path, command) in try Self.commands() {
            for line in (command.discussion ?? "").split(separator: "\n") where line.hasPrefix("  ") {
                #expect(line.count <= 79, "\(path): \(line)")
            }
        }
    }

    /// A sentence that goes on in a new line of the source goes on in a line of its own.
    @Test func noParagraphIsBrokenByHand() throws {
        for (path, command) in try Self.commands() {
            let lines = (command.discussion ?? "").split(separator: "\n", omittingEmptySubsequences: false)
            for (line, next) in zip(lines, lines.dropFirst()) {
                let isProse = !line.isEmpty && !line.hasPrefix("  ") && !next.isEmpty && !next.hasPrefix("  ")
                #expect(!isProse, "\(path): '\(line)' is followed by '\(next)'")
            }
        }
    }
}
