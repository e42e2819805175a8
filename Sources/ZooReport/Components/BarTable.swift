/// Horizontal bars with their names and numbers, one or several to a name.
public struct BarTable: Sendable, Hashable {
    /// A name and its bars.
    public struct Row: Sendable, Hashable {
        let name: String
        let values: [Double]
        let labels: [String]

        /// A row.
        ///
        /// - Parameters:
        ///   - values: the lengths, of any unit.
        ///   - labels: what stands behind each bar.
        /// - Precondition: there are as many labels as values.
        public init(_ name: String, values: [Double], labels: [String]) {
            precondition(values.count == labels.count, "a label for each bar")
            self.name = name
            self.values = values
            self.labels = labels
        }
    }

    /// What the bars of a row are, if there are several.
    public let legend: [String]
    /// The rows.
    public let rows: [Row]

    /// Bars.
    public init(legend: [String] = [], rows: [Row]) {
        self.legend = legend
        self.rows = rows
    }

    /// The bars; nothing if there are none.
    ///
    /// - Complexity: O(bars).
    public var html: [HTML] {
        let most = rows.flatMap(\.values).max() ?? 0
        guard !rows.isEmpty else { return [] }
        return [
            HTML("div", ["class": "bars", "style": "--room:\(room)px"]) {
                if legend.count > 1 {
                    HTML("p", ["class": "legend"]) {
                        for (index, name) in legend.enumerated() {
                            HTML("span", ["class": "key s\(index + 1)"])
                            "\(name) "
                        }
                    }
                }
                for row in rows {
                    HTML("div", ["class": "bar-row"]) {
                        HTML("div", ["class": "bar-name", "title": row.name]) { row.name }
                        HTML("div", ["class": "bar-set"]) {
                            for index in row.values.indices { Self.bar(row, index, most) }
                        }
                    }
                }
            }
        ]
    }

    /// The pixels that are left for the longest label, which is set larger than those of charts.
    private var room: Int {
        let longest = rows.flatMap(\.labels).map { SVG.width(of: $0) }.max() ?? 0
        return Int((longest * 13 / 11).rounded(.up)) + 8
    }

    private static func bar(_ row: Row, _ index: Int, _ most: Double) -> HTML {
        let share = most > 0 ? row.values[index] / most : 0
        return HTML("div", ["class": "bar"]) {
            HTML(
                "span",
                [
                    "class": "bar-fill s\(index + 1)",
                    "style": "width:calc((100% - var(--room))*\(SVG.fraction(share)))",
                ])
            HTML("span", ["class": "bar-label"]) { row.labels[index] }
        }
    }
}
