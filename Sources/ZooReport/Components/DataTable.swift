/// A table with a heading; long ones are scrolled within the page.
public struct DataTable: Sendable, Hashable {
    /// How the cells of a column are set.
    public enum Kind: Sendable, Hashable {
        /// Words, from the left; a narrow screen may break them.
        case text
        /// Numbers, to the right.
        case number
        /// Names of layers and files.
        case code
    }

    /// A column.
    public struct Column: Sendable, Hashable {
        let title: String
        let kind: Kind

        /// A column.
        public init(_ title: String, _ kind: Kind = .number) {
            self.title = title
            self.kind = kind
        }
    }

    private let columns: [Column]
    private var rows: [[HTML]] = []

    /// More rows than these are scrolled.
    private static let visibleRows = 24

    /// An empty table.
    public init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row.
    ///
    /// - Precondition: there is a cell for each column.
    public mutating func add(_ cells: [HTML]) {
        precondition(cells.count == columns.count, "\(cells.count) cells for \(columns.count) columns")
        rows.append(cells)
    }

    /// Adds a row of text.
    ///
    /// - Precondition: there is a cell for each column.
    public mutating func add(_ cells: [String]) {
        add(cells.map { HTML($0) })
    }

    /// The table; nothing if it has no rows.
    public var html: [HTML] {
        guard !rows.isEmpty else { return [] }
        return [
            HTML("div", ["class": rows.count > Self.visibleRows ? "scroll tall" : "scroll"]) {
                HTML("table") {
                    HTML("thead") {
                        HTML("tr") {
                            for column in columns {
                                HTML("th", ["class": Self.style(column.kind), "scope": "col"]) { column.title }
                            }
                        }
                    }
                    HTML("tbody") {
                        for row in rows {
                            HTML("tr") {
                                for (column, cell) in zip(columns, row) {
                                    HTML("td", ["class": Self.style(column.kind)]) { cell }
                                }
                            }
                        }
                    }
                }
            }
        ]
    }

    private static func style(_ kind: Kind) -> String {
        switch kind {
        case .text: "t"
        case .number: "n"
        case .code: "c"
        }
    }
}

extension HTML {
    /// A number with a bar behind it that is as long as its share of 1.
    public static func meter(_ text: String, share: Double, colour: Int = 1) -> HTML {
        let width = SVG.number(100 * max(0, min(1, share.isFinite ? share : 0)))
        return HTML("span", ["class": "meter"]) {
            HTML("span", ["class": "meter-bar s\(colour)", "style": "width:\(width)%"])
            HTML("span", ["class": "meter-text"]) { text }
        }
    }
}
