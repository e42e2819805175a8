/// Many things with several numbers each: an upright axis for each number, a line across all axes for each thing.
///
/// Lines are the darker (in the dark, the lighter) the better they are, and the best one has a colour of its own. What does
/// not fit the page is scrolled.
public struct ParallelCoordinates: Sendable, Hashable {
    /// How the numbers of an axis become places.
    public enum Scale: Sendable, Hashable {
        /// Evenly.
        case linear(ClosedRange<Double>)
        /// Evenly, of whole numbers.
        case integer(ClosedRange<Double>)
        /// By their logarithms; the range is above 0.
        case logarithmic(ClosedRange<Double>)
        /// Evenly, written as percentages of 1.
        case shares(ClosedRange<Double>)
        /// Words, by their numbers from 0. Lines through the same word are spread around it.
        case categories([String])
    }

    /// An axis.
    public struct Dimension: Sendable, Hashable {
        let name: String
        let scale: Scale

        /// An axis.
        public init(_ name: String, _ scale: Scale) {
            self.name = name
            self.scale = scale
        }
    }

    /// A thing.
    public struct Line: Sendable, Hashable {
        let values: [Double]
        let standing: Double
        let label: String

        /// A thing.
        ///
        /// - Parameters:
        ///   - values: its number on each axis.
        ///   - standing: how good it is, from 0, the worst, to 1, the best.
        ///   - label: what it is, as a tooltip.
        public init(values: [Double], standing: Double, label: String) {
            self.values = values
            self.standing = standing
            self.label = label
        }
    }

    /// What the chart shows.
    public let title: String
    /// The axes, from left to right.
    public let dimensions: [Dimension]
    /// The lines; the best are drawn last, over the others.
    public let lines: [Line]

    /// The most lines that are drawn: more cannot be told apart.
    public static let lineLimit = 400
    /// How many shades there are; the style sheet has a colour for each.
    static let shadeCount = 6

    /// A chart.
    ///
    /// - Precondition: every line has a number for each axis.
    public init(title: String, dimensions: [Dimension], lines: [Line]) {
        precondition(lines.allSatisfy { $0.values.count == dimensions.count }, "a number for each axis")
        self.title = title
        self.dimensions = dimensions
        self.lines = lines
    }

    /// The chart as a figure; nothing without axes or lines.
    ///
    /// - Complexity: O(lines · log(lines) + lines · axes).
    public var html: [HTML] {
        guard !dimensions.isEmpty, !lines.isEmpty else { return [] }
        let frame = ParallelFrame(dimensions)
        let order = lines.enumerated().sorted { ($0.element.standing, $1.offset) < ($1.element.standing, $0.offset) }
        let shown = order.suffix(Self.lineLimit)
        return [
            HTML("figure", ["class": "scroll"]) {
                SVG.drawing(width: frame.width, height: ParallelFrame.height, label: title, isFixed: true) {
                    for (place, line) in shown.enumerated() {
                        Self.path(line.element, line.offset, frame, isBest: place == shown.count - 1)
                    }
                    frame.axes
                }
            }
        ]
    }

    private static func path(_ line: Line, _ index: Int, _ frame: ParallelFrame, isBest: Bool) -> HTML {
        // Squared, so that of many lines only the best are dark.
        let standing = min(max(line.standing, 0), 1)
        let shade = Int((standing * standing * Double(shadeCount - 1)).rounded())
        return HTML("path", ["d": frame.path(line, index), "class": isBest ? "thread best" : "thread h\(shade)"]) {
            HTML("title") { line.label }
        }
    }
}
