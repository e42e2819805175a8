/// The help of a command as ArgumentParser writes it, put into the order in which people look for things.
enum HelpText {
    /// `text` with the options that are a command's own in front of those that it shares with others.
    ///
    /// ArgumentParser puts every group that has a title before the options that have none, so that `--model` would stand
    /// behind dozens of options that few people need. Text without such groups, or that is no help, stays as it is.
    static func ownOptionsFirst(_ text: String) -> String {
        let end = text.reversed().prefix { $0 == "\n" }.count
        var parts = paragraphs(of: text.dropLast(end))
        guard let usage = parts.firstIndex(where: { $0.hasPrefix("USAGE: ") }),
            let options = parts.lastIndex(where: { $0.hasPrefix("OPTIONS:\n") }), options > usage,
            let place = parts[usage...].firstIndex(where: { isTitled($0) && !$0.hasPrefix("ARGUMENTS:\n") }),
            place < options
        else { return text }
        parts.insert(parts.remove(at: options), at: place)
        return parts.joined(separator: "\n\n") + text.suffix(end)
    }

    /// The parts between empty lines.
    private static func paragraphs(of text: Substring) -> [String] {
        var parts: [String] = []
        var lines: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                parts.append(lines.joined(separator: "\n"))
                lines = []
            } else {
                lines.append(line)
            }
        }
        return parts + [lines.joined(separator: "\n")]
    }

    /// Whether a part begins with a title such as `TRAINING:`.
    private static func isTitled(_ part: String) -> Bool {
        guard let first = part.split(separator: "\n").first, first.last == ":" else { return false }
        return first.allSatisfy { $0.isUppercase || $0 == " " || $0 == ":" }
    }
}
