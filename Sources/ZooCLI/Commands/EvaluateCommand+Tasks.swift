import SystemPackage
import ZooCore
import ZooImage
import ZooTraining

extension EvaluateCommand {
    /// The result for a network of several tasks, as `--json` prints it.
    struct TasksAnswer: Encodable {
        struct Task: Encodable {
            let name: String
            let count: Int
            let accuracy, loss: Double
            let perClass: [String: Double]
            let classes: [String]
            let confusion: [[Int]]

            init(_ task: TaskEvaluation.Task) {
                let confusion = task.evaluation.confusion
                name = task.task.name
                count = task.rows.count
                accuracy = confusion.accuracy
                loss = task.evaluation.loss
                classes = task.task.classes
                self.confusion = confusion.counts
                perClass = Dictionary(
                    uniqueKeysWithValues: task.task.classes.indices.compactMap { label in
                        confusion.accuracy(of: label).map { (task.task.classes[label], $0) }
                    })
            }
        }

        let count: Int
        let accuracy, loss, allRight: Double
        let tasks: [Task]
        let unreadable: [String]
        let slices: [Slice]?
        let report: String?
    }

    /// Judges a network task by task.
    func evaluateTasks(
        _ tasks: [LabelTask], of classifier: any Classifier, session: Session, _ options: NetworkRunner.Options,
        _ console: Console
    ) throws {
        let images = try DataArgument.evaluationImages(FilePath(data), tasks: tasks, console: console)
        guard let found = images.tasks else { return }
        let (logits, _) = try answers(of: classifier, images, options, console)
        NetworkOptions.warn(aboutSlowLayers: logits.slowLayers, console)
        DataArgument.warn(about: logits.failures, of: images.samples.count, console)
        guard logits.rows.rowCount > 0 else {
            throw TrainingError(.unusableData, "\(images.path): none of the images could be read")
        }
        let evaluation = try TaskEvaluation(
            logits: logits.rows, labels: logits.sampleIndices.map { images.samples[$0].label }, data: found,
            tasks: tasks)
        let parts =
            slices || html != nil
            ? try slices(
                of: images, logits, isRight: evaluation.isRight,
                threads: session.threadCount(option: running.threads), console) : []
        if let html {
            let report = TaskEvaluationReport(
                model: model, classifier: classifier, folder: images, results: logits, evaluation: evaluation,
                slices: parts)
            try report.write(to: FilePath(html))
            console.message("page: \(html)")
        }
        try show(evaluation, logits.failures, slices: slices ? parts : nil, console)
    }

    private func show(
        _ evaluation: TaskEvaluation, _ failures: [ImageFailure], slices: [DataSlice]?, _ console: Console
    ) throws {
        let count = evaluation.isRight.count
        let allRight = Double(evaluation.isRight.count { $0 }) / Double(max(count, 1))
        if talk.json {
            return try console.json(
                TasksAnswer(
                    count: count, accuracy: evaluation.accuracy, loss: evaluation.loss, allRight: allRight,
                    tasks: evaluation.tasks.map { TasksAnswer.Task($0) },
                    unreadable: failures.map(\.sample.path.string), slices: slices.map { $0.map(Slice.init) },
                    report: html))
        }
        console.result(
            "mean accuracy \(Formatting.percent(evaluation.accuracy)) of \(evaluation.tasks.count) tasks on "
                + "\(Formatting.count(count, "image")), every label right on \(Formatting.percent(allRight))")
        for task in evaluation.tasks {
            console.result("")
            console.result(
                "\(task.task.name): accuracy \(Formatting.percent(task.evaluation.confusion.accuracy)), loss "
                    + "\(Formatting.fixed(task.evaluation.loss, 4)) on \(Formatting.count(task.rows.count, "image"))")
            console.result(Self.table(of: task.evaluation.confusion, task.task.classes))
        }
        if let slices { Self.show(slices, console) }
    }
}
