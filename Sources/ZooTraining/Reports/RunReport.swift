public import SystemPackage
public import ZooCore
import ZooGraph
import ZooImage
import ZooReport

/// The page about a training run.
///
/// The same folder, and the same images, give the same bytes.
public struct RunReport: Sendable {
    private let run: RecordedRun
    private let slices: [DataSlice]

    /// The report of a run.
    ///
    /// - Parameter slices: how well it does on images of each kind (``RecordedRun/slices(threadCount:onProgress:)``).
    public init(_ run: RecordedRun, slices: [DataSlice] = []) {
        self.run = run
        self.slices = slices
    }

    /// Writes the page; the file takes its name when it is complete.
    ///
    /// - Throws: ``ZooCore/FileError``.
    /// - Complexity: O(epochs + classes² + images), and a look at two dozen images.
    public func write(to path: FilePath) throws(FileError) {
        try page.write(to: path)
    }

    /// The page as text.
    public var markup: String { page.markup }

    private var page: Page {
        let description = run.description
        return Page(
            title: title,
            subtitle: HTML(
                "\(isPretraining ? "Pretraining" : "Fine-tuning") of \(description.architecture), from \(description.source)"
            ),
            summary: summary,
            sections: [
                CurvesSection(
                    epochs: run.epochs, best: run.best?.epoch, comparison: run.comparison, stages: stages
                ).section
            ] + (isPretraining ? [] : aboutClasses) + [
                description.details?.plan.flatMap { LayersSection(plan: $0).section },
                description.details.flatMap(usage), RunFactsSection(description: description).section,
            ], footer: "Written by zoo \(ZooVersion.current) from \(run.folder.lastComponent?.string ?? "the run").")
    }

    /// Whether the network learnt something that has no classes of its own.
    private var isPretraining: Bool { run.description.details.map { $0.plan == nil } ?? false }

    private var aboutClasses: [Page.Section?] {
        let balance = BalanceSection(classes: run.description.classes, parts: parts)
        if let tasks = run.description.tasks {
            return [
                TasksSection(tasks: tasks, epochs: run.epochs, best: run.best, settings: run.description.settings)
                    .section
            ]
                + zip(images.byTask(tasks), balance.byTask(tasks)).flatMap { images, balance in
                    [
                        ConfusionSection(images: images).section, ClassSection(images: images).section,
                        ImagesSection(images: images).section, CalibrationSection(images: images).section,
                        balance.section,
                    ]
                } + [SlicesSection(slices: slices).section]
        }
        return [
            ConfusionSection(images: images).section, ClassSection(images: images).section,
            SlicesSection(slices: slices).section, ImagesSection(images: images).section,
            CalibrationSection(images: images).section,
            balance.section,
        ]
    }

    private var title: String {
        run.description.details?.output.flatMap { FilePath($0).lastComponent?.string }
            ?? run.folder.lastComponent?.string ?? "Training run"
    }

    /// The images as the best epoch sees them.
    private var images: JudgedImages {
        let classes = run.description.classes
        var confusion = run.best?.valConfusion
        if confusion == nil, !run.predictions.isEmpty {
            var matrix = ConfusionMatrix(classCount: classes.count)
            let starts = run.description.tasks?.outputRanges.map(\.lowerBound)
            for prediction in run.predictions {
                let start = prediction.task.flatMap { starts?[$0] } ?? 0
                matrix.add(label: start + prediction.label, prediction: start + prediction.order[0])
            }
            confusion = matrix.counts
        }
        return JudgedImages(classes: classes, confusion: confusion ?? [], predictions: run.predictions)
    }

    private var parts: [(name: String, counts: [Int])] {
        guard let counts = run.description.details?.classCounts else { return [] }
        return [("training", counts["train"] ?? []), ("validation", counts["val"] ?? [])]
    }

    private var stages: [Int] {
        Set(run.description.details?.plan?.layers.compactMap(\.firstEpoch) ?? []).filter { $0 > 1 }.sorted()
    }

