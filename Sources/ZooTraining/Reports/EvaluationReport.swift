public import SystemPackage
public import ZooCore
public import ZooImage
import ZooReport

/// The page about a classifier on labelled images.
public struct EvaluationReport: Sendable {
    private let model: String
    private let classifier: any Classifier
    private let folder: ImageFolder
    private let metrics: ClassificationMetrics
    private let images: JudgedImages
    private let failures: [ImageFailure]
    private let ensemble: EnsembleJudgement?
    private let slices: [DataSlice]

    /// The report of an evaluation.
    ///
    /// - Parameters:
    ///   - model: the name of the classifier or its file, as the user gave it.
    ///   - folder: the images.
    ///   - results: the classifier's outputs for them.
    ///   - outputs: for each class of the data the output that stands for it; see ``Evaluation/outputs(for:of:)``.
    ///   - ensemble: how well the members do, if the classifier has members.
    ///   - slices: how well it does on images of each kind.
    /// - Complexity: O(images · outputs).
    public init(
        model: String, classifier: any Classifier, folder: ImageFolder, results: NetworkRunner.Outputs,
        outputs: [Int], ensemble: EnsembleJudgement? = nil, slices: [DataSlice] = []
    ) {
        self.slices = slices
        self.model = model
        self.classifier = classifier
        self.folder = folder
        failures = results.failures
        self.ensemble = ensemble
        let samples = results.sampleIndices.map { folder.samples[$0] }
        let labels = samples.map(\.label)
        metrics = ClassificationMetrics(logits: results.rows, labels: labels, outputs: outputs)
        let numbers = ImagePrediction.classNumbers(of: outputs, outputCount: results.rows.columnCount)
        var strangers: [Int: String] = [:]
        for (output, number) in numbers.enumerated() where number >= outputs.count {
            strangers[number] = classifier.classes?[output] ?? "output \(output)"
        }
        images = JudgedImages(
            classes: folder.classes, strangers: strangers,
            confusion: Evaluation(logits: results.rows, labels: labels, outputs: outputs).confusion.counts,
            predictions: ImagePrediction.all(results.rows, samples, outputs: outputs))
    }

    /// Writes the page; the file takes its name when it is complete.
    ///
    /// - Throws: ``ZooCore/FileError``.
    /// - Complexity: O(classes² + images), and a look at two dozen images.
    public func write(to path: FilePath) throws(FileError) {
        try page.write(to: path)
    }

    private var page: Page {
        var counts = [Int](repeating: 0, count: folder.classes.count)
        for prediction in images.predictions { counts[prediction.label] += 1 }
        return Page(
            title: FilePath(model).lastComponent?.string ?? model,
            subtitle: HTML("\(classifier.title) evaluated on \(folder.path)"), summary: summary,
            sections: [
                ensemble.map { EnsembleSection(judgement: $0).section }, ConfusionSection(images: images).section,
                ClassSection(images: images).section,
                SlicesSection(slices: slices).section,
                ImagesSection(images: images).section, CalibrationSection(images: images).section,
                BalanceSection(classes: folder.classes, parts: [("the images", counts)]).section, facts,
            ], footer: "Written by zoo \(ZooVersion.current).")
    }

    @HTMLBuilder private var summary: [HTML] {
        tiles.html
        if let first = failures.first {
            HTML.warning(
                "\(NumberText.count(failures.count, "image")) could not be read and \(failures.count == 1 ? "was" : "were") "
                    + "left out; the first: \(first.error)")
        }
    }

    private var tiles: Tiles {
        var tiles = Tiles()
        let hits = images.predictions.count { $0.isRight }
        tiles.add(
            "Accuracy", NumberText.percent(metrics.accuracy),
            note: "\(NumberText.grouped(hits)) of \(NumberText.count(metrics.count, "image"))")
        if classifier.outputCount > metrics.topK {
            tiles.add("Top \(metrics.topK)", NumberText.percent(metrics.topKAccuracy))
        }
        tiles.add("Loss", NumberText.fixed(metrics.loss, 3), note: "cross-entropy")
        tiles.add("Macro F1", NumberText.percent(metrics.macro.f1), note: "mean of the classes")
        tiles.add(
            "Classes", NumberText.grouped(folder.classes.count),
            note: classifier.outputCount > folder.classes.count
                ? "of \(NumberText.count(classifier.outputCount, "output"))" : nil)
        return tiles
    }

    private var facts: Page.Section {
        var facts = FactList()
        facts.add("Network", classifier.title)
        facts.add("Weights", classifier.path.absolute.string, isCode: true)
        facts.add("SHA-256 of the weights", classifier.weightsDigest.hex, isCode: true)
        facts.add("Images", folder.path.absolute.string, isCode: true)
        facts.add("zoo", ZooVersion.current)
        return Page.Section("evaluation", "The evaluation") {
            HTML.code("zoo evaluate \(ShellText.quoted(model)) \(ShellText.quoted(folder.path.string))")
            facts.html
        }
    }
}
