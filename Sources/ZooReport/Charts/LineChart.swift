/// Lines over a horizontal axis, each with its name at its end.
public struct LineChart: Sendable, Hashable {
    /// A point of a line.
    public struct Point: Sendable, Hashable {
        /// Along the horizontal axis.
        public let x: Double
        /// Along the vertical axis; a line has a gap where it is no finite number.
        public let y: Double

        /// A point.
        public init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
    }

    /// A line.
    public struct Series: Sendable, Hashable {
        /// What stands at its end.
        public let name: String
        /// Its points, from left to right.
        public let points: [Point]
        /// Which of the colours it has, from 1 to 6.
        public let colour: Int
        /// Whether it is dashed, for readers who cannot tell its colour.
        public let isDashed: Bool

        /// A line.
        public init(name: String, points: [Point], colour: Int, isDashed: Bool = false) {
            self.name = name
            self.points = points
            self.colour = (colour - 1) % 6 + 1
            self.isDashed = isDashed
        }
    }

    /// How the numbers of the vertical axis are written.
    public enum Values: Sendable, Hashable {
        /// As they are.
        case numbers
        /// As percentages of 1.
        case shares
    }

    /// How the numbers of the horizontal axis are placed.
    public enum Places: Sendable, Hashable {
        /// Equal differences are equally far, on an axis of whole numbers.
        case whole
        /// Equal factors are equally far; points that are not above 0 are left out.
        case factors
    }

    /// A place on the horizontal axis that is worth a line.
    public struct Mark: Sendable, Hashable {
        let x: Double
        let label: String

        /// A mark.
        public init(x: Double, label: String) {
            self.x = x
            self.label = label
        }
    }

    /// What the chart shows.
    public let title: String
    /// What the horizontal axis counts.
    public let xTitle: String
    /// How the numbers of the vertical axis are written.
    public let values: Values
    /// How the numbers of the horizontal axis are placed.
    public let places: Places
    /// The lines.
    public let series: [Series]
    /// Places on the horizontal axis.
    public let marks: [Mark]
    /// A line about the chart.
    public let note: String?

    static let width = 360.0
    static let height = 236.0

    /// A chart.
    public init(
        title: String, xTitle: String, values: Values = .numbers, places: Places = .whole, series: [Series],
        marks: [Mark] = [], note: String? = nil
    ) {
        self.title = title
        self.xTitle = xTitle
        self.values = values
        self.places = places
        self.series = series
        self.marks = marks
        self.note = note
    }

    /// The chart as a figure.
    ///
    /// - Complexity: O(points).
    public var html: HTML {
        let frame = LineChartFrame(self)
        return HTML("figure", ["class": "plot"]) {
            HTML("figcaption") {
                HTML("b") { title }
                if let note { HTML("span", ["class": "muted"]) { " \(note)" } }
            }
            SVG.drawing(width: Self.width, height: Self.height, label: description) {
                frame.grid
                frame.marks
                frame.lines
                frame.names
            }
        }
    }

    /// The chart in words.
    private var description: String {
        let ends = series.compactMap { line in
            line.points.last { $0.y.isFinite }.map { "\(line.name) ends at \(text($0.y))" }
        }
        return "\(title) by \(xTitle): \(ends.joined(separator: ", "))"
    }

    func text(_ value: Double) -> String {
        values == .shares ? NumberText.percent(value) : NumberText.short(value)
    }
}
