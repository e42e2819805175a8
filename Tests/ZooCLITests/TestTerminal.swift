import Synchronization
import Testing

@testable import ZooCLI

/// A terminal as far as progress needs one: wraps long lines, scrolls, erases, and breaks its lines anew when its size
/// changes, as most do.
final class TestTerminal: Sendable {
    private struct State {
        var columns: Int
        var rows: Int
        /// Lines as they were written, before any wrapping; those that scrolled away are still here.
        var lines: [[Character]] = [[]]
        /// Where the next character goes: the line and the place in it.
        var line = 0
        var column = 0
        var escape: String?
    }

    private let state: Mutex<State>
    private let time = Mutex(ContinuousClock.now)

    init(columns: Int, rows: Int = 24) {
        state = Mutex(State(columns: columns, rows: rows))
    }

    /// What a program draws on.
    var screen: Screen {
        Screen(
            isTerminal: true, size: { self.state.withLock { ($0.columns, $0.rows) } },
            write: { text in self.state.withLock { Self.write(text, &$0) } })
    }

    /// A clock that stands still between calls of ``wait(_:)``.
    var now: ContinuousClock.Instant { time.withLock { $0 } }

    func wait(_ duration: Duration) { time.withLock { $0 += duration } }

    func resize(columns: Int) { state.withLock { $0.columns = columns } }

    /// What was written and not erased, without empty lines at the end.
    var text: [String] {
        state.withLock { state in
            var lines = state.lines.map { String($0) }
            while lines.last?.isEmpty == true { lines.removeLast() }
            return lines
        }
    }

    /// How many lines the longest line takes.
    var mostRowsOfALine: Int {
        state.withLock { state in state.lines.map { Self.height($0.count, state) }.max() ?? 0 }
    }

    private static func height(_ count: Int, _ state: State) -> Int {
        max((count + state.columns - 1) / state.columns, 1)
    }

    private static func write(_ text: String, _ state: inout State) {
        for character in text.unicodeScalars.map(Character.init) {
            if var escape = state.escape {
                escape.append(character)
                state.escape = character.isLetter ? nil : escape
                if character.isLetter { control(escape, &state) }
                continue
            }
            switch character {
            case "\u{1b}": state.escape = ""
            case "\r": state.column -= state.column % state.columns
            case "\n":
                state.line += 1
                state.column = 0
                if state.line == state.lines.count { state.lines.append([]) }
            default:
                if state.column == state.lines[state.line].count {
                    state.lines[state.line].append(character)
                } else {
                    state.lines[state.line][state.column] = character
                }
                state.column += 1
            }
        }
    }

    private static func control(_ escape: String, _ state: inout State) {
        switch escape.last {
        case "A":
            for _ in 0..<(Int(escape.dropFirst().dropLast()) ?? 1) { up(&state) }
        case "J":
            state.lines.removeSubrange((state.line + 1)...)
            state.lines[state.line].removeSubrange(state.column...)
        default: Issue.record("this terminal does not know ESC\(escape)")
        }
    }

    /// One row up, which may be in the same line if that is wrapped.
    private static func up(_ state: inout State) {
        if state.column >= state.columns {
            state.column -= state.columns
        } else if state.line > 0 {
            state.line -= 1
            state.column += (height(state.lines[state.line].count, state) - 1) * state.columns
        }
    }
}
