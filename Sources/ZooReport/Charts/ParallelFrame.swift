/// Where the parts of parallel coordinates go.
struct ParallelFrame {
    static let height = 320.0
    private static let top = 40.0
    private static let bottom = height - 14
    /// Labels of ticks are no longer than this.
    private static let labelLimit = 104.0
    private static let narrowestGap = 76.0

    /// The width of the whole drawing.
    let width: Double
    private let dimensions: [ParallelCoordinates.Dimension]
    private let scales: [Axis?]
    private let columns: [Double]

    init(_ dimensions: [ParallelCoordinates.Dimension]) {
        self.dimensions = dimensions
        scales = dimensions.map { Self.axis($0.scale) }
        // Labels stand left of their axis.
        var place = 6.0
        var columns: [Double] = []
        for (dimension, axis) in zip(dimensions, scales) {
            let labels = Self.labels(dimension.scale, axis).map {
                SVG.width(of: SVG.shortened($0, to: Self.labelLimit))
            }
            let room = max(labels.max() ?? 0, SVG.width(of: SVG.shortened(dimension.name, to: Self.labelLimit)) / 2)
            place += room + 10 + (columns.isEmpty ? 0 : Self.narrowestGap)
            columns.append(place)
        }
        let last = dimensions.last.map { SVG.width(of: SVG.shortened($0.name, to: Self.labelLimit)) / 2 } ?? 0
        // A few axes take the width that there is.
        let natural = place + max(last, 8) + 8
        let stretch = columns.count > 1 ? max(0, min(680, 230 * Double(columns.count)) - natural) : 0
        self.columns = columns.enumerated().map { index, column in
            column + (columns.count > 1 ? stretch * Double(index) / Double(columns.count - 1) : 0)
        }
        width = natural + stretch
    }

    private static func axis(_ scale: ParallelCoordinates.Scale) -> Axis? {
        switch scale {
        case .linear(let range), .shares(let range): Axis(covering: range, isRounded: false)
        case .integer(let range): Axis(covering: range, isInteger: true, isRounded: false)
        case .logarithmic(let range): Axis(within: range)
        case .categories: nil
        }
    }

    private static func labels(_ scale: ParallelCoordinates.Scale, _ axis: Axis?) -> [String] {
        switch scale {
        case .categories(let names): names
        case .shares: axis.map(LineChartFrame.percentages) ?? []
        default: axis?.labels ?? []
        }
    }

    /// The height of a number on an axis; `spread` moves lines through the same word apart, from −0.5 to 0.5.
    private func row(_ value: Double, on index: Int, spread: Double) -> Double {
        let share: Double
        if case .categories(let names) = dimensions[index].scale {
            // The first word is the highest.
            share = 1 - (value + 0.5 + 0.5 * spread) / Double(max(names.count, 1))
        } else {
            share = scales[index]?.place(of: value) ?? 0
        }
        return Self.bottom - (Self.bottom - Self.top) * min(max(share.isFinite ? share : 0, 0), 1)
    }

    /// A line across all axes.
    func path(_ line: ParallelCoordinates.Line, _ index: Int) -> String {
        // The golden ratio's multiples are spread evenly however many there are.
        let spread = (Double(index) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1) - 0.5
        return line.values.enumerated().map { axis, value in
            "\(axis == 0 ? "M" : "L")\(SVG.number(columns[axis])) \(SVG.number(row(value, on: axis, spread: spread)))"
        }.joined()
    }

    /// The axes with their names and ticks.
    var axes: [HTML] {
        dimensions.indices.flatMap { index -> [HTML] in
            let column = columns[index]
            var pieces = [
                SVG.line(column, Self.top, column, Self.bottom, style: "axis"),
                SVG.text(
                    SVG.shortened(dimensions[index].name, to: Self.labelLimit), column, 16, anchor: "middle",
                    style: "heading"),
            ]
            for (place, label) in ticks(of: index) {
                pieces.append(SVG.line(column - 4, place, column, place, style: "axis"))
                pieces.append(
                    SVG.text(
                        SVG.shortened(label, to: Self.labelLimit), column - 7, place + 4, anchor: "end",
                        style: "tick halo"))
            }
            return pieces
        }
    }

    private func ticks(of index: Int) -> [(place: Double, label: String)] {
        let labels = Self.labels(dimensions[index].scale, scales[index])
        let values = scales[index]?.ticks ?? labels.indices.map(Double.init)
        return zip(values, labels).map { (row($0, on: index, spread: 0), $1) }
    }
}
