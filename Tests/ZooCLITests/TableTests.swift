import Testing

@testable import ZooCLI

@Suite("tables that fit a terminal") struct TableTests {
    private static let table = {
        var table = Table([
            .init("STATUS"), .init("FILE", .left, .shortened), .init("SIZE", .right, .leftOut(1)),
            .init("WHY", .left, .wrapped),
        ])
        table.add(["ok", "/cache/checkpoints/resnet18-f37072fd.pth", "46.8 MB", "its SHA-256 is the expected one"])
        table.add(["broken", "/cache/模型.pth", "1 B", "the archive ends at byte 358400, inside a member; removed"])
        return table
    }()

    @Test func withoutALimitNothingIsShortened() {
        #expect(
            Self.table.text(width: nil) == """
                STATUS  FILE                                         SIZE  WHY
                ok      /cache/checkpoints/resnet18-f37072fd.pth  46.8 MB  its SHA-256 is the expected one
                broken  /cache/模型.pth                               1 B  the archive ends at byte 358400, inside a member; removed
                """)
        #expect(Self.table.text(width: 200) == Self.table.text(width: nil))
    }

    @Test func pathsLoseTheirMiddleAndReasonsGoOn() {
        #expect(
            Self.table.text(width: 80) == """
                STATUS  FILE                               SIZE  WHY
                ok      /cache/checkpoi…8-f37072fd.pth  46.8 MB  its SHA-256 is the expected one
                broken  /cache/模型.pth                     1 B  the archive ends at byte
                                                                 358400, inside a member;
                                                                 removed
                """)
    }

    @Test func aNarrowTerminalHasTheReasonBelow() {
        #expect(
            Self.table.text(width: 40) == """
                STATUS  FILE
                ok      /cache/checkpoin…18-f37072fd.pth
                    its SHA-256 is the expected one
                broken  /cache/模型.pth
                    the archive ends at byte 358400,
                    inside a member; removed
                """)
    }

    @Test(arguments: [200, 120, 80, 60, 50, 40, 34])
    func noLineIsLongerThanTheTerminal(_ width: Int) {
        for line in Self.table.text(width: width).split(separator: "\n") {
            #expect(DisplayText.width(line) <= width, "\(line)")
            #expect(!line.hasSuffix(" "))
        }
    }

    /// Every column begins in the same place in all lines.
    @Test(arguments: [nil, 120, 80, 60] as [Int?])
    func wideCharactersDoNotBreakTheColumns(_ width: Int?) {
        var table = Table([.init("FILE", .left, .shortened), .init("SIZE", .right), .init("END")])
        for name in ["模型模型模型.pth", "a", "e\u{301}te\u{301}.pth", "🦊.pth", "a\u{1b}[31mred\nline"] {
            table.add([name, "1", "|"])
        }
        let ends = table.text(width: width).split(separator: "\n").dropFirst().map { DisplayText.width($0) }
        #expect(Set(ends).count == 1, "\(ends)")
        #expect(ends.count == 5, "a name with a line break is one row")
    }

    @Test(
        arguments: [
            ("", 5, [""]), ("one two three", 7, ["one two", "three"]), ("abcdefgh", 3, ["abc", "def", "gh"]),
            ("a 模型模型 b", 4, ["a", "模型", "模型", "b"]), ("one", 1, ["o", "n", "e"]),
        ] as [(String, Int, [String])])
    func textIsBrokenAtSpaces(_ text: String, _ columns: Int, _ lines: [String]) {
        #expect(DisplayText.wrapped(text, to: columns) == lines)
    }

    @Test func withoutALimitTextIsOneLine() {
        #expect(DisplayText.wrapped("one two", to: nil) == ["one two"])
    }
}
