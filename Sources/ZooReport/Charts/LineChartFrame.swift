/// Where the parts of a line chart go.
struct LineChartFrame {
    private let chart: LineChart
    private let x, y: Axis
    private let labels: [String]
    private let left, right: Double
    private let top = 20.0
    private let bottom = LineChart.height - 38

    /// More points than this are thinned out: a chart has no more columns.
    private static let pointLimit = 300
    /// So many points still get a dot each, with its numbers as a tooltip.
    private static let dotLimit = 40

    init(_ chart: LineChart) {
        self.chart = chart
        let points = chart.series.flatMap(\.points).filter { $0.y.isFinite && Self.hasPlace($0.x, chart.places) }
        let xs = points.map(\.x)
        x =
            switch chart.places {
            case .whole: Axis(covering: (xs.min() ?? 0)...(xs.max() ?? 1), isInteger: true, isRounded: false)
            case .factors: Axis(within: (xs.min() ?? 1)...(xs.max() ?? 10))
            }
        y = Self.vertical(points.map(\.y), chart.values)
        labels = chart.values == .shares ? Self.percentages(y) : y.labels
        left = 10 + (labels.map { SVG.width(of: $0) }.max() ?? 0)
        let longest = chart.series.map { SVG.width(of: SVG.shortened($0.name, to: 96)) }.max() ?? 0
        // The names are bold, and so a little wider.
        right = LineChart.width - 9 - 1.1 * longest
    }

    private static func hasPlace(_ x: Double, _ places: LineChart.Places) -> Bool {
        x.isFinite && (places == .whole || x > 0)
    }

    private static func vertical(_ values: [Double], _ kind: LineChart.Values) -> Axis {
        guard let least = values.min(), let most = values.max() else { return Axis(covering: 0...1) }
        if kind == .numbers, least > 0, most / least > 100 { return Axis(logarithmic: least...most) }
        // An axis that nearly reaches 0 begins there; a share ends at 1.
        let lower = least >= 0 && least < 0.5 * most ? 0 : least
        let axis = Axis(covering: lower...max(most, lower))
        guard kind == .shares, axis.upper > 1, most <= 1 else { return axis }
        return Axis(covering: min(max(axis.lower, 0), 0.9)...1)
    }

    /// Ticks as percentages, with as many digits as they need.
    static func percentages(_ axis: Axis) -> [String] {
        let step = axis.ticks.count > 1 ? axis.ticks[1] - axis.ticks[0] : 1
        let digits = step < 0.000_99 ? 2 : step < 0.0099 ? 1 : 0
        return axis.ticks.map { NumberText.percent($0, digits) }
    }

    private func column(_ value: Double) -> Double { left + (right - left) * x.place(of: value) }
    private func row(_ value: Double) -> Double { bottom - (bottom - top) * y.place(of: value) }

    /// Lines across, numbers at both axes.
    var grid: [HTML] {
        var pieces: [HTML] = []
        for (tick, label) in zip(y.ticks, labels) {
            pieces.append(SVG.line(left, row(tick), right, row(tick), style: "grid"))
            pieces.append(SVG.text(label, left - 6, row(tick) + 4, anchor: "end", style: "tick"))
        }
        for (tick, label) in zip(x.ticks, x.labels) {
            pieces.append(SVG.line(column(tick), bottom, column(tick), bottom + 4, style: "axis"))
            pieces.append(SVG.text(label, column(tick), bottom + 16, anchor: "middle", style: "tick"))
        }
        pieces.append(SVG.line(left, bottom, right, bottom, style: "axis"))
        pieces.append(SVG.text(chart.xTitle, (left + right) / 2, bottom + 33, anchor: "middle", style: "tick"))
        return pieces
    }

    var marks: [HTML] {
        chart.marks.flatMap { mark in
            let place = column(mark.x)
            let isLeft = place > (left + right) / 2
            return [
                SVG.line(place, top - 6, place, bottom, style: "mark"),
                SVG.text(
                    mark.label, isLeft ? place - 4 : place + 4, top - 8, anchor: isLeft ? "end" : "start", style: "tick"
                ),
            ]
        }
    }

    var lines: [HTML] {
        chart.series.flatMap { series in
            let style = "line s\(series.colour)\(series.isDashed ? " dashed" : "")"
            var pieces = [SVG.path(path(Self.thinned(series.points)), style: style)]
            guard series.points.count <= Self.dotLimit else { return pieces }
            for point in series.points where point.y.isFinite && Self.hasPlace(point.x, chart.places) {
                let dot = HTML(
                    "circle",
                    [
                        "cx": SVG.number(column(point.x)), "cy": SVG.number(row(point.y)), "r": "2.5",
                        "class": "dot s\(series.colour)",
                    ]
                ) {
                    HTML("title") {
                        "\(series.name), \(chart.xTitle) \(NumberText.short(point.x)): \(chart.text(point.y))"
                    }
                }
                pieces.append(dot)
            }
            return pieces
        }
    }

    private func path(_ points: [LineChart.Point]) -> String {
        var data = ""
        var isDown = false
        for point in points {
            guard point.y.isFinite, y.scale == .linear || point.y > 0, Self.hasPlace(point.x, chart.places) else {
                isDown = false
                continue
            }
            data += "\(isDown ? "L" : "M")\(SVG.number(column(point.x))) \(SVG.number(row(point.y)))"
            isDown = true
        }
        return data
    }

    /// The lowest and the highest point of each of many short stretches.
    static func thinned(_ points: [LineChart.Point]) -> [LineChart.Point] {
        guard points.count > pointLimit else { return points }
        let stretch = (points.count + pointLimit / 2 - 1) / (pointLimit / 2)
        return stride(from: 0, to: points.count, by: stretch).flatMap { start -> [LineChart.Point] in
            let part = start..<min(start + stretch, points.count)
            guard let low = part.min(by: { points[$0].y < points[$1].y }),
                let high = part.max(by: { points[$0].y < points[$1].y })
            else { return [] }
            return Set([low, high, part.lowerBound]).sorted().map { points[$0] }
        }
    }

    /// The names at the ends of the lines, pushed apart where they would meet.
    var names: [HTML] {
        let height = 13.0
        var ends = chart.series.compactMap { series in
            series.points.last { $0.y.isFinite }.map { (series: series, place: row($0.y)) }
        }
        ends.sort { $0.place < $1.place }
        guard !ends.isEmpty else { return [] }
        for index in ends.indices.dropFirst() {
            ends[index].place = max(ends[index].place, ends[index - 1].place + height)
        }
        // What was pushed below the axis pushes the others up again.
        let overhang = ends[ends.count - 1].place - bottom
        if overhang > 0 {
            ends[ends.count - 1].place -= overhang
            for index in ends.indices.dropLast().reversed() {
                ends[index].place = min(ends[index].place, ends[index + 1].place - height)
            }
        }
        return ends.map { end in
            SVG.text(
                SVG.shortened(end.series.name, to: 96), right + 7, end.place + 4, style: "name s\(end.series.colour)")
        }
    }
}
