import Glibc
import Synchronization
import SystemPackage

/// Progress of several pieces of work at the same time on standard error: a line each, redrawn in place on a terminal;
/// elsewhere a line now and then.
///
/// May be called from any thread.
final class ProgressBoard: Sendable {
    private struct State {
        var rows: [(number: Int, text: String)] = []
        var nextNumber = 0
        /// How many lines of the terminal are taken.
        var drawnCount = 0
        var lastDrawn: ContinuousClock.Instant?
    }

    /// One piece of work.
    final class Row: Sendable {
        private let board: ProgressBoard
        private let number: Int
        private let lastShown = Mutex<ContinuousClock.Instant>(.now)

        fileprivate init(_ board: ProgressBoard, _ number: Int) {
            self.board = board
            self.number = number
        }

        /// Shows `text` if the last one was drawn long enough ago: 0.1 s on a terminal, 5 s elsewhere.
        func update(_ text: @autoclosure () -> String) {
            guard board.isShown else { return }
            if board.isTerminal { return board.update(number, text()) }
            let isDue = lastShown.withLock { last in
                guard ContinuousClock.now - last >= .seconds(5) else { return false }
                last = .now
                return true
            }
            if isDue { Console.write(text() + "\n", to: .standardError) }
        }

        /// Takes the line away. More than once does nothing.
        func end() { board.end(number) }
    }

    private let console: Console
    private let isShown: Bool
    private let isTerminal: Bool
    private let state = Mutex(State())

    /// - Parameter console: a quiet console shows nothing.
    init(_ console: Console, isTerminal: Bool = Console.errorIsTerminal) {
        self.console = console
        isShown = !console.isQuiet
        self.isTerminal = isTerminal
    }

    /// Begins a piece of work; its line appears with the first update.
    func addRow() -> Row {
        state.withLock { state in
            state.nextNumber += 1
            return Row(self, state.nextNumber)
        }
    }

    /// Says something above the lines.
    func message(_ text: String) { above { console.message(text) } }

    /// Says something above the lines that is not an error and should not be overlooked.
    func warning(_ text: String) { above { console.warning(text) } }

    /// Prints above the lines.
    func above(_ print: () -> Void) {
        state.withLock { state in
            let text = Self.erasure(&state)
            if !text.isEmpty { Console.write(text, to: .standardError) }
            print()
            if isShown, isTerminal { draw(&state) }
        }
    }

    private func update(_ number: Int, _ text: @autoclosure () -> String) {
        state.withLock { state in
            let now = ContinuousClock.now
            let index = state.rows.firstIndex { $0.number == number }
            if index != nil, let last = state.lastDrawn, now - last < .milliseconds(100) { return }
            if let index {
                state.rows[index].text = text()
            } else {
                state.rows.append((number, text()))
            }
            state.lastDrawn = now
            draw(&state)
        }
    }

    private func end(_ number: Int) {
        state.withLock { state in
            guard let index = state.rows.firstIndex(where: { $0.number == number }) else { return }
            state.rows.remove(at: index)
            draw(&state)
        }
    }

    private func draw(_ state: inout State) {
        let width = max(Self.terminalSize.columns - 1, 20)
        // More lines than the terminal has would scroll away at each drawing.
        let shown = state.rows.prefix(max(Self.terminalSize.rows - 1, 1))
        let text = Self.erasure(&state) + shown.map { String($0.text.prefix(width)) }.joined(separator: "\n")
        state.drawnCount = shown.count
        if !text.isEmpty { Console.write(text, to: .standardError) }
    }

    /// What takes the lines away and leaves the cursor where the first one began.
    private static func erasure(_ state: inout State) -> String {
        guard state.drawnCount > 0 else { return "" }
        let up = state.drawnCount > 1 ? "\u{1b}[\(state.drawnCount - 1)A" : ""
        state.drawnCount = 0
        return "\r\(up)\u{1b}[J"
    }

    private static var terminalSize: (columns: Int, rows: Int) {
        var size = winsize()
        guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}
