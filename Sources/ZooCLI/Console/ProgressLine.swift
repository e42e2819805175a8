import Glibc
import Synchronization
import SystemPackage

/// Progress of one piece of work on standard error: a line redrawn in place on a terminal, a line now and then elsewhere.
///
/// May be called from any thread.
final class ProgressLine: Sendable {
    private struct State {
        var lastDrawn: ContinuousClock.Instant?
        var width = 0
    }

    private let isShown: Bool
    private let isTerminal: Bool
    private let state = Mutex(State())

    /// - Parameter console: a quiet console shows nothing.
    init(_ console: Console, isTerminal: Bool = Console.errorIsTerminal) {
        isShown = !console.isQuiet
        self.isTerminal = isTerminal
    }

    /// Shows `text` if the last one was drawn long enough ago: 0.1 s on a terminal, 5 s elsewhere.
    func update(_ text: @autoclosure () -> String) {
        guard isShown else { return }
        state.withLock { state in
            let now = ContinuousClock.now
            let interval: Duration = isTerminal ? .milliseconds(100) : .seconds(5)
            guard let last = state.lastDrawn else {
                // Work that ends quickly should not leave a line in a log.
                state.lastDrawn = now
                if isTerminal { draw(text(), &state) }
                return
            }
            guard now - last >= interval else { return }
            state.lastDrawn = now
            draw(text(), &state)
        }
    }

    /// Takes the line away; what is printed next begins where it was.
    func clear() {
        guard isShown, isTerminal else { return }
        state.withLock { state in
            guard state.width > 0 else { return }
            Console.write("\r\u{1b}[K", to: .standardError)
            state.width = 0
        }
    }

    private func draw(_ text: String, _ state: inout State) {
        guard isTerminal else { return Console.write(text + "\n", to: .standardError) }
        let shown = String(text.prefix(max(Self.terminalWidth - 1, 20)))
        Console.write("\r\(shown)\u{1b}[K", to: .standardError)
        state.width = shown.count
    }

    private static var terminalWidth: Int {
        var size = winsize()
        guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
