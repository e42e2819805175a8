/// How many values lie in each of equal ranges.
public struct Histogram: Sendable, Hashable {
    /// What the chart shows.
    public let title: String
    /// What the values are.
    public let xTitle: String
    /// The start of the first range and the end of the last.
    public let bounds: ClosedRange<Double>
    /// The values in each range.
    public let counts: [Int]
    /// A line about the chart.
    public let note: String?

    /// A histogram.
    public init(title: String, xTitle: String, bounds: ClosedRange<Double>, counts: [Int], note: String? = nil) {
        self.title = title
        self.xTitle = xTitle
        self.bounds = bounds
        self.counts = counts
        self.note = note
    }

    /// The chart as a figure.
    ///
    /// - Complexity: O(ranges).
    public var html: HTML {
        let most = counts.max() ?? 0
        let y = Axis(covering: 0...Double(max(most, 1)), count: 4, isInteger: true)
        let x = Axis(covering: bounds, isRounded: false)
        let labels = y.ticks.map { Self.short($0) }
        let left = 10 + (labels.map { SVG.width(of: $0) }.max() ?? 0)
        let frame = (left: left, right: LineChart.width - 8, top: 8.0, bottom: 150.0)
        return HTML("figure", ["class": "plot"]) {
            HTML("figcaption") {
                HTML("b") { title }
                if let note { HTML("span", ["class": "muted"]) { " \(note)" } }
            }
            SVG.drawing(width: LineChart.width, height: 190, label: "\(title): \(note ?? xTitle)") {
                for (tick, label) in zip(y.ticks, labels) {
                    let row = frame.bottom - (frame.bottom - frame.top) * y.place(of: tick)
                    SVG.line(frame.left, row, frame.right, row, style: "grid")
                    SVG.text(label, frame.left - 6, row + 4, anchor: "end", style: "tick")
                }
                columns(frame.left, frame.right, frame.top, frame.bottom, y)
                SVG.line(frame.left, frame.bottom, frame.right, frame.bottom, style: "axis")
                for (tick, label) in zip(x.ticks, x.labels) {
                    let place = frame.left + (frame.right - frame.left) * x.place(of: tick)
                    SVG.line(place, frame.bottom, place, frame.bottom + 4, style: "axis")
                    SVG.text(label, place, frame.bottom + 16, anchor: "middle", style: "tick")
                }
                SVG.text(xTitle, (frame.left + frame.right) / 2, frame.bottom + 34, anchor: "middle", style: "tick")
            }
        }
    }

    private func columns(_ left: Double, _ right: Double, _ top: Double, _ bottom: Double, _ y: Axis) -> [HTML] {
        let width = (right - left) / Double(max(counts.count, 1))
        let step = (bounds.upperBound - bounds.lowerBound) / Double(max(counts.count, 1))
        return counts.enumerated().compactMap { index, count in
            guard count > 0 else { return nil }
            let height = max(0.7, (bottom - top) * y.place(of: Double(count)))
            let start = bounds.lowerBound + step * Double(index)
            let words =
                "\(NumberText.short(start)) to \(NumberText.short(start + step)): \(NumberText.grouped(count))"
            return SVG.rectangle(
                left + width * Double(index), bottom - height, max(width - 0.6, 0.5), height, style: "column s1",
                title: words)
        }
    }

    /// A count on an axis: `20k`.
    private static func short(_ count: Double) -> String {
        switch count {
        case ..<10_000: NumberText.fixed(count, 0)
        case ..<1e6: NumberText.withoutTrailingZeros(NumberText.fixed(count / 1e3, 1)) + "k"
        case ..<1e9: NumberText.withoutTrailingZeros(NumberText.fixed(count / 1e6, 1)) + "M"
        default: NumberText.short(count)
        }
    }
}

/// A histogram as small as a word, for a table.
public struct Sparkline: Sendable, Hashable {
    private let counts: [Int]
    private let label: String

    /// A sparkline of counts.
    ///
    /// - Parameter label: what it shows, for those who cannot see it.
    public init(_ counts: [Int], label: String) {
        self.counts = counts
        self.label = label
    }

    /// The drawing.
    ///
    /// - Complexity: O(ranges).
    public var html: HTML {
        let most = max(counts.max() ?? 0, 1)
        let outline = counts.enumerated().map { index, count in
            let top = 20 - 19 * Double(count) / Double(most)
            return "H\(index * 4)V\(SVG.number(count > 0 ? min(top, 19) : 20))"
        }
        return HTML(
            "svg",
            [
                "class": "spark", "width": "\(counts.count * 4)", "height": "20",
                "viewBox": "0 0 \(counts.count * 4) 20", "role": "img", "aria-label": label,
            ]
        ) {
            SVG.path("M0 20\(outline.joined())H\(counts.count * 4)V20Z", style: "column s1")
        }
    }
}
