import Glibc
import SystemPackage

/// A question to the person at the terminal.
enum Question {
    /// Whether somebody is there to answer.
    static var canBeAsked: Bool { isatty(STDIN_FILENO) == 1 && Console.errorIsTerminal }

    /// Asks; anything but a clear yes is a no.
    static func ask(_ text: String) -> Bool {
        Console.write("\(text) [y/N] ", to: .standardError)
        guard let answer = readLine() else {
            Console.write("\n", to: .standardError)
            return false
        }
        return ["y", "yes"].contains(answer.lowercased())
    }

    /// Asks before files are removed, unless the user said yes beforehand.
    ///
    /// - Returns: Whether to go on.
    /// - Throws: ``UsageError`` where nobody can be asked.
    static func confirmRemoval(of what: String, isConfirmed: Bool) throws(UsageError) -> Bool {
        if isConfirmed { return true }
        guard canBeAsked else {
            throw UsageError(
                "\(what) would be removed; nobody can be asked here, so say -y, or --dry-run to look first")
        }
        return ask("Remove \(what)?")
    }
}
