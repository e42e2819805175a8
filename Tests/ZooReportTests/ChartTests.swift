import Foundation
import TestSupport
import Testing

@testable import ZooReport

@Suite("axes of charts") struct AxisTests {
    @Test(
        "ticks are round and cover the range",
        arguments: [
            (0, 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]), (0, 0.034, ["0.00", "0.01", "0.02", "0.03", "0.04"]),
            (0, 1234, ["0", "500", "1000", "1500"]), (-3, 7, ["−4", "−2", "0", "2", "4", "6", "8"]),
            (2, 2, ["1.8", "1.9", "2.0", "2.1", "2.2"]), (0, 0, ["10⁻⁶"]),
        ] as [(Double, Double, [String])])
    func linear(lower: Double, upper: Double, labels: [String]) {
        let axis = Axis(covering: lower...upper)
        #expect(axis.lower <= lower && axis.upper >= upper && axis.lower < axis.upper)
        #expect(axis.ticks.allSatisfy { axis.place(of: $0) > -1e-9 && axis.place(of: $0) < 1 + 1e-9 })
        if labels.count > 1 { #expect(axis.labels == labels) }
        #expect(Set(axis.labels).count == axis.labels.count, "no label comes twice: \(axis.labels)")
    }

    @Test(arguments: [(1e-5, 0.3), (0.5, 900), (3, 3), (1e-300, 1e300)] as [(Double, Double)])
    func logarithmic(lower: Double, upper: Double) {
        let axis = Axis(logarithmic: lower...upper)
        #expect(axis.lower <= lower * 1.0001 && axis.upper >= upper * 0.9999 && axis.ticks.count <= 8)
        #expect(abs(axis.place(of: axis.lower)) < 1e-9 && abs(axis.place(of: axis.upper) - 1) < 1e-9)
    }

    @Test func epochsAreWhole() {
        #expect(Axis(covering: 1...4, isInteger: true, isRounded: false).labels == ["1", "2", "3", "4"])
        #expect(Axis(covering: 1...1, isInteger: true, isRounded: false).labels == ["0", "1", "2"])
        #expect(Axis(covering: 1...6000, isInteger: true, isRounded: false).labels == ["2000", "4000", "6000"])
    }

    @Test(arguments: [1e-300, 3.7e-9, 0.1, 1, 2, 9.99, 12345.678, 1e300])
    func logarithms(value: Double) {
        #expect(abs(Logarithm.base10(value) - log10(value)) < 1e-12 * max(1, abs(log10(value))))
    }
}

@Suite("charts") struct ChartTests {
    private func line(_ values: [Double], _ name: String = "val") -> LineChart.Series {
        LineChart.Series(
            name: name, points: values.enumerated().map { LineChart.Point(x: Double($0 + 1), y: $1) }, colour: 1)
    }

    private func chart(_ series: [LineChart.Series], _ values: LineChart.Values = .numbers) -> LineChart {
        LineChart(
            title: "Loss <of> & \"x\"", xTitle: "epoch", values: values, series: series,
            marks: [.init(x: 1, label: "best")])
    }

    /// What a training may give.
    static let curves: [(String, [Double])] = [
        ("usual", [2, 1, 0.5]), ("one epoch", [0.7]), ("none", []), ("all the same", [1, 1, 1]), ("zero", [0, 0]),
        ("gap", [1, .nan, 2]), ("nothing finite", [.nan, .infinity]), ("wide", [1e6, 1, 1e-6]), ("negative", [-5, 3]),
        ("many", (0..<6000).map { 1 / Double($0 + 1) }),
    ]

    @Test("any curve gives a chart", arguments: curves)
    func curve(name: String, values: [Double]) throws {
        let html = chart([line(values)]).html.markup
        let markup = try Markup(html)
        #expect(!html.contains("nan") && !html.contains("inf"), "\(name)")
        #expect(markup.text.contains("Loss <of> & \"x\""))
        #expect(html.utf8.count < 40_000, "\(name): \(html.utf8.count) bytes")
        let dots = markup.elements.count { $0.name == "circle" }
        #expect(dots == (values.count <= 40 ? values.count { $0.isFinite } : 0))
    }

