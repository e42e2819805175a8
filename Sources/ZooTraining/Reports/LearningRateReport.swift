public import SystemPackage
import ZooCore
import ZooReport

/// The page about a search for a learning rate.
public struct LearningRateReport: Sendable {
    private let data: String
    private let architecture: String
    private let command: [String]
    private let finder: LearningRateFinder

    /// A report.
    ///
    /// - Parameters:
    ///   - data: the name of the images, as the user gave it.
    ///   - architecture: the network's name.
    ///   - command: the command line.
    ///   - finder: the test after its last step.
    public init(data: String, architecture: String, command: [String], finder: LearningRateFinder) {
        self.data = data
        self.architecture = architecture
        self.command = command
        self.finder = finder
    }

    /// Writes the page; the file takes its name when it is complete.
    ///
    /// - Throws: ``ZooCore/FileError``.
    /// - Complexity: O(steps), and O(steps²) for the suggestion.
    public func write(to path: FilePath) throws {
        try page.write(to: path)
    }

    /// The page as text.
    public var markup: String { page.markup }

    private var page: Page {
        Page(
            title: FilePath(data).lastComponent?.string ?? data,
            subtitle: HTML("Loss of \(architecture) by the learning rate"),
            summary: summary,
            sections: [
                Page.Section("steps", "Steps") {
                    HTML.details("All \(NumberText.count(finder.points.count, "step"))") { table }
                },
                Page.Section("command", "The command") {
                    HTML.code((["zoo"] + command.dropFirst()).map { ShellText.quoted($0) }.joined(separator: " "))
                },
            ], footer: "Written by zoo \(ZooVersion.current).")
    }

    @HTMLBuilder private var summary: [HTML] {
        tiles.html
        HTML.charts([chart])
        HTML("p") { outcome }
        HTML.note(
            "Each step has a larger learning rate than the one before. The loss is a mean of those so far, the newer the "
                + "heavier; the first tenth of the steps and the last five do not count for the suggestions. Nothing of these "
                + "steps is kept.")
    }

    private var tiles: Tiles {
        var tiles = Tiles()
        let kinds: [(LearningRateFinder.Suggestion, String, String)] = [
            (.valley, "Suggested", "half-way down the longest fall"),
            (.steepest, "Steepest", "where the loss falls fastest"),
            (.minimum, "Careful", "a tenth of the rate with the least loss"),
        ]
        for (kind, name, note) in kinds {
            guard let rate = finder.suggestion(kind) else { continue }
            tiles.add(name, NumberText.short(LearningRateFinder.rounded(rate)), note: note)
        }
        return tiles
    }

    private var chart: HTML {
        let valley = finder.suggestion(.valley).map { LearningRateFinder.rounded($0) }
        return LineChart(
            title: "Training loss", xTitle: "learning rate", places: .factors,
            series: [
                LineChart.Series(
                    name: "loss", points: finder.points.map { LineChart.Point(x: $0.rate, y: $0.loss) }, colour: 1)
            ],
            marks: valley.map { [LineChart.Mark(x: $0, label: "suggested: \(NumberText.short($0))")] } ?? []
        ).html
    }

    private var outcome: String {
        let steps = NumberText.count(finder.points.count, "step")
        guard let least = finder.points.first?.rate, let most = finder.points.last?.rate else {
            return "The loss was no number in the first step."
        }
        let range = "\(steps), from \(NumberText.short(least)) to \(NumberText.short(most))"
        return finder.hasDiverged ? "\(range), where the loss exploded." : "\(range); the loss did not explode."
    }

    private var table: [HTML] {
        var table = DataTable([.init("Step"), .init("Learning rate"), .init("Loss")])
        for (index, point) in finder.points.enumerated() {
            table.add([
                HTML("\(index + 1)"), HTML(NumberText.short(point.rate)), HTML(NumberText.fixed(point.loss, 4)),
            ])
        }
        return table.html
    }
}
