public import SystemPackage
public import ZooCore
import ZooReport

/// The page about a cross-validation: what each fold gave, and all their images together.
public struct FoldsReport: Sendable {
    private let folder: FilePath
    private let runs: [RecordedRun]

    /// The report of the folds in a folder; `nil` if it holds none.
    ///
    /// - Throws: ``TrainingError`` (`unreadableRun`) if a fold's files are not what they should be, or the folds are not of
    ///   the same classes; ``ZooCore/FileError``.
    public init?(of folder: FilePath) throws {
        self.folder = folder
        runs = try FoldsFolder.runs(in: folder)
        guard let first = runs.first else { return nil }
        guard
            runs.allSatisfy({
                $0.description.classes == first.description.classes && $0.description.tasks == first.description.tasks
            })
        else {
            throw TrainingError(
                .unreadableRun, "\(folder): its folds have different classes; they are of different runs")
        }
    }

    /// Writes the page; the file takes its name when it is complete.
    ///
    /// - Throws: ``ZooCore/FileError``.
    /// - Complexity: O(epochs + classes² + images), and a look at two dozen images.
    public func write(to path: FilePath) throws(FileError) {
        try page.write(to: path)
    }

    /// How many folds there are.
    public var count: Int { runs.count }

    /// Whether all of them came to their ends.
    public var isFinished: Bool { runs.allSatisfy(\.description.isFinished) }

    private var classes: [String] { runs[0].description.classes }

    private var page: Page {
        Page(
            title: folder.absolute.lastComponent?.string ?? "Folds",
            subtitle: HTML(
                "Cross-validation of \(runs[0].description.architecture), from \(runs[0].description.source)"),
            summary: summary,
            sections: [folds, curves] + aboutClasses + [RunFactsSection(description: runs[0].description).section],
            footer: "Written by zoo \(ZooVersion.current) from \(folder.absolute.lastComponent?.string ?? "folds").")
    }

    private var aboutClasses: [Page.Section?] {
        (runs[0].description.tasks.map { images.byTask($0) } ?? [images]).flatMap { images in
            [
                ConfusionSection(images: images).section, ClassSection(images: images).section,
                ImagesSection(images: images).section, CalibrationSection(images: images).section,
            ]
        }
    }

    /// All images, each judged by the network that did not learn from it.
    private var images: JudgedImages {
        var confusion = [[Int]](repeating: [Int](repeating: 0, count: classes.count), count: classes.count)
        for best in runs.compactMap(\.best) {
            for row in classes.indices {
                for column in classes.indices { confusion[row][column] += best.valConfusion[row][column] }
            }
        }
        return JudgedImages(classes: classes, confusion: confusion, predictions: runs.flatMap(\.predictions))
    }

    @HTMLBuilder private var summary: [HTML] {
        let accuracies = runs.compactMap { $0.best?.valAccuracy }
        tiles(accuracies).html
        if !isFinished {
            HTML.warning("The cross-validation was not finished; this is how far it came.")
        }
        HTML.note(
            "Each fold is judged by images that it did not learn from; below, all of them are together, each as the network "
                + "sees it that did not learn from it.")
    }

    private func tiles(_ accuracies: [Double]) -> Tiles {
        var tiles = Tiles()
        if !accuracies.isEmpty {
            let mean = accuracies.reduce(0, +) / Double(accuracies.count)
            let squares = accuracies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let deviation = (squares / Double(max(accuracies.count - 1, 1))).squareRoot()
            tiles.add(
                "Mean accuracy", NumberText.percent(mean), note: "± \(NumberText.percent(deviation)) over the folds")
            tiles.add(
                "Worst and best", NumberText.percent(accuracies.min() ?? 0),
                note: "to \(NumberText.percent(accuracies.max() ?? 0))")
        }
        tiles.add("Folds", "\(runs.count)")
        tiles.add(
            runs[0].description.tasks == nil ? "Images" : "Labels", NumberText.grouped(images.count),
            note: NumberText.count(classes.count, "class", "classes"))
        tiles.add("Time", NumberText.seconds(runs.flatMap(\.epochs).reduce(0) { $0 + $1.seconds }), note: "in epochs")
        return tiles
    }

    private var folds: Page.Section {
        var table = DataTable([
            .init("Fold", .text), .init("Accuracy", .text), .init("Loss"), .init("Macro F1"), .init("Best epoch"),
            .init("Images"),
        ])
        for (index, run) in runs.enumerated() {
            let best = run.best
            let link = HTML("a", ["href": "fold-\(index + 1)/\(RunFolder.reportName)"]) { "fold \(index + 1)" }
            table.add([
                link, best.map { HTML.meter(NumberText.percent($0.valAccuracy), share: $0.valAccuracy) } ?? HTML("–"),
                HTML(best.map { NumberText.fixed($0.valLoss, 3) } ?? "–"),
                HTML(best.map { NumberText.percent($0.val.macro.f1) } ?? "–"), HTML(best.map { "\($0.epoch)" } ?? "–"),
                HTML(NumberText.grouped(run.description.imageCounts["val"] ?? 0)),
            ])
        }
        return Page.Section("folds", "Folds") { table.html }
    }

    private var curves: Page.Section {
        Page.Section("curves", "Curves") {
            HTML.charts([
                chart("Validation loss", \.valLoss, .numbers), chart("Validation accuracy", \.valAccuracy, .shares),
            ])
        }
    }

    private func chart(_ title: String, _ value: KeyPath<EpochRecord, Double>, _ values: LineChart.Values) -> HTML {
        // More lines than this cannot be told apart.
        let shown = runs.prefix(8)
        return LineChart(
            title: title, xTitle: "epoch", values: values,
            series: shown.enumerated().map { index, run in
                LineChart.Series(
                    name: "fold \(index + 1)",
                    points: run.epochs.map { LineChart.Point(x: Double($0.epoch), y: $0[keyPath: value]) },
                    colour: index + 1, isDashed: index % 2 == 1)
            }, note: runs.count > shown.count ? "of the first \(shown.count) folds" : nil
        ).html
    }
}
