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
        isTerminal: Console.errorIsTerminal && !Console.isDumb,
        size: { size(of: .standardError) ?? (80, 24) },
        write: { Console.write($0, to: .standardError) })

    /// The size of the terminal behind `descriptor`; `nil` if it is none, or does not say.
    static func size(of descriptor: FileDescriptor) -> (columns: Int, rows: Int)? {
        var size = winsize()
        guard unsafe ioctl(descriptor.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return (Int(size.ws_col), size.ws_row > 0 ? Int(size.ws_row) : 24)
    }
}
