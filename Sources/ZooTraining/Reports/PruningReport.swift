public import SystemPackage
public import ZooCore
import ZooGraph
import ZooReport

/// The page about a pruning: what each step took away, and what it cost.
public struct PruningReport: Sendable {
    private let folder: FilePath
    private let record: PruningFolder.Record

    /// The report of the pruning in a folder; `nil` if it holds none.
    ///
    /// - Throws: ``TrainingError`` (`unreadableRun`) if its file is not what it should be; ``ZooCore/FileError``.
    public init?(of folder: FilePath) throws {
        guard let record = try PruningFolder.record(in: folder), !record.steps.isEmpty else { return nil }
        self.folder = folder
        self.record = record
    }

    /// How many steps there were so far.
    public var stepCount: Int { record.steps.count - 1 }

    /// Whether the last step was reached.
    public var isFinished: Bool { record.isFinished }

    /// Writes the page; the file takes its name when it is complete.
    ///
    /// - Throws: ``ZooCore/FileError``.
    public func write(to path: FilePath) throws(FileError) {
        try page.write(to: path)
    }

    private var whole: PruningStep { record.steps[0] }
    private var last: PruningStep { record.steps[record.steps.count - 1] }

    private var page: Page {
        Page(
            title: folder.absolute.lastComponent?.string ?? "Pruning",
            subtitle: HTML("Pruning of \(record.architecture), from \(record.source)"), summary: summary,
            sections: [curves, steps, widths, settings],
            footer: "Written by zoo \(ZooVersion.current) from \(folder.absolute.lastComponent?.string ?? "a pruning")."
        )
    }

    @HTMLBuilder private var summary: [HTML] {
        tiles.html
        if !isFinished { HTML.warning("The pruning was not finished; the same command with --resume goes on.") }
    }

    private var tiles: Tiles {
        var tiles = Tiles()
        let from = { (text: String) in "from \(text)" }
        tiles.add("Accuracy", NumberText.percent(last.accuracy), note: from(NumberText.percent(whole.accuracy)))
        tiles.add(
            "Multiply-adds", NumberText.percent(share(\.multiplyAdds)),
            note: "of \(NumberText.grouped(whole.multiplyAdds))")
        tiles.add("Weights left", NumberText.percent(share(\.nonzero)), note: "of \(NumberText.grouped(whole.nonzero))")
        tiles.add("Size", NumberText.bytes(last.bytes), note: from(NumberText.bytes(whole.bytes)))
        if whole.imagesPerSecond > 0, last.imagesPerSecond > 0 {
            tiles.add(
                "Speed", "\(NumberText.fixed(last.imagesPerSecond / whole.imagesPerSecond, 2)) ×",
                note: "\(Int(last.imagesPerSecond)) images/s")
        }
        return tiles
    }

    private func share(_ value: KeyPath<PruningStep, Int>) -> Double {
        Double(last[keyPath: value]) / Double(max(whole[keyPath: value], 1))
    }

    private var curves: Page.Section {
        let isSparse = whole.multiplyAdds == last.multiplyAdds
        let x = { (step: PruningStep) in
            isSparse
                ? 100 * Double(step.nonzero) / Double(max(whole.nonzero, 1))
                : 100 * Double(step.multiplyAdds) / Double(max(whole.multiplyAdds, 1))
        }
        let line = { (name: String, colour: Int, value: (PruningStep) -> Double) in
            LineChart.Series(
                name: name,
                points: record.steps.map { LineChart.Point(x: x($0), y: value($0)) }.sorted { $0.x < $1.x },
                colour: colour, isDashed: colour > 1)
        }
        let xTitle = isSparse ? "% of the weights left" : "% of the multiply-adds left"
        return Page.Section("curves", "Accuracy, size, speed") {
            HTML.charts([
                LineChart(
                    title: "Validation accuracy", xTitle: xTitle, values: .shares,
                    series: [line("trained", 1, \.accuracy), line("before training", 2, \.accuracyBefore)]
                ).html,
                LineChart(
                    title: "Size in kilobytes", xTitle: xTitle, values: .numbers,
                    series: [line("size", 1) { Double($0.bytes) / 1000 }]
                ).html,
                LineChart(
                    title: "Images a second", xTitle: xTitle, values: .numbers,
                    series: [line("speed", 1, \.imagesPerSecond)]
                ).html,
            ])
        }
    }

    private var steps: Page.Section {
        var table = DataTable([
            .init("Step", .text), .init("Accuracy", .text), .init("Before training"), .init("Multiply-adds"),
            .init("Weights left"), .init("Size"), .init("Images/s"),
        ])
        for step in record.steps {
            let name =
                step.step == 0
                ? HTML("whole")
                : HTML("a", ["href": "step-\(step.step)/\(RunFolder.reportName)"]) { "step \(step.step)" }
            table.add([
                name, HTML.meter(NumberText.percent(step.accuracy), share: step.accuracy),
                HTML(NumberText.percent(step.accuracyBefore)), HTML(NumberText.grouped(step.multiplyAdds)),
                HTML(NumberText.grouped(step.nonzero)), HTML(NumberText.bytes(step.bytes)),
                HTML(step.imagesPerSecond > 0 ? NumberText.grouped(Int(step.imagesPerSecond)) : "–"),
            ])
        }
        return Page.Section("steps", "Steps") { table.html }
    }

    private var widths: Page.Section? {
        guard whole.widths != last.widths else { return nil }
        var table = DataTable([.init("Layer", .code), .init("Channels"), .init("of")])
        for (before, after) in zip(whole.widths, last.widths) where before != after {
            table.add([after.layer, "\(after.channels)", "\(before.channels)"])
        }
        return Page.Section("widths", "Layers that lost channels") { table.html }
    }

    private var settings: Page.Section {
        var facts = FactList()
        facts.add("Network", record.architecture)
        facts.add("Weights", record.source)
        facts.add("Checkpoint", record.output, isCode: true)
        for (name, value) in record.settings.sorted(by: { $0.key < $1.key }) { facts.add("--\(name)", value) }
        return Page.Section("settings", "Settings") { facts.html }
    }
}