    private func usage(_ details: RunDetails) -> Page.Section? {
        guard let output = details.output, details.plan != nil else { return nil }
        return UsageSection(
            output: output, architecture: run.description.architecture, classCount: run.description.classes.count,
            preprocessing: details.preprocessing, images: details.validation, sources: details.sources,
            hasTasks: run.description.tasks != nil,
            settings: run.description.settings, isWritten: run.description.isFinished,
            isNarrowed: isNarrowed(details)
        ).section
    }

    /// Whether the network has fewer channels than its architecture.
    private func isNarrowed(_ details: RunDetails) -> Bool {
        let usual = try? Architecture.graph(
            named: run.description.architecture, classes: max(run.description.classes.count, 1))
        guard let usual, let plan = details.plan, details.sources == nil else { return false }
        return plan.parameterCount < usual.parameterCount
    }

    // MARK: Summary

    @HTMLBuilder private var summary: [HTML] {
        tiles.html
        for warning in warnings { HTML.warning(warning) }
        for remark in run.remarks { HTML.note(remark) }
    }

    private var tiles: Tiles {
        let description = run.description
        var tiles = Tiles()
        if let best = run.best {
            let hits = best.valConfusion.indices.reduce(0) { $0 + best.valConfusion[$1][$1] }
            tiles.add(
                "Validation accuracy", NumberText.percent(best.valAccuracy),
                note: best.tasks.map { "mean of \($0.count) tasks" }
                    ?? "\(NumberText.grouped(hits)) of \(NumberText.count(best.val.count, "image"))")
            for task in best.tasks ?? [] {
                tiles.add(
                    task.name, NumberText.percent(task.valAccuracy),
                    note: "accuracy on \(NumberText.count(task.val.count, "image"))")
            }
            tiles.add(
                "Best epoch", "\(best.epoch)", note: "of \(description.settings["epochs"] ?? "\(run.epochs.count)")")
            tiles.add(
                "Validation loss", NumberText.fixed(best.valLoss, 3),
                note: best.tasks == nil ? "cross-entropy" : "weighted sum")
            if description.tasks == nil, description.classes.count > best.val.topK {
                tiles.add("Top \(best.val.topK)", NumberText.percent(best.val.topKAccuracy), note: "accuracy")
            }
            tiles.add("Macro F1", NumberText.percent(best.val.macro.f1), note: "mean of the classes")
        } else if images.count > 0 {
            tiles.add("Validation accuracy", NumberText.percent(images.accuracy), note: "untrained")
        }
        tiles.add(
            "Images", NumberText.grouped(description.imageCounts.values.reduce(0, +)),
            note: "\(NumberText.grouped(description.imageCounts["train"] ?? 0)) train, "
                + "\(NumberText.grouped(description.imageCounts["val"] ?? 0)) val; "
                + NumberText.count(description.classes.count, "class", "classes"))
        let seconds = run.epochs.reduce(0) { $0 + $1.seconds }
        if let all = description.ending?.seconds {
            tiles.add("Time", NumberText.seconds(all), note: "\(NumberText.seconds(seconds)) in epochs")
        } else if !run.epochs.isEmpty {
            tiles.add("Time", NumberText.seconds(seconds), note: "in epochs")
        }
        return tiles
    }

    private var warnings: [String] {
        var warnings: [String] = []
        if !run.description.isFinished {
            warnings.append(
                run.epochs.isEmpty
                    ? "The run was not finished: no epoch has ended yet."
                    : "The run was not finished; this is how far it came. The same command with --resume goes on.")
        } else if run.epochs.isEmpty {
            warnings.append("No epoch was run: the new layer is untrained.")
        }
        if let reason = run.description.ending?.reason { warnings.append("The training ended early: \(reason).") }
        let unread = run.description.details?.unreadable ?? []
        if let first = unread.first {
            warnings.append(
                "\(NumberText.count(unread.count, "image")) could not be read and \(unread.count == 1 ? "was" : "were") "
                    + "left out; the first: \(first)")
        }
        return warnings
    }
}
