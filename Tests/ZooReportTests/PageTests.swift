import TestSupport
import Testing

@testable import ZooReport

@Suite("pages") struct PageTests {
    private func page(_ sections: [Page.Section?]) -> Page {
        Page(
            title: "<b>title</b>", subtitle: HTML("of a test"), summary: [HTML("p") { "summary" }], sections: sections,
            footer: "footer")
    }

    @Test func aPageIsWholeAndAsksForNothing() throws {
        let page = page([
            Page.Section("one", "First") { HTML.note("a") }, nil, Page.Section("empty", "Empty") {},
            Page.Section("two", "Second & last") { HTML.code("x < y && z") },
        ])
        let markup = try Markup(page.markup)
        #expect(page.markup.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
        #expect(markup.requests == [])
        #expect(markup.sections == ["one", "two"], "a section without content is left out")
        #expect(markup.text.contains("<b>title</b>") && markup.text.contains("x < y && z"))
        #expect(!markup.elements.contains { $0.name == "script" })
        #expect(markup.elements.contains { $0.name == "meta" && $0.attributes["name"] == "viewport" })
        #expect(page.markup == self.page(page.sections).markup)
    }

    @Test func theStyleSheetIsWhole() {
        let text = StyleSheet.text
        #expect(text.count { $0 == "{" } == text.count { $0 == "}" })
        #expect(!text.contains("<") && !text.contains("url(") && !text.contains("@import"))
        #expect(text.contains("prefers-color-scheme:dark") && text.contains("@media print"))
        // Every colour that is used has a value, in the dark too.
        for part in text.split(separator: "var(").dropFirst() {
            let name = part.prefix { $0 != ")" && $0 != "," }
            #expect(text.contains("\(name):"), "\(name)")
        }
    }

    @Test func aPageIsWrittenAsAWhole() throws {
        let folder = try ScratchFolder()
        let page = page([Page.Section("one", "First") { "x" }])
        try page.write(to: folder.file("page.html"))
        #expect(try folder.contents() == ["page.html"])
        #expect(throws: (any Error).self) { try page.write(to: folder.file("missing/page.html")) }
    }

    @Test func partsOfPages() throws {
        var gallery = Gallery()
        #expect(gallery.isEmpty)
        gallery.add(
            .success(Gallery.Picture(mediaType: "image/png", bytes: [1, 2, 3], isPixelated: true)), name: "a\"b.png",
            lines: [HTML("x")])
        gallery.add(.failure(Gallery.Absence("it < has moved")), name: "c.png", lines: [])
        var table = DataTable([.init("Name", .text), .init("Number")])
        #expect(table.html == [])
        for row in 0..<30 { table.add(["row \(row)", "\(row)"]) }
        var tiles = Tiles()
        tiles.add("Accuracy", "97 %", note: "of all")
        var facts = FactList()
        #expect(facts.html == [])
        facts.add("Name", "a & b", isCode: true)
        let bars = BarTable(
            legend: ["train", "val"],
            rows: [
                .init("ant", values: [4, 2], labels: ["4", "2"]), .init("bee", values: [0, 0], labels: ["0", "0"]),
            ])
        let all = HTML([
            gallery.html, HTML(table.html), tiles.html, HTML(facts.html), HTML(bars.html), .meter("5 %", share: .nan),
        ])
        let markup = try Markup(all.markup)
        #expect(markup.elements.contains { $0.attributes["src"] == "data:image/png;base64,AQID" })
        #expect(markup.text.contains("it < has moved") && markup.text.contains("a & b"))
        #expect(markup.elements.contains { $0.attributes["class"] == "scroll tall" }, "30 rows are scrolled")
        #expect(BarTable(rows: []).html == [])
    }
}
