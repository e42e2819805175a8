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

    /// Whether colour is wanted: a terminal, and `NO_COLOR` (no-color.org) is not set.
    static let usesColour = errorIsTerminal && getenvIsEmpty("NO_COLOR")

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
        rawMessage("\(Self.paint("warning:", "33")) \(text)")
    }

    /// Says why the command failed.
    func error(_ text: String) {
        rawMessage("\(Self.paint("error:", "31")) \(text)")
    }

    /// A line on standard error.
    func rawMessage(_ text: String) {
        Self.write(text + "\n", to: .standardError)
    }

    private static func paint(_ text: String, _ colour: String) -> String {
        usesColour ? "\u{1b}[1;\(colour)m\(text)\u{1b}[0m" : text
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

    private static func getenvIsEmpty(_ name: String) -> Bool {
        guard let value = unsafe getenv(name) else { return true }
        return unsafe strlen(value) == 0
    }
}
