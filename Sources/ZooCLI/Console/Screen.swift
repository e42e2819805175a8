import Glibc
import SystemPackage

/// Where progress is shown: standard error, or what a test takes for it.
struct Screen: Sendable {
    /// Whether lines can be drawn anew in place.
    var isTerminal: Bool
    /// How large it is now; it may change at any time.
    var size: @Sendable () -> (columns: Int, rows: Int)
    /// Writes text as it is.
    var write: @Sendable (String) -> Void

    /// The process's standard error.
    static let standardError = Screen(
        isTerminal: Console.errorIsTerminal,
        size: {
            var size = winsize()
            guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
                return (80, 24)
            }
            return (Int(size.ws_col), Int(size.ws_row))
        },
        write: { Console.write($0, to: .standardError) })
}
