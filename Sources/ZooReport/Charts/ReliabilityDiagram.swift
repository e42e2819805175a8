/// How often predictions of each confidence are right: a well calibrated classifier's columns end at the diagonal.
public struct ReliabilityDiagram: Sendable, Hashable {
    /// The predictions whose confidence lies in one range.
    public struct Bin: Sendable, Hashable {
        /// How many there are.
        public let count: Int
        /// How many of them are right.
        public let hits: Int
        /// The mean of their confidence.
        public let confidence: Double

        /// A range.
        public init(count: Int, hits: Int, confidence: Double) {
            self.count = count
            self.hits = hits
            self.confidence = confidence
        }
    }

    /// Equal ranges from 0 to 1.
    public let bins: [Bin]

    /// A diagram.
    public init(bins: [Bin]) {
        self.bins = bins
    }

    private static let (left, right, top, bottom) = (46.0, 338.0, 8.0, 208.0)

    /// The chart as a figure.
    ///
    /// - Complexity: O(ranges).
    public var html: HTML {
        HTML("figure", ["class": "plot"]) {
            HTML("figcaption") {
                HTML("b") { "Share that is right" }
                HTML("span", ["class": "muted"]) { " by confidence" }
            }
            SVG.drawing(width: LineChart.width, height: 250, label: "Share of right predictions by confidence") {
                grid
                for index in bins.indices { column(index) }
                SVG.line(Self.left, Self.bottom, Self.right, Self.top, style: "ideal")
            }
        }
    }

    private var grid: [HTML] {
        let ticks = [0.0, 0.25, 0.5, 0.75, 1]
        let lines = ticks.flatMap { tick -> [HTML] in
            let (row, column) = (place(tick), Self.left + (Self.right - Self.left) * tick)
            let label = NumberText.percent(tick, 0)
            return [
                SVG.line(Self.left, row, Self.right, row, style: "grid"),
                SVG.text(label, Self.left - 6, row + 4, anchor: "end", style: "tick"),
                SVG.text(label, column, Self.bottom + 16, anchor: "middle", style: "tick"),
            ]
        }
        let title = SVG.text(
            "confidence", (Self.left + Self.right) / 2, Self.bottom + 34, anchor: "middle", style: "tick")
        return lines + [title, SVG.line(Self.left, Self.bottom, Self.right, Self.bottom, style: "axis")]
    }

    private func place(_ share: Double) -> Double { Self.bottom - (Self.bottom - Self.top) * share }

    private func column(_ index: Int) -> [HTML] {
        let bin = bins[index]
        guard bin.count > 0 else { return [] }
        let width = (Self.right - Self.left) / Double(bins.count)
        let share = Double(bin.hits) / Double(bin.count)
        let range = [index, index + 1].map { NumberText.percent(Double($0) / Double(bins.count), 0) }
        let words =
            "confidence \(range[0]) to \(range[1]): \(NumberText.grouped(bin.hits)) of "
            + "\(NumberText.grouped(bin.count)) right (\(NumberText.percent(share)))"
        let x = Self.left + width * Double(index)
        // Ranges with few predictions say little: their columns are pale.
        let most = bins.map(\.count).max() ?? 1
        let weight = 0.25 + 0.75 * min(1, Double(bin.count) / (0.2 * Double(most)))
        return [
            SVG.rectangle(
                x + 1, min(place(share), Self.bottom - 1), width - 2, max(Self.bottom - place(share), 1),
                style: "column s1", opacity: weight, title: words)
        ]
    }
}
