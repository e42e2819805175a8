import ZooCore

/// The manual page of one command in roff, with the macros of man(7).
struct ManualPage {
    let command: CommandDescription
    /// The words before its name: `zoo cache`.
    let parents: [String]
    /// Of the release: `2026-11-24`.
    let date: String

    /// `zoo-cache-list`.
    var name: String { words.joined(separator: "-") }

    private var words: [String] { parents + [command.commandName] }

    /// The pages of `command` and all below it.
    static func pages(of command: CommandDescription, date: String, parents: [String] = []) -> [ManualPage] {
        let page = ManualPage(command: command, parents: parents, date: date)
        return [page] + command.shownSubcommands.flatMap { pages(of: $0, date: date, parents: page.words) }
    }

    /// The text of the page.
    var text: String {
        var lines = [
            ".\\\" Made by 'zoo generate-manual' from the definitions of the commands.",
            ".TH \"\(name.uppercased())\" 1 \"\(date)\" \"zoo \(ZooVersion.current)\" \"zoo\"",
            // Neither hyphens in names of variables nor gaps between words.
            ".nh", ".ad l", ".SH NAME",
            "\(Roff.escaped(name)) \\- \(Roff.escaped(Self.withoutStop(command.abstract ?? "")))",
            ".SH SYNOPSIS", synopsis,
        ]
        lines += body + commands + options
        lines += [".SH \"EXIT STATUS\""] + Self.exitCodes + [".SH \"SEE ALSO\"", seeAlso]
        return lines.joined(separator: "\n") + "\n"
    }

    private var synopsis: String {
        var text = ".B " + Roff.escaped(words.joined(separator: " "))
        if !command.shownSubcommands.isEmpty { return text + "\n.I command" }
        let arguments = (command.arguments ?? []).filter(\.shouldDisplay)
        if arguments.contains(where: { $0.kind != .positional }) { text += "\n.RI [ options ]" }
        for argument in arguments where argument.kind == .positional {
            let value = "\\fI\(Roff.escaped(argument.valueName ?? "value"))\\fR" + (argument.isRepeating ? " ..." : "")
            text += "\n" + (argument.isOptional ? "[\(value)]" : value)
        }
        return text
    }

    /// The discussion: paragraphs, and examples in a section of their own.
    private var body: [String] {
        let paragraphs = (command.discussion ?? "").split(separator: "\n\n").map(String.init)
        let isExample = { (text: String) in text.hasPrefix("Example:\n") || text.hasPrefix("Examples:\n") }
        var lines = [".SH DESCRIPTION", Roff.escaped(command.abstract ?? "")]
        // Every page has the exit codes in their section.
        for paragraph in paragraphs where !isExample(paragraph) && !paragraph.hasPrefix("Exit codes:\n") {
            if paragraph.hasPrefix("Environment:\n") {
                lines += [".SH ENVIRONMENT"] + Roff.paragraph(String(paragraph.dropFirst(13)))
            } else {
                lines += [".PP"] + Roff.paragraph(paragraph)
            }
        }
        let examples = paragraphs.filter(isExample)
        if !examples.isEmpty { lines.append(".SH EXAMPLES") }
        for example in examples {
            lines += Roff.paragraph(example.split(separator: "\n").dropFirst().joined(separator: "\n"))
        }
        return lines
    }

    private var commands: [String] {
        guard !command.shownSubcommands.isEmpty else { return [] }
        return [".SH COMMANDS"]
            + command.shownSubcommands.flatMap { below in
                let page = (words + [below.commandName]).joined(separator: "-")
                return [
                    ".TP", ".BR \(Roff.escaped(page)) (1)", Roff.escaped(below.abstract ?? ""),
                ]
            }
    }

