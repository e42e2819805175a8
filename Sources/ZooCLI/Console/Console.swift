import FoundationEssentials
import Glibc
import SystemPackage

/// Where output goes: results to standard output, everything else to standard error.
struct Console: Sendable {
    /// Nothing but errors and results is printed.
    var isQuiet = false

    /// Before the options are known.
    static let standard = Console()

    /// Whether a person watches standard error.
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1

    /// Whether a person watches standard output.
    static let resultIsTerminal = isatty(STDOUT_FILENO) == 1

    /// Whether the terminal says that it cannot move its cursor nor show colours.
    static let isDumb = isEnvironment("TERM", "dumb")

    /// Whether colour is wanted: `NO_COLOR` (no-color.org) is not set, and the terminal has some.
    private static let allowsColour = isEnvironment("NO_COLOR", "") && !isDumb

    /// The columns of the terminal that shows results; `nil` if they go elsewhere, where nothing must be shortened.
    var resultWidth: Int? { Self.resultIsTerminal ? Screen.size(of: .standardOutput)?.columns : nil }

    /// What a colour means.
    enum Colour: String {
        case good = "32"
        case doubtful = "33"
        case bad = "31"
    }

    /// Prints one result line, or several.
    func result(_ text: String) {
        Self.write(text + "\n", to: .standardOutput)
    }

    /// Prints a JSON document as the whole result.
    ///
    /// Keys are sorted, so that the same answer is the same text.
    func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        result(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Says what is going on, unless the user asked for quiet.
    func message(_ text: String) {
        if !isQuiet { rawMessage(text) }
    }

    /// Says something that is not an error and should not be overlooked.
    func warning(_ text: String) {
        rawMessage("\(Self.paint("warning:", .doubtful)) \(text)")
    }

    /// Says why the command failed.
    func error(_ text: String) {
        rawMessage("\(Self.paint("error:", .bad)) \(text)")
    }

    /// A line on standard error.
    func rawMessage(_ text: String) {
        Self.write(text + "\n", to: .standardError)
    }

    /// Prints a table as the result, in the width of the terminal that shows it.
    func result(_ table: Table) {
        result(table.text(width: resultWidth))
    }

    private static func paint(_ text: String, _ colour: Colour) -> String {
        errorIsTerminal && allowsColour ? "\u{1b}[1;\(colour.rawValue)m\(text)\u{1b}[0m" : text
    }

    /// A word of a result in colour, where a terminal shows it.
    static func paintResult(_ text: String, _ colour: Colour) -> String {
        resultIsTerminal && allowsColour ? "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m" : text
    }

    static func write(_ text: String, to descriptor: FileDescriptor) {
        do {
            _ = try descriptor.writeAll(text.utf8)
        } catch Errno.brokenPipe {
            exit(ExitStatus.done.rawValue)
        } catch {
            // Standard output on a full disk: whoever reads it must not take the half for the whole.
            exit(ExitStatus.storage.rawValue)
        }
    }

    /// Whether a variable has that value; one that is not set has none.
    private static func isEnvironment(_ name: String, _ expected: String) -> Bool {
        guard let value = unsafe getenv(name) else { return expected.isEmpty }
        return unsafe String(cString: value) == expected
    }
}
