import Testing

@testable import ZooCLI

@Suite struct FormattingTests {
    @Test(
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (46_830_571, "46.8 MB"), (99_940_000, "99.9 MB"),
            (99_960_000, "100 MB"), (999_600_000, "1.0 GB"), (5_000_000_000_000, "5.0 TB"),
        ] as [(Int, String)])
    func bytes(count: Int, text: String) {
        #expect(Formatting.bytes(count) == text)
    }

    @Test(
        arguments: [
            (0.005, 2, "0.01"), (-0.001, 2, "0.00"), (-1.5, 1, "-1.5"), (12, 0, "12"), (.nan, 1, "NaN"),
            (1e20, 0, "10²⁰"), (1.25e300, 1, "1.25 × 10³⁰⁰"),
            (0.98, 4, "0.9800"),
        ] as [(Double, Int, String)])
    func fixed(value: Double, digits: Int, text: String) {
        #expect(Formatting.fixed(value, digits) == text)
    }

    @Test(
        arguments: [(0.44, "0.4 s"), (59.9, "60 s"), (60, "1 min 00 s"), (125, "2 min 05 s"), (7260, "2 h 1 min")]
            as [(Double, String)])
    func seconds(value: Double, text: String) {
        #expect(Formatting.seconds(value) == text)
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-46_830_571, "-46,830,571")] as [(Int, String)])
    func grouped(number: Int, text: String) {
        #expect(Formatting.grouped(number) == text)
    }

    @Test func aTableHasNoSpacesAtTheEndsOfItsLines() {
        var table = Table([("NAME", .left), ("SIZE", .right), ("", .left)])
        table.add(["a", "1", "cached"])
        table.add(["longer", "", ""])
        table.add(["b", "123456", ""])
        #expect(
            table.text == """
                NAME      SIZE
                a            1  cached
                longer
                b       123456
                """)
    }
}
