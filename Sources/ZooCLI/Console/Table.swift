/// Rows of text in columns as wide as their widest cell, narrower where the terminal asks for it.
struct Table {
    /// How the cells of a column stand in it.
    enum Alignment {
        case left, right
    }

    /// What happens to a column for which there is too little room.
    enum Narrowing {
        /// It keeps its width.
        case never
        /// Its cells lose their middle: paths and names, which differ at both ends.
        case shortened
        /// Its cells go on in further lines. For the last column.
        case wrapped
        /// It is left out; the higher number first.
        case leftOut(Int)
    }

    /// A column.
    struct Column {
        let title: String
        let alignment: Alignment
        let narrowing: Narrowing

        init(_ title: String, _ alignment: Alignment = .left, _ narrowing: Narrowing = .never) {
            self.title = title
            self.alignment = alignment
            self.narrowing = narrowing
        }
    }

    private let columns: [Column]
    private var rows: [[String]]
    private var colours: [Console.Colour?] = [nil]

    /// Fewer columns are not shortened, nor wrapped, further.
    private static let (shortest, narrowest) = (12, 24)

    /// A table with a heading.
    init(_ columns: [Column]) {
        self.columns = columns
        rows = [columns.map(\.title)]
    }

    /// A table with a heading, whose columns keep their widths.
    init(_ columns: [(title: String, alignment: Alignment)]) {
        self.init(columns.map { Column($0.title, $0.alignment) })
    }

    /// Adds a row, whose first cell may be coloured.
    mutating func add(_ cells: [String], colour: Console.Colour? = nil) {
        rows.append(cells.map(DisplayText.harmless))
        colours.append(colour)
    }

    /// The lines of the table as wide as they are, two spaces between columns, none at the end of a line.
    var text: String { text(width: nil) }

    /// The lines of the table in `width` columns, as far as that can be.
    func text(width: Int?) -> String {
        let layout = layout(width)
        return rows.indices.flatMap { lines(of: $0, layout, width) }.joined(separator: "\n")
    }

    /// Which columns are shown, how wide, and whether the wrapped one stands below its row.
    private struct Layout {
        var shown: [Int]
        var widths: [Int: Int]
        var below: Int?
    }

    private func layout(_ width: Int?) -> Layout {
        let natural = columns.indices.map { column in rows.reduce(0) { max($0, DisplayText.width($1[column])) } }
        var layout = Layout(
            shown: Array(columns.indices),
            widths: Dictionary(uniqueKeysWithValues: natural.enumerated().map { ($0, $1) }))
        guard let width else { return layout }
        func least(_ column: Int) -> Int {
            switch columns[column].narrowing {
            case .never, .leftOut: natural[column]
            case .shortened: min(natural[column], Self.shortest)
            case .wrapped: min(natural[column], Self.narrowest)
            }
        }
        func fits(_ width: (Int) -> Int) -> Bool { total(layout.shown.map(width)) <= limit }
        let limit = width
        while !fits(least), let column = mostDispensable(layout.shown) { layout.shown.removeAll { $0 == column } }
        if !fits(least), let last = layout.shown.last, case .wrapped = columns[last].narrowing, layout.shown.count > 1 {
            layout.below = last
            layout.shown.removeLast()
        }
        while !fits({ layout.widths[$0] ?? 0 }) {
            let loose = layout.shown.filter { (layout.widths[$0] ?? 0) > least($0) }
            guard let widest = loose.max(by: { (layout.widths[$0] ?? 0) < (layout.widths[$1] ?? 0) }) else { break }
            layout.widths[widest, default: 1] -= 1
        }
        return layout
    }

    private func total(_ widths: [Int]) -> Int { widths.reduce(0, +) + 2 * max(widths.count - 1, 0) }

    private func mostDispensable(_ shown: [Int]) -> Int? {
        var found: (column: Int, rank: Int)?
        for column in shown {
            if case .leftOut(let rank) = columns[column].narrowing, rank >= found?.rank ?? .min {
                found = (column, rank)
            }
        }
        return found?.column
    }

    private func lines(of row: Int, _ layout: Layout, _ width: Int?) -> [String] {
        let parts = layout.shown.map { column -> [String] in
            let columnWidth = layout.widths[column] ?? 0
            switch columns[column].narrowing {
            case .never, .leftOut: return [rows[row][column]]
            case .shortened: return [DisplayText.shortened(rows[row][column], to: columnWidth)]
            case .wrapped: return DisplayText.wrapped(rows[row][column], to: width == nil ? nil : columnWidth)
            }
        }
        let height = parts.map(\.count).max() ?? 1
        var lines = (0..<height).map { line in
            let cells = parts.map { $0.indices.contains(line) ? $0[line] : "" }
            return self.line(cells, layout, colour: line == 0 ? colours[row] : nil)
        }
        if let below = layout.below, let width, row > 0 {
            lines += DisplayText.wrapped(rows[row][below], to: max(width - 4, 8)).map { "    " + $0 }
        }
        return lines
    }

    private func line(_ cells: [String], _ layout: Layout, colour: Console.Colour?) -> String {
        var text = ""
        var spaces = 0  // Written only when something follows.
        for (position, (column, cell)) in zip(layout.shown, cells).enumerated() {
            let padding = max((layout.widths[column] ?? 0) - DisplayText.width(cell), 0)
            if columns[column].alignment == .right { spaces += padding }
            if !cell.isEmpty {
                let painted = colour.map { Console.paintResult(cell, $0) } ?? cell
                text += String(repeating: " ", count: spaces) + (position == 0 ? painted : cell)
                spaces = 0
            }
            spaces += (columns[column].alignment == .left ? padding : 0) + 2
        }
        return text
    }
}
