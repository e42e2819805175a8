import Synchronization

/// Progress of several pieces of work at the same time on standard error: a line each, redrawn in place on a terminal;
/// elsewhere a line now and then.
///
/// May be called from any thread.
final class ProgressBoard: Sendable {
    private struct Entry {
        let number: Int
        var line: any ProgressText
        var updated: ContinuousClock.Instant
    }

    private struct State {
        var entries: [Entry] = []
        var nextNumber = 0
        /// How many columns each line has that is on the terminal.
        var drawnWidths: [Int] = []
        var lastDrawn: ContinuousClock.Instant?
    }

    /// One piece of work.
    final class Row: Sendable {
        private let board: ProgressBoard
        private let number: Int
        private let lastShown: Mutex<ContinuousClock.Instant>

        fileprivate init(_ board: ProgressBoard, _ number: Int) {
            self.board = board
            self.number = number
            lastShown = Mutex(board.now())
        }

        /// Shows `line` if the last one is old enough: 0.1 s on a terminal, 5 s elsewhere.
        func update(_ line: @autoclosure () -> any ProgressText) {
            guard board.isShown else { return }
            if board.screen.isTerminal { return board.update(number, line()) }
            let now = board.now()
            let isDue = lastShown.withLock { last in
                guard now - last >= ProgressBoard.logInterval else { return false }
                last = now
                return true
            }
            if isDue { board.screen.write(line().plain + "\n") }
        }

        /// Takes the line away. More than once does nothing.
        func end() { board.end(number) }
    }

    private static let drawInterval = Duration.milliseconds(100)
    private static let logInterval = Duration.seconds(5)
    /// Longer lines would be read no better, and short ones outlive most changes of the terminal's size.
    private static let longestLine = 99

    private let console: Console
    private let isShown: Bool
    private let screen: Screen
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// - Parameter console: a quiet console shows nothing.
    init(
        _ console: Console, screen: Screen = .standardError,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.console = console
        isShown = !console.isQuiet
        self.screen = screen
        self.now = now
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
            let text = erasure(&state)
            if !text.isEmpty { screen.write(text) }
            print()
            if isShown, screen.isTerminal { draw(&state) }
        }
    }

    private func update(_ number: Int, _ line: @autoclosure () -> any ProgressText) {
        state.withLock { state in
            let now = now()
            let index = state.entries.firstIndex { $0.number == number }
            if let index {
                // Each line has its own clock: else the fastest work would leave the others no turn.
                guard now - state.entries[index].updated >= Self.drawInterval else { return }
                state.entries[index].line = line()
                state.entries[index].updated = now
            } else {
                state.entries.append(Entry(number: number, line: line(), updated: now))
            }
            if index != nil, let last = state.lastDrawn, now - last < Self.drawInterval { return }
            state.lastDrawn = now
            draw(&state)
        }
    }

    private func end(_ number: Int) {
        state.withLock { state in
            guard let index = state.entries.firstIndex(where: { $0.number == number }) else { return }
            state.entries.remove(at: index)
            draw(&state)
        }
    }

    private func draw(_ state: inout State) {
        let size = screen.size()
        let width = min(max(size.columns - 1, 1), Self.longestLine)
        // More lines than the terminal has would scroll away at each drawing.
        let shown = state.entries.prefix(max(size.rows - 1, 1)).map(\.line)
        let labelWidth = BarLine.labelWidth(of: shown.map(\.label), width: width)
        let lines = shown.map { $0.drawn(labelWidth: labelWidth, width: width) }
        let text = erasure(&state) + lines.joined(separator: "\n")
        state.drawnWidths = lines.map { DisplayText.width($0) }
        if !text.isEmpty { screen.write(text) }
    }

    /// What takes the lines away and leaves the cursor where the first one began.
    private func erasure(_ state: inout State) -> String {
        guard !state.drawnWidths.isEmpty else { return "" }
        // A terminal that became narrower since has broken the lines.
        let columns = max(screen.size().columns, 1)
        let taken = state.drawnWidths.reduce(0) { $0 + max(($1 + columns - 1) / columns, 1) }
        state.drawnWidths = []
        return "\r" + (taken > 1 ? "\u{1b}[\(taken - 1)A" : "") + "\u{1b}[J"
    }
}
