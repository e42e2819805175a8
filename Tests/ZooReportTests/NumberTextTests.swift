import Testing

@testable import ZooReport

@Suite("numbers on pages") struct NumberTextTests {
    @Test(
        arguments: [
            (0, "0"), (1, "1"), (0.5, "0.5"), (12.5, "12.5"), (0.012_34, "0.01234"), (123_456, "123456"),
            (1_234_567, "1.23\u{a0}×\u{a0}10⁶"), (0.000_03, "3\u{a0}×\u{a0}10⁻⁵"), (1e-5, "10⁻⁵"), (-1e-10, "−10⁻¹⁰"),
            (-0.25, "−0.25"), (9.999e-6, "10⁻⁵"), (.nan, "NaN"), (.infinity, "∞"), (-.infinity, "−∞"), (99.999, "100"),
            (1e300, "10³⁰⁰"),
        ] as [(Double, String)])
    func short(value: Double, text: String) {
        #expect(NumberText.short(value) == text)
    }

    @Test(
        arguments: [
            (0.44, "0.4\u{a0}s"), (9.96, "10\u{a0}s"), (59.96, "1\u{a0}min 00\u{a0}s"), (125, "2\u{a0}min 05\u{a0}s"),
            (7260, "2\u{a0}h 1\u{a0}min"), (1e12, "10¹²\u{a0}s"), (.nan, "NaN\u{a0}s"),
        ] as [(Double, String)])
    func seconds(value: Double, text: String) {
        #expect(NumberText.seconds(value) == text)
    }

    @Test func others() {
        #expect(NumberText.percent(0.804) == "80.4\u{a0}%" && NumberText.percent(1, 0) == "100\u{a0}%")
        #expect(NumberText.grouped(46_830_571) == "46,830,571" && NumberText.grouped(-1000) == "−1,000")
        #expect(NumberText.grouped(.min) == "−9,223,372,036,854,775,808")
        #expect(NumberText.bytes(999) == "999\u{a0}B" && NumberText.bytes(46_830_571) == "46.8\u{a0}MB")
        #expect(
            NumberText.count(1, "image") == "1\u{a0}image"
                && NumberText.count(2, "class", "classes") == "2\u{a0}classes")
        #expect(NumberText.fixed(-0.001, 2) == "0.00" && NumberText.fixed(1e20, 2) == "10²⁰")
    }
}
