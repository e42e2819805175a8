import TestSupport
import Testing

@testable import ZooReport

@Suite("pieces of pages") struct HTMLTests {
    /// What comes from outside, and how it must look in text and in an attribute.
    static let texts: [(String, String)] = [
        ("plain", "plain"),
        ("<script>alert(1)</script> & \"x\"", "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;"),
        ("it's", "it&#39;s"), ("&amp;", "&amp;amp;"), ("two\nlines\tand", "two\nlines\tand"),
        ("nul\0 bell\u{7} del\u{7f} csi\u{9b}", "nul\u{fffd} bell\u{fffd} del\u{fffd} csi\u{fffd}"),
        ("turned \u{202e}gnp.exe", "turned \u{fffd}gnp.exe"),
        ("isolated \u{2067}x\u{2069}", "isolated \u{fffd}x\u{fffd}"),
        ("日本語 Ünï 👩‍👩‍👧 – “quoted”", "日本語 Ünï 👩‍👩‍👧 – “quoted”"), ("no\u{a0}break", "no\u{a0}break"), ("", ""),
    ]

    @Test("text from outside stays text", arguments: texts)
    func escaping(text: String, markup: String) throws {
        #expect(HTML(text).markup == markup)
        #expect(HTML("b", ["title": text]) { text }.markup == "<b title=\"\(markup)\">\(markup)</b>")
        let page = try Markup(HTML("p", ["title": text]) { text }.markup)
        #expect(page.elements.map(\.name) == ["p"])
    }

    @Test func elementsWithoutContentEndAsTheyMust() {
        #expect(HTML("br", [:]).markup == "<br>")
        #expect(HTML("img", ["src": "data:,"]).markup == "<img src=\"data:,\">")
        #expect(HTML("rect", ["x": "1"]).markup == "<rect x=\"1\"/>")
        #expect(HTML("span") {}.markup == "<span></span>")
        #expect(HTML("div") { HTML("b") { "x" } }.markup == "<div><b>x</b></div>\n")
    }

    @Test func closuresHaveConditionsAndLoops() {
        let missing: HTML? = nil
        func piece(_ isLong: Bool) -> HTML {
            HTML("p") {
                "a"
                if isLong { "b" }
                if isLong { HTML("i") { "c" } } else { "d" }
                for number in 1...3 { "\(number)" }
                missing
            }
        }
        #expect(piece(true).markup == "<p>ab<i>c</i>123</p>\n")
        #expect(piece(false).markup == "<p>ad123</p>\n")
        #expect(piece(true).plainText == "abc123")
    }

    /// The tests' own reader must find what it is there for.
    @Test(
        "a page with a fault is refused",
        arguments: [
            "<p>", "</p>", "<p></b>", "<b><i></b></i>", "<p a=b></p>", "<p a=\"1\" a=\"2\"></p>", "a < b", "a & b",
            "&copy;", "<p id=\"x\"></p><p id=\"x\"></p>", "<a href=\"#x\"></a>", "<p title=\"<\"></p>", "<p",
        ])
    func faults(page: String) {
        #expect(throws: Markup.Fault.self) { try Markup(page) }
    }
}
