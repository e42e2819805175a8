public import SystemPackage
import ZooCore
import ZooReport

/// The page about a learning curve.
public struct LearningCurveReport: Sendable {
    private let data: String
    private let command: [String]
    private let curve: LearningCurve

    /// A report.
    ///
    /// - Parameters:
    ///   - data: the name of the images, as the user gave it.
    ///   - command: the command line.
    public init(data: String, command: [String], curve: LearningCurve) {
        self.data = data
        self.command = command
        self.curve = curve
    }

    /// Writes the page; the file takes its name when it is complete.
    ///
    /// - Throws: ``ZooCore/FileError``.
    /// - Complexity: O(trainings).
    public func write(to path: FilePath) throws {
        try page.write(to: path)
    }

    private var page: Page {
        Page(
            title: FilePath(data).lastComponent?.string ?? data, subtitle: HTML("Accuracy by the number of images"),
            summary: summary,
            sections: [
                Page.Section("points", "Points") { table },
                Page.Section("command", "The command") {
                    HTML.code((["zoo"] + command.dropFirst()).map { ShellText.quoted($0) }.joined(separator: " "))
                },
            ], footer: "Written by zoo \(ZooVersion.current).")
    }

    @HTMLBuilder private var summary: [HTML] {
        HTML.charts([chart])
        HTML("p") { curve.outlook }
    }

    private var chart: HTML {
        func series(_ name: String, _ colour: Int, _ isDashed: Bool, _ value: (LearningCurve.Point) -> Double)
            -> LineChart.Series
        {
            LineChart.Series(
                name: name,
                points: curve.points.map { LineChart.Point(x: Double($0.imageCount), y: value($0)) }, colour: colour,
                isDashed: isDashed)
        }
        let hasSpread = curve.points.contains { $0.accuracies.count > 1 }
        let spread =
            hasSpread
            ? [
                series("best", 3, true) { $0.accuracies.max() ?? 0 },
                series("worst", 2, true) { $0.accuracies.min() ?? 0 },
            ] : []
        return LineChart(
            title: "Validation accuracy", xTitle: "images to learn from", values: .shares,
            series: [series(hasSpread ? "mean" : "accuracy", 1, false) { $0.mean }] + spread
        ).html
    }

    private var table: [HTML] {
        var table = DataTable([
            .init("Share"), .init("Images"), .init("Mean accuracy", .text), .init("Deviation"), .init("Trainings"),
            .init("Time"),
        ])
        for point in curve.points {
            table.add([
                HTML(NumberText.percent(point.share, 0)), HTML(NumberText.grouped(point.imageCount)),
                HTML.meter(NumberText.percent(point.mean), share: point.mean),
                HTML(point.deviation.map { NumberText.percent($0) } ?? "–"), HTML("\(point.accuracies.count)"),
                HTML(NumberText.seconds(point.seconds)),
            ])
        }
        return table.html
    }
}

extension LearningCurve {
    /// What more images would be worth, in a sentence.
    public var outlook: String {
        guard let last = points.last, points.count > 3 else {
            return "Four shares at least are needed to say what more images would be worth."
        }
        guard let prediction = lastPrediction else {
            return "No power law can be fitted, so nothing is said of more images."
        }
        let told =
            "a power law through the smaller shares says \(NumberText.percent(prediction)) of \(NumberText.grouped(last.imageCount)) "
            + "images, measured are \(NumberText.percent(last.mean))"
        guard let law = powerLaw else {
            return "Nothing is said of more images: \(told)."
        }
        return
            "With twice the images about \(NumberText.percent(law.accuracy(imageCount: 2 * last.imageCount))) can be expected: "
            + "\(told). It does not know where the curve ends."
    }
}
