import Synchronization
import Testing

@testable import ZooCLI

@Suite struct ProgressBoardTests {
    private static func line(
        _ label: String, _ megabytes: Int, of total: Int? = 100, left: Double? = 65
    ) -> TransferLine {
        TransferLine(
            label: label,
            state: .transferring(
                byteCount: megabytes * 1_000_000, totalByteCount: total.map { $0 * 1_000_000 },
                bytesPerSecond: 2_500_000, secondsLeft: left))
    }

    private static func board(on terminal: TestTerminal) -> ProgressBoard {
        ProgressBoard(Console(), screen: terminal.screen, now: { terminal.now })
    }

    @Test func linesStandBelowEachOther() {
        let terminal = TestTerminal(columns: 80)
        let board = Self.board(on: terminal)
        let rows = (0..<4).map { _ in board.addRow() }
        #expect(terminal.text.isEmpty)
        rows[0].update(Self.line("resnet18", 50))
        rows[1].update(Self.line("wide_resnet50_2", 0, left: nil))
        rows[2].update(Self.line("a.pth", 7, of: nil, left: nil))
        rows[3].update(TransferLine(label: "vgg11", state: .waiting))
        #expect(
            terminal.text == [
                "resnet18        [████████·········]  50.0 MB of 100 MB   2.5 MB/s     1:05 left",
                "wide_resnet50_2 [·················]      0 B of 100 MB   2.5 MB/s",
                "a.pth                                           7.0 MB   2.5 MB/s",
                "vgg11           another process is fetching it, waiting",
            ])
    }

    @Test func linesGoInAnyOrderAndWhatIsSaidStandsAbove() {
        let terminal = TestTerminal(columns: 80)
        let board = Self.board(on: terminal)
        let rows = ["one", "two", "three"].map { label in
            let row = board.addRow()
            row.update(TransferLine(label: label, state: .waiting))
            return row
        }
        func shown() -> [Substring] { terminal.text.map { $0.prefix { $0 != " " } } }
        #expect(shown() == ["one", "two", "three"])
        rows[1].end()
        #expect(shown() == ["one", "three"])
        board.above { terminal.screen.write("two is done\nand well\n") }
        #expect(shown() == ["two", "and", "one", "three"])
        rows[2].end()
        rows[2].end()
        board.above { terminal.screen.write("three failed\n") }
        #expect(shown() == ["two", "and", "three", "one"])
        let late = board.addRow()
        late.update(TransferLine(label: "four", state: .pausing))
        #expect(shown() == ["two", "and", "three", "one", "four"])
        rows[0].end()
        late.end()
        #expect(terminal.text == ["two is done", "and well", "three failed"])
        terminal.screen.write("$ ")
        #expect(terminal.text.last == "$ ", "the prompt begins a line")
    }

    @Test(arguments: [120, 80, 60, 40, 20, 7])
    func noLineIsBrokenByTheTerminal(_ columns: Int) {
        let terminal = TestTerminal(columns: columns)
        let board = Self.board(on: terminal)
        let rows = ["wide_resnet101_2-d733dc28.pth", "a"].map { label in
            let row = board.addRow()
            row.update(Self.line(label, 10))
            return row
        }
        #expect(terminal.text.count == 2)
        #expect(terminal.mostRowsOfALine == 1)
        for row in rows { row.end() }
        #expect(terminal.text.isEmpty)
    }

    @Test(arguments: [(100, 50), (80, 30), (80, 11), (40, 120)])
    func aTerminalThatChangesItsSizeIsLeftClean(_ before: Int, _ after: Int) {
        let terminal = TestTerminal(columns: before)
        let board = Self.board(on: terminal)
        board.above { terminal.screen.write("said before\n") }
        let rows = ["resnet18", "resnet50"].map { label in
            let row = board.addRow()
            row.update(Self.line(label, 10))
            return row
        }
        terminal.resize(columns: after)
        terminal.wait(.milliseconds(100))
        rows[0].update(Self.line("resnet18", 20))
        #expect(terminal.text.count == 3)
        #expect(terminal.mostRowsOfALine == 1)
        for row in rows { row.end() }
        #expect(terminal.text == ["said before"])
    }

    @Test func aLowTerminalShowsTheFirstLines() {
        let terminal = TestTerminal(columns: 80, rows: 4)
        let board = Self.board(on: terminal)
        let rows = (1...6).map { number in
            let row = board.addRow()
            row.update(TransferLine(label: "\(number)", state: .waiting))
            return row
        }
        #expect(terminal.text.map { $0.prefix(1) } == ["1", "2", "3"])
        rows[0].end()
        rows[1].end()
        #expect(terminal.text.map { $0.prefix(1) } == ["3", "4", "5"])
    }

    @Test func aFastTransferLeavesASlowOneItsTurn() {
        let terminal = TestTerminal(columns: 80)
        let board = Self.board(on: terminal)
        let (fast, slow) = (board.addRow(), board.addRow())
        fast.update(Self.line("fast", 0))
        slow.update(Self.line("slow", 0))
        for step in 1...50 {
            terminal.wait(.milliseconds(10))
            fast.update(Self.line("fast", step))
            if step % 25 == 3 { slow.update(Self.line("slow", step)) }
        }
        #expect(terminal.text[0].contains("50.0 MB of"))
        #expect(terminal.text[1].contains("28.0 MB of"))
    }

    @Test func aTerminalIsDrawnOnTenTimesASecondAtMost() {
        let drawings = Atomic(0)
        let terminal = TestTerminal(columns: 80)
        var screen = terminal.screen
        screen.write = { _ in drawings.wrappingAdd(1, ordering: .relaxed) }
        let board = ProgressBoard(Console(), screen: screen, now: { terminal.now })
        let rows = (0..<3).map { _ in board.addRow() }
        for step in 0..<1000 {
            for row in rows { row.update(Self.line("x", step)) }
            terminal.wait(.milliseconds(1))
        }
        #expect(drawings.load(ordering: .relaxed) == 3 + 9, "each line once, then every 0.1 s")
    }

    @Test func elsewhereALineIsWrittenNowAndThen() {
        let terminal = TestTerminal(columns: 30)
        var screen = terminal.screen
        screen.isTerminal = false
        let board = ProgressBoard(Console(), screen: screen, now: { terminal.now })
        let (one, other) = (board.addRow(), board.addRow())
        for _ in 0..<7 {
            one.update(Self.line("resnet18", 50))
            terminal.wait(.seconds(1))
        }
        other.update(TransferLine(label: "vgg11", state: .waiting))
        other.update(TransferLine(label: "vgg11", state: .waiting))
        one.end()
        board.above { terminal.screen.write("done\n") }
        #expect(
            terminal.text == [
                "resnet18: 50.0 MB of 100 MB, 1 min 05 s left, 2.5 MB/s",
                "vgg11: another process is fetching it, waiting", "done",
            ])
    }

    @Test func aQuietConsoleShowsNothing() {
        let terminal = TestTerminal(columns: 80)
        let board = ProgressBoard(Console(isQuiet: true), screen: terminal.screen, now: { terminal.now })
        let row = board.addRow()
        row.update(Self.line("resnet18", 50))
        row.end()
        #expect(terminal.text.isEmpty)
    }

    // MARK: Text

    @Test func whatMovesTheCursorIsNotWritten() {
        let line = TransferLine(label: "a\u{1b}[2J\n\u{202e}b", state: .waiting)
        #expect(line.plain == "a?[2J??b: another process is fetching it, waiting")
        #expect(line.drawn(labelWidth: 10, width: 12) == "a?[2J??b   a")
    }

    @Test(arguments: [
        ("model.pth", 9, "model.pth"), ("model-0123abcd.pth", 11, "model…d.pth"), ("模型模型.pth", 8, "模型…pth"),
        ("model", 1, "…"), ("model", 0, ""), ("e\u{301}te\u{301}", 3, "e\u{301}te\u{301}"),
    ])
    func namesAreShortenedInTheMiddle(_ text: String, _ columns: Int, _ shown: String) {
        #expect(DisplayText.shortened(text, to: columns) == shown)
        #expect(DisplayText.width(shown) <= columns)
    }

    @Test(arguments: [
        (0.0, "0:00"), (7.4, "0:07"), (725, "12:05"), (5400, "1:30:00"), (-3, "0:00"), (1e300, "277:46:40"),
    ])
    func clocks(_ seconds: Double, _ text: String) {
        #expect(Formatting.clock(seconds) == text)
    }
}
