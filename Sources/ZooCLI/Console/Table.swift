/// Rows of text in columns as wide as their widest cell.
struct Table {
    /// How the cells of a column stand in it.
    enum Alignment {
        case left, right
    }

    private let alignments: [Alignment]
    private var rows: [[String]]

    /// A table with a heading.
    init(_ columns: [(title: String, alignment: Alignment)]) {
        alignments = columns.map(\.alignment)
        rows = [columns.map(\.title)]
    }

    /// Adds a row.
    mutating func add(_ cells: [String]) {
        rows.append(cells)
    }

    /// The lines of the table, two spaces between columns, none at the end of a line.
    var text: String {
        let lengths = rows.map { $0.map(\.count) }
        let widths = alignments.indices.map { column in lengths.reduce(0) { max($0, $1[column]) } }
        var text = ""
        for (row, cells) in rows.enumerated() {
            if row > 0 { text += "\n" }
            var spaces = 0  // Written only when something follows.
            for (column, cell) in cells.enumerated() {
                let padding = widths[column] - lengths[row][column]
                if alignments[column] == .right { spaces += padding }
                if !cell.isEmpty {
                    text += String(repeating: " ", count: spaces) + cell
                    spaces = 0
                }
                spaces += (alignments[column] == .left ? padding : 0) + 2
            }
        }
        return text
    }
}