    @Test("equal factors are equally far", arguments: [[1e-7, 1e-3, 10], [0.1], [0, -1, 0.1, 1, 10], [0], []])
    func factors(rates: [Double]) throws {
        let points = rates.map { LineChart.Point(x: $0, y: 2) }
        let chart = LineChart(
            title: "Loss", xTitle: "rate", places: .factors, series: [.init(name: "loss", points: points, colour: 1)])
        let html = chart.html.markup
        #expect(!html.contains("nan") && !html.contains("inf"))
        let columns = try Markup(html).elements.filter { $0.name == "circle" }.compactMap { dot in
            dot.attributes["cx"].flatMap { Double($0) }
        }
        // What is not above 0 has no place.
        let shown = rates.filter { $0 > 0 }
        #expect(columns.count == shown.count)
        guard shown.count == 3 else { return }
        let share = (columns[1] - columns[0]) / (columns[2] - columns[0])
        #expect(abs(share - log(shown[1] / shown[0]) / log(shown[2] / shown[0])) < 0.01)
    }

    @Test func aThinnedLineKeepsItsPeaks() {
        var values = [Double](repeating: 1, count: 5000)
        (values[1234], values[4000]) = (9, -9)
        let thinned = LineChartFrame.thinned(line(values).points)
        #expect(thinned.count < 500)
        #expect(thinned.contains { $0.y == 9 } && thinned.contains { $0.y == -9 })
        #expect(zip(thinned, thinned.dropFirst()).allSatisfy { $0.x < $1.x })
    }

    @Test func namesAtTheEndsOfLinesKeepApart() {
        let chart = chart((0..<6).map { line([1, 0.5], "line \($0)") })
        let places = LineChartFrame(chart).names.compactMap { name -> Double? in
            guard case .element(_, let attributes, _) = name.node else { return nil }
            return attributes.first { $0.name == "y" }.flatMap { Double($0.value) }
        }.sorted()
        #expect(places.count == 6)
        #expect(zip(places, places.dropFirst()).allSatisfy { $1 - $0 > 12.9 })
        #expect(places.allSatisfy { $0 > 0 && $0 < LineChart.height })
    }

    @Test func sharesEndAtOne() throws {
        let text = try Markup(chart([line([0.2, 0.98])], .shares).html.markup).text
        #expect(text.contains("100\u{a0}%") && !text.contains("120\u{a0}%"))
        let small = try Markup(chart([line([0.001, 0.002])], .shares).html.markup).text
        #expect(small.contains("0.20\u{a0}%"))
    }

    @Test("a matrix of any size", arguments: [1, 2, 5, 12, 20, 40, 100])
    func heatMap(count: Int) throws {
        let names = (0..<count).map { "class <\($0)> with a long name" }
        let counts = (0..<count).map { row in (0..<count).map { $0 == row ? 7 : ($0 + row) % 5 == 0 ? 20_000 : 0 } }
        let html = HeatMap(title: "t", rows: names, columns: names, counts: counts).html.markup
        let markup = try Markup(html)
        let cells = markup.elements.count { ["right", "wrong"].contains($0.attributes["class"] ?? "") }
        #expect(cells == counts.joined().count { $0 > 0 }, "only what was counted is drawn")
        let width = try #require(markup.elements.first { $0.name == "svg" }?.attributes["width"].flatMap(Double.init))
        #expect(width < 1300 && html.utf8.count < 1_500_000)
    }

    @Test func aMatrixMayHaveFurtherColumns() throws {
        let markup = try Markup(
            HeatMap(title: "t", rows: ["a", "b"], columns: ["a", "b", "others"], counts: [[1, 0, 2], [0, 0, 0]]).html
                .markup)
        #expect(markup.text.contains("others") && markup.text.contains("a taken for others: 2 of 3 (66.7\u{a0}%)"))
    }

    @Test(arguments: [([0, 5, 10], 0.0, 1.0), ([], 0, 1), ([0, 0], -2, -1), ([1_500_000], 1e-9, 2e-9)])
    func histogram(counts: [Int], lower: Double, upper: Double) throws {
        let html = Histogram(title: "t", xTitle: "value", bounds: lower...upper, counts: counts).html.markup
        let columns = try Markup(html).elements.count { $0.attributes["class"] == "column s1" }
        #expect(columns == counts.count { $0 > 0 })
        let spark = Sparkline(counts, label: "l").html.markup
        #expect(try Markup(spark).elements.count { $0.name == "path" } == 1 && !spark.contains("nan"))
    }

