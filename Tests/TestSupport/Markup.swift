/// A page of HTML, read strictly: what a browser would mend is a fault here.
public struct Markup {
    /// An element that was opened.
    public struct Element: Equatable {
        /// Its tag.
        public let name: String
        /// Its attributes, as they stand for values.
        public let attributes: [String: String]
    }

    /// Why a text is no page.
    public struct Fault: Error, CustomStringConvertible {
        /// What is wrong.
        public let description: String
    }

    /// Every element, in order.
    public private(set) var elements: [Element] = []
    /// The text outside of tags and style sheets, as it stands for characters.
    public private(set) var text = ""

    private var rest: Substring
    private var open: [String] = []

    private static let void: Set<String> = ["br", "hr", "img", "meta", "link", "col"]
    private static let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "#39": "'"]

    /// Reads a page.
    ///
    /// - Throws: ``Fault`` for tags that do not match, attributes without quotes or twice, bare `<` and `&`, ids that come
    ///   twice, links to ids that are not there.
    public init(_ page: String) throws(Fault) {
        rest = page[...]
        if rest.hasPrefix("<!DOCTYPE html>") { rest = rest.dropFirst(15) }
        while !rest.isEmpty {
            if rest.hasPrefix("</") { try close() } else if rest.hasPrefix("<") { try begin() } else { try readText() }
        }
        guard open.isEmpty else { throw Fault(description: "not closed: \(open)") }
        try checkAnchors()
    }

    private mutating func readText() throws(Fault) {
        let part = rest.prefix { $0 != "<" }
        text += try Self.characters(String(part))
        rest = rest.dropFirst(part.count)
    }

    private mutating func close() throws(Fault) {
        rest = rest.dropFirst(2)
        let name = String(rest.prefix { $0 != ">" })
        rest = rest.dropFirst(name.count + 1)
        guard open.popLast() == name else { throw Fault(description: "</\(name)> closes nothing, or another element") }
    }

    private mutating func begin() throws(Fault) {
        rest = rest.dropFirst()
        let name = String(rest.prefix { $0.isLetter || $0.isNumber })
        guard !name.isEmpty else { throw Fault(description: "a bare '<' before '\(rest.prefix(20))'") }
        rest = rest.dropFirst(name.count)
        var attributes: [String: String] = [:]
        while rest.hasPrefix(" ") {
            rest = rest.dropFirst()
            let key = String(rest.prefix { $0.isLetter || $0 == "-" || $0 == "." || $0 == ":" || $0.isNumber })
            rest = rest.dropFirst(key.count)
            guard !key.isEmpty, rest.hasPrefix("=\"") else { throw Fault(description: "<\(name)>: attribute '\(key)'") }
            rest = rest.dropFirst(2)
            let value = String(rest.prefix { $0 != "\"" })
            rest = rest.dropFirst(value.count + 1)
            guard !value.contains("<"), attributes.updateValue(try Self.characters(value), forKey: key) == nil else {
                throw Fault(description: "<\(name)>: attribute '\(key)' twice, or with '<'")
            }
        }
        elements.append(Element(name: name, attributes: attributes))
        if rest.hasPrefix("/>") { return rest = rest.dropFirst(2) }
        guard rest.hasPrefix(">") else { throw Fault(description: "<\(name)> does not end: '\(rest.prefix(20))'") }
        rest = rest.dropFirst()
        if !Self.void.contains(name) { open.append(name) }
        if name == "style" { rest = rest.drop { $0 != "<" } }
    }

    private static func characters(_ text: String) throws(Fault) -> String {
        var parts = text.split(separator: "&", omittingEmptySubsequences: false).map(String.init)
        var result = parts.removeFirst()
        for part in parts {
            guard let end = part.firstIndex(of: ";"), let character = entities[String(part[..<end])] else {
                throw Fault(description: "a bare '&' before '\(part.prefix(20))'")
            }
            result += character + part[part.index(after: end)...]
        }
        return result
    }

    private func checkAnchors() throws(Fault) {
        let ids = elements.compactMap { $0.attributes["id"] }
        guard Set(ids).count == ids.count else { throw Fault(description: "an id comes twice: \(ids)") }
        for link in elements.compactMap({ $0.attributes["href"] }) where link.hasPrefix("#") {
            guard ids.contains(String(link.dropFirst())) else { throw Fault(description: "a link to nothing: \(link)") }
        }
    }

    /// What the page would ask the network or the disk for; pictures that are in it do not count.
    public var requests: [String] {
        elements.flatMap { element in
            ["src", "srcset", "data", "poster", "action", "xlink:href"].compactMap { element.attributes[$0] }
                + (element.name == "link" ? [element.attributes["href"] ?? ""] : [])
        }.filter { !$0.hasPrefix("data:") }
    }

    /// The ids of its sections.
    public var sections: [String] { elements.filter { $0.name == "section" }.compactMap { $0.attributes["id"] } }
}
