/// A square of counts: how often each row was taken for each column.
///
/// The diagonal has one colour and everything beside it another, each the stronger the larger its share of the row. It
/// stays readable up to about a hundred rows; what does not fit the page is scrolled.
public struct HeatMap: Sendable, Hashable {
    /// What the chart shows.
    public let title: String
    /// The names of the rows.
    public let rows: [String]
    /// The names of the columns; the first are those of the rows.
    public let columns: [String]
    /// `counts[row][column]`.
    public let counts: [[Int]]

    /// The most rows that can be told apart.
    public static let rowLimit = 100

    private let cell, left, top: Double

    /// A map.
    ///
    /// - Precondition: there is a row of counts for each name, and a count for each column.
    public init(title: String, rows: [String], columns: [String], counts: [[Int]]) {
        precondition(
            counts.count == rows.count && counts.allSatisfy { $0.count == columns.count }, "counts for each cell")
        self.title = title
        self.rows = rows
        self.columns = columns
        self.counts = counts
        cell =
            switch columns.count {
            case ...3: 60
            case ...6: 46
            case ...12: 34
            case ...20: 27
            case ...40: 17
            default: 11
            }
        let longest = { (names: [String]) in names.map { SVG.width(of: SVG.shortened($0, to: 110)) }.max() ?? 0 }
        left = longest(rows) + 28
        top = (Self.isUpright(columns, cell) ? 14 : longest(columns)) + 26
    }

    /// Whether the names of the columns fit above them without being turned.
    private static func isUpright(_ columns: [String], _ cell: Double) -> Bool {
        columns.allSatisfy { SVG.width(of: $0) <= cell - 2 }
    }

    /// The map as a figure.
    ///
    /// - Complexity: O(rows + columns + cells that are not 0).
    public var html: HTML {
        let (width, height) = (left + cell * Double(columns.count) + 6, top + cell * Double(rows.count) + 6)
        return HTML("figure", ["class": "scroll"]) {
            SVG.drawing(width: width, height: height, label: title, isFixed: true) {
                titles
                grid
                names
                for row in rows.indices { cells(of: row) }
            }
        }
    }

    private var titles: [HTML] {
        let (middle, centre) = (left + cell * Double(columns.count) / 2, top + cell * Double(rows.count) / 2)
        return [
            SVG.text("taken for", middle, 12, anchor: "middle", style: "tick"),
            SVG.text("is", 12, centre, anchor: "middle", style: "tick", turned: true),
        ]
    }

    private var grid: [HTML] {
        [
            SVG.rectangle(
                left, top, cell * Double(columns.count), cell * Double(rows.count), style: "field"),
            SVG.path(lines, style: "grid"),
        ]
    }

    private var lines: String {
        let (right, bottom) = (left + cell * Double(columns.count), top + cell * Double(rows.count))
        let across = (0...rows.count).map {
            "M\(SVG.number(left)) \(SVG.number(top + cell * Double($0)))H\(SVG.number(right))"
        }
        let down = (0...columns.count).map {
            "M\(SVG.number(left + cell * Double($0))) \(SVG.number(top))V\(SVG.number(bottom))"
        }
        return (across + down).joined()
    }

    private var names: [HTML] {
        let style = cell < 14 ? "label tiny" : "label"
        let rowNames = rows.enumerated().map { index, name in
            SVG.text(
                SVG.shortened(name, to: 110), left - 6, top + cell * (Double(index) + 0.5) + 4, anchor: "end",
                style: style)
        }
        let isUpright = Self.isUpright(columns, cell)
        let columnNames = columns.enumerated().map { index, name in
            let middle = left + cell * (Double(index) + 0.5)
            return isUpright
                ? SVG.text(name, middle, top - 7, anchor: "middle", style: style)
                : SVG.text(SVG.shortened(name, to: 110), middle + 4, top - 6, style: style, turned: true)
        }
        return rowNames + columnNames
    }

    private func cells(of row: Int) -> [HTML] {
        let total = counts[row].reduce(0, +)
        return counts[row].enumerated().flatMap { column, count -> [HTML] in
            guard count > 0 else { return [] }
            let share = Double(count) / Double(max(total, 1))
            // A single mistake among many images should be seen.
            let opacity = 0.14 + 0.86 * share
            let (x, y) = (left + cell * Double(column), top + cell * Double(row))
            let words =
                "\(rows[row]) taken for \(columns[column]): \(NumberText.grouped(count)) of \(NumberText.grouped(total)) "
                + "(\(NumberText.percent(share)))"
            var pieces = [
                SVG.rectangle(
                    x + 0.5, y + 0.5, cell - 1, cell - 1, style: row == column ? "right" : "wrong", opacity: opacity,
                    title: words)
            ]
            if cell >= 26 {
                pieces.append(
                    SVG.text(
                        Self.short(count), x + cell / 2, y + cell / 2 + 4, anchor: "middle",
                        style: Self.countStyle(isRight: row == column, opacity)))
            }
            return pieces
        }
    }

    /// Whether a count is white (`l`) in the light and black (`d`) in the dark: whichever contrasts more with the mixture of
    /// the cell's colour and the field, which ``StyleSheet`` has; the less, 4.5 : 1, is where one gives way to the other.
    private static func countStyle(isRight: Bool, _ opacity: Double) -> String {
        let (light, dark) = isRight ? (0.929, 0.611) : (0.99, 0.646)
        return "count" + (opacity > light ? " l" : "") + (opacity > dark ? " d" : "")
    }

    /// A count that fits into a cell.
    private static func short(_ count: Int) -> String {
        switch count {
        case ..<10_000: "\(count)"
        case ..<1_000_000: "\(count / 1000)k"
        default: "\(count / 1_000_000)M"
        }
    }
}
