import Testing

@testable import ZooCLI

@Suite("progress of counted things") struct ProgressLineTests {
    private static func line(_ terminal: TestTerminal) -> ProgressLine {
        ProgressLine(Console(), screen: terminal.screen, now: { terminal.now })
    }

    @Test func aBarHasRateAndRemainingTime() {
        let terminal = TestTerminal(columns: 80)
        let progress = Self.line(terminal)
        progress.update("features", 0, of: 1_500, "images")
        #expect(terminal.text == ["features [·····················]     0 of 1,500 images"])
        terminal.wait(.seconds(10))
        progress.update("features", 500, of: 1_500, "images")
        #expect(terminal.text == ["features [███████··············]   500 of 1,500 images     50.0/s     0:20 left"])
        progress.clear()
        #expect(terminal.text.isEmpty)
    }

    @Test func whatWasDoneBeforeDoesNotCountAsSpeed() {
        let terminal = TestTerminal(columns: 100)
        let progress = Self.line(terminal)
        progress.update("features", 900, of: 1_000, "images")
        terminal.wait(.seconds(5))
        progress.update("features", 950, of: 1_000, "images")
        #expect(terminal.text[0].contains("10.0/s") && terminal.text[0].hasSuffix("0:05 left"))
    }

    @Test func anotherLabelBeginsAnew() {
        let terminal = TestTerminal(columns: 80)
        let progress = Self.line(terminal)
        progress.update("epoch 1", 100, of: 100, "images")
        progress.update("epoch 2", 10, of: 100, "images")
        #expect(terminal.text.count == 1)
        #expect(terminal.text[0].hasPrefix("epoch 2 [██···"))
    }

    @Test(arguments: [200, 80, 40, 20, 9])
    func noLineIsBrokenByTheTerminal(_ columns: Int) {
        let terminal = TestTerminal(columns: columns)
        let progress = Self.line(terminal)
        progress.update("ein Wörtchen 模型", 1, of: 1_000_000, "images")
        terminal.wait(.seconds(1))
        progress.update("ein Wörtchen 模型", 2, of: 1_000_000, "images")
        #expect(terminal.text.count == 1 && terminal.mostRowsOfALine == 1)
        progress.clear()
        #expect(terminal.text.isEmpty)
    }

    @Test func elsewhereALineIsWrittenEveryFiveSeconds() {
        let terminal = TestTerminal(columns: 30)
        var screen = terminal.screen
        screen.isTerminal = false
        let progress = ProgressLine(Console(), screen: screen, now: { terminal.now })
        for done in 0...12 {
            progress.update("epoch 1", done * 100, of: 2_000, "images")
            terminal.wait(.seconds(1))
        }
        progress.clear()
        #expect(
            terminal.text == [
                "epoch 1:   500 of 2,000 images, 100 images/s, 15 s left",
                "epoch 1: 1,000 of 2,000 images, 100 images/s, 10 s left",
            ])
    }

    /// zoo tune had lost it: what came of the work so far is in both kinds of lines.
    @Test func whatCameOfItSoFarIsShown() {
        let terminal = TestTerminal(columns: 100)
        let progress = Self.line(terminal)
        progress.update("searching", 3, of: 20, "trials")
        terminal.wait(.seconds(6))
        progress.update("searching", 9, of: 20, "trials", note: "best 84.2 %")
        #expect(terminal.text[0].contains(" 9 of 20 trials  best 84.2 %  "), "\(terminal.text)")
        let line = WorkLine(
            label: "searching", done: 9, total: 20, unit: "trials", perSecond: 1, note: "best 84.2 %")
        #expect(line.plain == "searching:  9 of 20 trials, 1.0 trials/s, 11 s left, best 84.2 %")
    }

    @Test func aQuietConsoleShowsNothing() {
        let terminal = TestTerminal(columns: 80)
        let progress = ProgressLine(Console(isQuiet: true), screen: terminal.screen, now: { terminal.now })
        progress.update("features", 1, of: 2, "images")
        progress.clear()
        #expect(terminal.text.isEmpty)
    }

    @Test(
        arguments: [
            (nil, "epoch   train loss   train acc   val loss    val acc         time"),
            (65, "epoch   train loss   train acc   val loss    val acc         time"),
            (64, "epoch   train loss   val loss    val acc         time"),
            (40, "epoch   val loss    val acc         time"),
            (29, "epoch    val acc         time"), (20, "epoch    val acc"), (3, "epoch    val acc"),
        ] as [(Int?, String)])
    func aNarrowTerminalHasFewerFiguresOfAnEpoch(_ width: Int?, _ heading: String) {
        #expect(TrainingReporter.line(nil, width: width) == heading)
    }
}