    @Test func reliability() throws {
        let bins = (0..<15).map { ReliabilityDiagram.Bin(count: $0, hits: $0 / 2, confidence: Double($0) / 15) }
        let markup = try Markup(ReliabilityDiagram(bins: bins).html.markup)
        #expect(markup.elements.count { $0.attributes["class"] == "column s1" } == 14, "none for the empty range")
        #expect(markup.text.contains("7 of 14 right (50.0\u{a0}%)"))
    }

    @Test(
        arguments: [
            ("short", 100, "short"), ("layer1.0.conv1.weight", 80, "layer1…weight"), ("abc", 1, "a…"), ("", 0, ""),
        ] as [(String, Double, String)])
    func longNamesLoseTheirMiddle(name: String, limit: Double, expected: String) {
        let shown = SVG.shortened(name, to: limit)
        #expect(shown.count <= max(name.count, 2))
        if name.count > 3 { #expect(SVG.width(of: shown) <= limit || shown.count <= 3) }
        #expect(shown.first == name.first)
    }
}

@Suite("parallel coordinates") struct ParallelCoordinatesTests {
    private func chart(_ scale: ParallelCoordinates.Scale, _ values: [Double]) -> ParallelCoordinates {
        ParallelCoordinates(
            title: "Settings", dimensions: [.init("option", scale), .init("accuracy", .shares(0.2...0.9))],
            lines: values.enumerated().map { index, value in
                .init(values: [value, 0.5], standing: Double(index) / 10, label: "trial \(index)")
            })
    }

    private func starts(_ chart: ParallelCoordinates) throws -> [(x: Double, y: Double)] {
        try Markup(HTML(chart.html).markup).elements.filter { $0.name == "path" }.compactMap { element in
            let numbers = element.attributes["d"]?.dropFirst().split(separator: "L")[0].split(separator: " ")
            guard let numbers, numbers.count == 2, let x = Double(numbers[0]), let y = Double(numbers[1]) else {
                return nil
            }
            return (x, y)
        }
    }

    @Test func aLogarithmicAxisHasEqualFactorsAtEqualDistances() throws {
        let rows = try starts(chart(.logarithmic(1e-4...1), [1e-4, 1e-2, 1])).map(\.y)
        #expect(rows[0] > rows[1] && abs((rows[0] - rows[1]) - (rows[1] - rows[2])) < 0.2)
    }

    @Test func wordsStandBelowEachOtherAndTheirLinesApart() throws {
        let rows = try starts(chart(.categories(["none", "light"]), [0, 0, 0, 1, 1, 1])).map(\.y)
        #expect(rows.count == 6 && Set(rows).count == 6)
        #expect(rows.prefix(3).allSatisfy { $0 < 173 } && rows.suffix(3).allSatisfy { $0 > 173 }, "\(rows)")
    }

    @Test(
        "any scale draws",
        arguments: [
            .linear(2...2), .linear(-1...1), .integer(1...3), .integer(0...10_000), .logarithmic(3...3),
            .logarithmic(0.002...0.03), .logarithmic(1e-12...1e12), .shares(0...1), .shares(0.8312...0.8313),
            .categories([]),
            .categories(["a <b>"]),
        ] as [ParallelCoordinates.Scale])
    func scales(scale: ParallelCoordinates.Scale) throws {
        let markup = HTML(chart(scale, [1, 2, .nan, .infinity]).html).markup
        #expect(!markup.contains("nan") && !markup.contains("inf"))
        #expect(try Markup(markup).elements.count { $0.name == "path" } == 4)
    }

    @Test(arguments: [(1e-4, 1.0), (0.002, 0.03), (3, 3), (1e-12, 1e12), (0.9, 1.1)] as [(Double, Double)])
    func logarithmicTicksAreWithinTheRange(lower: Double, upper: Double) {
        let axis = Axis(within: lower...upper)
        #expect(axis.ticks.count >= 2 && axis.ticks.count <= 10, "\(axis.ticks)")
        #expect(axis.ticks.allSatisfy { axis.place(of: $0) > -1e-6 && axis.place(of: $0) < 1 + 1e-6 })
    }

    @Test func theBestIsDrawnLastAndManyAreThinnedToTheBest() throws {
        let many = chart(.linear(0...1000), (0..<1000).map(Double.init))
        let paths = try Markup(HTML(many.html).markup).elements.filter { $0.name == "path" }
        #expect(paths.count == ParallelCoordinates.lineLimit)
        #expect(paths.last?.attributes["class"] == "thread best")
    }
}
