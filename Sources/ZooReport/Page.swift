public import SystemPackage
public import ZooCore

/// A page that is one file: its style sheet is in it, and so is every picture; it asks the network for nothing.
///
/// The same values give the same bytes. It has a light and a dark look, by the reader's choice, prints, and fits a phone.
public struct Page: Sendable, Hashable {
    /// A part of the page with a heading.
    public struct Section: Sendable, Hashable {
        /// What a link to it is called; letters and hyphens.
        public let anchor: String
        /// The heading.
        public let title: String
        /// What is below the heading.
        public let content: [HTML]

        /// A section.
        public init(_ anchor: String, _ title: String, @HTMLBuilder content: () -> [HTML]) {
            self.anchor = anchor
            self.title = title
            self.content = content()
        }
    }

    /// What the page is about, in a few words.
    public let title: String
    /// A line below the title.
    public let subtitle: HTML
    /// What stands above all sections.
    public let summary: [HTML]
    /// The sections, in order; one without content is left out.
    public let sections: [Section]
    /// What stands below everything.
    public let footer: String

    /// A page.
    public init(title: String, subtitle: HTML, summary: [HTML], sections: [Section?], footer: String) {
        self.title = title
        self.subtitle = subtitle
        self.summary = summary
        self.sections = sections.compactMap { $0 }.filter { !$0.content.isEmpty }
        self.footer = footer
    }

    /// The whole page as text.
    ///
    /// - Complexity: O(length of the text).
    public var markup: String {
        var text = "<!DOCTYPE html>\n"
        HTML("html", ["lang": "en"]) {
            HTML("head") {
                HTML("meta", ["charset": "utf-8"])
                HTML("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
                HTML("meta", ["name": "color-scheme", "content": "light dark"])
                HTML("meta", ["name": "generator", "content": "zoo"])
                // Without it a browser asks the server for one.
                HTML("link", ["rel": "icon", "href": "data:,"])
                HTML("title") { title }
                HTML("style") { HTML(node: .styleSheet(StyleSheet.text)) }
            }
            HTML("body") {
                header
                HTML("main") {
                    summary
                    for section in sections { Self.markup(of: section) }
                }
                HTML("footer") { footer }
            }
        }.render(into: &text)
        return text
    }

    private var header: HTML {
        HTML("header") {
            HTML("h1") { title }
            HTML("p", ["class": "subtitle"]) { subtitle }
            if sections.count > 1 {
                HTML("nav", ["aria-label": "Sections"]) {
                    for section in sections { HTML("a", ["href": "#\(section.anchor)"]) { section.title } }
                }
            }
        }
    }

    private static func markup(of section: Section) -> HTML {
        HTML("section", ["id": section.anchor]) {
            HTML("h2") { section.title }
            section.content
        }
    }

    /// Writes the page; the file takes its name when it is complete.
    ///
    /// - Throws: ``ZooCore/FileError``; the file is then as it was before.
    public func write(to path: FilePath) throws(FileError) {
        var file = try AtomicFile(at: path)
        try file.write(Array(markup.utf8))
        try file.publish(durably: false)
    }
}
