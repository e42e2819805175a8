public import SystemPackage
public import ZooCore
public import ZooImage
import ZooReport

/// The page about a classifier of several tasks on images with labels for them.
public struct TaskEvaluationReport: Sendable {
    private let model: String
    private let classifier: any Classifier
    private let folder: ImageFolder
    private let evaluation: TaskEvaluation
    private let images: [JudgedImages]
    private let failures: [ImageFailure]
    private let slices: [DataSlice]

    /// The report of an evaluation.
    ///
    /// - Parameters:
    ///   - model: the name of the classifier or its file, as the user gave it.
    ///   - folder: the images, with the tasks of their labels.
    ///   - results: the classifier's outputs for them.
    ///   - evaluation: what they are worth.
    ///   - slices: how well it does on images of each kind.
    /// - Complexity: O(images · outputs).
    public init(
        model: String, classifier: any Classifier, folder: ImageFolder, results: NetworkRunner.Outputs,
        evaluation: TaskEvaluation, slices: [DataSlice] = []
    ) {
        self.model = model
        self.classifier = classifier
        self.folder = folder
        self.evaluation = evaluation
        self.slices = slices
        failures = results.failures
        let samples = results.sampleIndices.map { folder.samples[$0] }
        images = evaluation.tasks.enumerated().map { number, task in
            let numbers = ImagePrediction.classNumbers(of: task.outputs, outputCount: task.known.count)
            var strangers: [Int: String] = [:]
            for (output, number) in numbers.enumerated() where number >= task.outputs.count {
                strangers[number] = task.known[output]
            }
            return JudgedImages(
                task: JudgedImages.Task(number: number, name: task.task.name), classes: task.task.classes,
                strangers: strangers, confusion: task.evaluation.confusion.counts,
                predictions: ImagePrediction.all(task.part, samples, outputs: task.outputs, task: number))
        }
    }

    /// Writes the page; the file takes its name when it is complete.
    ///
    /// - Throws: ``ZooCore/FileError``.
    /// - Complexity: O(classes² + images), and a look at two dozen images a task.
    public func write(to path: FilePath) throws(FileError) {
        try page.write(to: path)
    }

    private var page: Page {
        let parts = images.flatMap { images in
            [
                ConfusionSection(images: images).section, ClassSection(images: images).section,
                ImagesSection(images: images).section, CalibrationSection(images: images).section,
                BalanceSection(
                    classes: images.classes, parts: [("the images", images.confusion.map { $0.reduce(0, +) })],
                    task: images.task
                ).section,
            ]
        }
        return Page(
            title: FilePath(model).lastComponent?.string ?? model,
            subtitle: HTML("\(classifier.title) evaluated on \(folder.path)"), summary: summary,
            sections: [tasks] + parts + [SlicesSection(slices: slices).section, facts],
            footer: "Written by zoo \(ZooVersion.current).")
    }

    private var tasks: Page.Section {
        var table = DataTable([
            .init("Task", .text), .init("Classes"), .init("Labels"), .init("Accuracy", .text), .init("Loss"),
        ])
        for task in evaluation.tasks {
            let accuracy = task.evaluation.confusion.accuracy
            table.add([
                HTML(task.task.name), HTML("\(task.task.classes.count)"), HTML(NumberText.grouped(task.rows.count)),
                HTML.meter(NumberText.percent(accuracy), share: accuracy),
                HTML(NumberText.fixed(task.evaluation.loss, 3)),
            ])
        }
        return Page.Section("tasks", "Tasks") { table.html }
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
        tiles.add(
            "Mean accuracy", NumberText.percent(evaluation.accuracy), note: "of \(evaluation.tasks.count) tasks")
        for task in evaluation.tasks {
            tiles.add(
                task.task.name, NumberText.percent(task.evaluation.confusion.accuracy),
                note: "accuracy on \(NumberText.count(task.rows.count, "image"))")
        }
        let rightCount = evaluation.isRight.count { $0 }
        tiles.add(
            "All right", NumberText.percent(Double(rightCount) / Double(max(evaluation.isRight.count, 1))),
            note:
                "\(NumberText.grouped(rightCount)) of \(NumberText.count(evaluation.isRight.count, "image")), every label"
        )
        tiles.add("Loss", NumberText.fixed(evaluation.loss, 3), note: "sum of the tasks")
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
