extension HTML {
    /// Appends the markup to `target`.
    ///
    /// - Complexity: O(length of the markup).
    func render(into target: inout String) {
        switch node {
        case .text(let text): Self.escape(text, into: &target)
        case .styleSheet(let text): target += text
        case .group(let pieces):
            for piece in pieces { piece.render(into: &target) }
        case .element(let name, let attributes, let content):
            target += "<\(name)"
            for attribute in attributes {
                target += " \(attribute.name)=\""
                Self.escape(attribute.value, into: &target)
                target += "\""
            }
            if Self.voidElements.contains(name) { return target += ">" }
            if content.isEmpty, Self.shapes.contains(name) { return target += "/>" }
            target += ">"
            for piece in content { piece.render(into: &target) }
            target += "</\(name)>"
            if Self.blocks.contains(name) { target += "\n" }
        }
    }

    /// The markup.
    public var markup: String {
        var text = ""
        render(into: &text)
        return text
    }

    /// Elements of HTML that have no end tag.
    static let voidElements: Set<String> = ["br", "hr", "img", "meta", "link", "col"]

    /// Elements of SVG that may end themselves.
    private static let shapes: Set<String> = ["path", "rect", "line", "circle", "polyline"]

    /// Elements that end a line of the markup, for those who look at it.
    private static let blocks: Set<String> = [
        "div", "section", "header", "footer", "nav", "main", "p", "h1", "h2", "h3", "table", "tr", "thead", "tbody",
        "svg",
        "figure", "pre", "details", "ul", "li", "style", "title", "head", "body", "dl",
    ]

    /// Escapes what means something in text or in a quoted attribute.
    ///
    /// Characters that HTML does not allow, and those that turn the direction of the text around them, become U+FFFD: a
    /// name must not rewrite the line that it is in.
    private static func escape(_ text: String, into target: inout String) {
        guard text.utf8.contains(where: needsLook) else { return target += text }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": target += "&amp;"
            case "<": target += "&lt;"
            case ">": target += "&gt;"
            case "\"": target += "&quot;"
            case "'": target += "&#39;"
            case "\n", "\t": target.unicodeScalars.append(scalar)
            case "\0"..<" ", "\u{7f}"..."\u{9f}", "\u{202a}"..."\u{202e}", "\u{2066}"..."\u{2069}":
                target.unicodeScalars.append("\u{fffd}")
            default: target.unicodeScalars.append(scalar)
            }
        }
    }

    /// Whether a byte of UTF-8 belongs to a character that ``escape(_:into:)`` changes, or might.
    private static func needsLook(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x26, 0x3c, 0x3e, 0x22, 0x27, 0..<0x20, 0x7f, 0xc2, 0xe2: true
        default: false
        }
    }
}
