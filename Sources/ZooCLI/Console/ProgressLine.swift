import Synchronization

/// Progress of one piece of work on standard error: a bar with rate and remaining time, redrawn in place on a terminal;
/// a line now and then elsewhere.
///
/// May be called from any thread.
final class ProgressLine: Sendable {
    private struct State {
        var label: String?
        var row: ProgressBoard.Row?
        var start: ContinuousClock.Instant
        var first = 0
    }

    private let board: ProgressBoard
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>

    /// - Parameter console: a quiet console shows nothing.
    init(
        _ console: Console, screen: Screen = .standardError,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        board = ProgressBoard(console, screen: screen, now: now)
        self.now = now
        state = Mutex(State(start: now()))
    }

    /// Shows that `done` of `total` things are done, if the last line was drawn long enough ago.
    ///
    /// The rate counts from the first call with that label: what was done before it took no time.
    ///
    /// - Parameter note: what came of it so far, such as `best 84.2 %`.
    func update(_ label: String, _ done: Int, of total: Int, _ unit: String, note: String? = nil) {
        state.withLock { state in
            if state.label != label {
                state.row?.end()
                state = State(label: label, row: board.addRow(), start: now(), first: done)
            }
            let seconds = (now() - state.start) / .seconds(1)
            let isKnown = seconds >= 0.5 && done > state.first
            let rate = isKnown ? Double(done - state.first) / seconds : nil
            state.row?.update(
                WorkLine(label: label, done: done, total: total, unit: unit, perSecond: rate, note: note))
        }
    }

    /// Takes the line away; what is printed next begins where it was.
    func clear() {
        state.withLock { state in
            state.row?.end()
            state = State(start: now())
        }
    }
}
