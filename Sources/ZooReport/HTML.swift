/// A piece of a page: text, an element with its content, or several of them in a row.
///
/// Text is escaped when the page is rendered, in content and in attributes alike, so names of files and classes can be
/// put in as they are. There is no way to put in markup as text.
///
/// ```swift
/// let line = HTML("p", ["class": "note"]) {
///     "classes: "
///     for name in names { HTML("b") { name } }
/// }
/// ```
public struct HTML: Sendable, Hashable {
    /// What it is.
    indirect enum Node: Sendable, Hashable {
        case text(String)
        case element(String, [Attribute], [HTML])
        case group([HTML])
        /// The text of a style sheet, as it is. Only ``Page`` makes it.
        case styleSheet(String)
    }

    /// A name and a value, which is escaped.
    struct Attribute: Sendable, Hashable {
        let name, value: String
    }

    let node: Node

    init(node: Node) {
        self.node = node
    }

    /// Text.
    public init(_ text: String) {
        node = .text(text)
    }

    /// An element without attributes.
    ///
    /// - Parameters:
    ///   - name: the tag, of HTML or SVG.
    ///   - content: what is inside; without it, the name would be text.
    public init(_ name: String, @HTMLBuilder content: () -> [HTML]) {
        self.init(name, [:], content: content)
    }

    /// An element.
    ///
    /// - Parameters:
    ///   - name: the tag, of HTML or SVG.
    ///   - attributes: in the order in which they are written.
    ///   - content: what is inside.
    public init(
        _ name: String, _ attributes: KeyValuePairs<String, String>, @HTMLBuilder content: () -> [HTML] = { [] }
    ) {
        node = .element(name, attributes.map { Attribute(name: $0.key, value: $0.value) }, content())
    }

    /// Several pieces in a row.
    public init(_ pieces: [HTML]) {
        node = .group(pieces)
    }

    /// The text without its elements, as a test or a search sees it.
    public var plainText: String {
        switch node {
        case .text(let text): text
        case .element(_, _, let content), .group(let content): content.map(\.plainText).joined()
        case .styleSheet: ""
        }
    }
}

/// Collects pieces of a page from a closure with `if`, `for` and `switch`.
@resultBuilder public enum HTMLBuilder {
    /// A piece.
    public static func buildExpression(_ piece: HTML) -> [HTML] { [piece] }
    /// Text.
    public static func buildExpression(_ text: String) -> [HTML] { [HTML(text)] }
    /// Pieces.
    public static func buildExpression(_ pieces: [HTML]) -> [HTML] { pieces }
    /// A piece, or nothing.
    public static func buildExpression(_ piece: HTML?) -> [HTML] { piece.map { [$0] } ?? [] }
    /// Several in a row.
    public static func buildBlock(_ pieces: [HTML]...) -> [HTML] { pieces.flatMap { $0 } }
    /// `if` without `else`.
    public static func buildOptional(_ pieces: [HTML]?) -> [HTML] { pieces ?? [] }
    /// `if`.
    public static func buildEither(first pieces: [HTML]) -> [HTML] { pieces }
    /// `else`.
    public static func buildEither(second pieces: [HTML]) -> [HTML] { pieces }
    /// `for`.
    public static func buildArray(_ pieces: [[HTML]]) -> [HTML] { pieces.flatMap { $0 } }
}