    private var options: [String] {
        let arguments = (command.arguments ?? []).filter(\.shouldDisplay)
        let positional = arguments.filter { $0.kind == .positional }
        var lines: [String] = positional.isEmpty ? [] : [".SH ARGUMENTS"] + positional.flatMap(Self.entry)
        let others = arguments.filter { $0.kind != .positional }
        var titles: [String?] = []
        for argument in others where !titles.contains(argument.sectionTitle) { titles.append(argument.sectionTitle) }
        lines.append(".SH OPTIONS")
        for title in titles {
            if let title { lines.append(".SS \"\(Roff.escaped(title))\"") }
            lines += others.filter { $0.sectionTitle == title }.flatMap(Self.entry)
        }
        return lines
    }

    private static func entry(_ argument: ArgumentDescription) -> [String] {
        let value = "\\fI\(Roff.escaped(argument.valueName ?? "value"))\\fR"
        let names = (argument.names ?? []).map { "\\fB\(Roff.escaped($0.text))\\fR" }
        let head =
            switch argument.kind {
            case .positional: value
            case .flag: names.joined(separator: ", ")
            case .option: names.joined(separator: ", ") + " " + value
            }
        let facts = [
            argument.allValues.map { "values: \($0.joined(separator: ", "))" },
            argument.kind == .flag ? nil : argument.defaultValue.map { "default: \($0)" },
        ].compactMap(\.self)
        let end = facts.isEmpty ? "" : " (\(facts.joined(separator: "; ")))"
        let help = Roff.escaped((argument.abstract ?? "") + end)
        return [".TP", head, help] + (argument.discussion.map { [Roff.escaped($0.filter { $0 != "\n" })] } ?? [])
    }

    private var seeAlso: String {
        var pages = parents.isEmpty ? [] : ["zoo"]
        if parents.count > 1 { pages.append(parents.joined(separator: "-")) }
        pages += command.shownSubcommands.map { (words + [$0.commandName]).joined(separator: "-") }
        return ".BR " + pages.map { Roff.escaped($0) + " (1)" }.joined(separator: ",\n.BR ")
    }

    private static let exitCodes = [
        ("0", "Done."), ("1", "The answer is no: something was broken, different, dangerous or not found."),
        ("2", "The command line makes no sense."), ("3", "A transfer failed; the same command goes on with it."),
        ("4", "The bytes are not what was asked for."), ("5", "A file cannot be read as what it should be."),
        ("6", "The disk or the cache refused."), ("130", "Interrupted."),
    ].flatMap { [".TP", ".B \($0.0)", $0.1] }

    private static func withoutStop(_ text: String) -> String { text.hasSuffix(".") ? String(text.dropLast()) : text }
}

/// Text for roff.
enum Roff {
    /// `text` as it is to appear: backslashes, hyphens and quotes mean something else to roff.
    static func escaped(_ text: String) -> String {
        let escapes: [Character: String] = [
            "\\": "\\e", "-": "\\-", "'": "\\(aq", "^": "\\(ha", "~": "\\(ti", "`": "\\(ga", "\"": "\\(dq",
        ]
        var result = ""
        for (character, next) in zip(text, text.dropFirst().map(\.self) + [" "]) {
            result += escapes[character] ?? String(character)
            // A long list without spaces may be broken behind its commas.
            if character == ",", next != " " { result += "\\:" }
        }
        // A dot at the start of a line would be a request.
        return result.hasPrefix(".") ? "\\&" + result : result
    }

    /// The lines of a paragraph; lines that begin with two spaces stay as they are.
    static func paragraph(_ text: String) -> [String] {
        var lines: [String] = []
        var isVerbatim = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            let verbatim = line.hasPrefix("  ")
            if verbatim, !isVerbatim { lines += [".RS 4", ".nf"] }
            if !verbatim, isVerbatim { lines += [".fi", ".RE"] }
            isVerbatim = verbatim
            lines.append(escaped(String(verbatim ? line.dropFirst(2) : line)))
        }
        return lines + (isVerbatim ? [".fi", ".RE"] : [])
    }
}
