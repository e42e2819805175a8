import SystemPackage
import ZooCore
import ZooGraph
import ZooImage
import ZooRegistry
import ZooTraining

/// A `zoo distill` while it goes on.
struct DistillWork {
    let command: DistillCommand
    /// How the student is trained.
    let finetune: FinetuneCommand
    let session: Session
    let console: Console

    /// The teacher, and its name for people.
    private struct Teacher {
        let network: PretrainedNetwork
        let name: String
    }

    /// The images with what is taught of them.
    private struct Lesson {
        var splits: DataArgument.Splits
        var distillation: Distillation
        /// Whether the labels of the validation images are people's.
        var isJudgedByLabels: Bool
    }

    func run() throws {
        let source = try ModelArgument.resolve(command.teacher, session: session, console: console)
        let loaded = try source.load(
            session: session, options: command.teacherOptions, console: console, needsHead: true)
        let teacher = Teacher(
            network: loaded, name: source.entry?.id ?? source.path.lastComponent?.string ?? command.teacher)
        let running = try finetune.running.runnerOptions(session: session, console: console)
        let lesson = try lesson(of: teacher, running)
        let model = try ModelArgument.resolve(command.student, session: session, console: console)
        let pretrained = try model.load(
            session: session, options: finetune.running, console: console, needsHead: false)
        let student =
            finetune.layers.noPretrained ? pretrained.withRandomWeights(seed: finetune.training.seed) : pretrained
        warn(teacher, student)
        var work = FinetuneWork(
            command: finetune, session: session, console: console, sources: [model], network: student,
            splits: lesson.splits)
        work.teaching = FinetuneWork.Teaching(
            distillation: lesson.distillation, teacher: teacher.name,
            weights: RunDescription.digest(ofWeights: teacher.network))
        let accuracy = lesson.isJudgedByLabels ? try accuracy(lesson, running) : nil
        let destination = FilePath(
            finetune.output
                ?? FinetuneCommand.defaultOutput(model: student.graph.name, data: FilePath(command.data)))
        try OutputFile.check(destination)
        introduce(teacher, lesson, accuracy: accuracy)
        try work.train(destination) { training in
            Answer(
                teacher: teacher.name, teacherAccuracy: accuracy,
                temperature: lesson.distillation.settings.temperature,
                labelWeight: lesson.distillation.settings.labelWeight,
                featureWeight: lesson.distillation.settings.featureWeight,
                unlabelledCount: lesson.distillation.unlabelled.count, training: training)
        }
    }

    /// The result as `--json` prints it.
    private struct Answer: Encodable {
        let teacher: String
        let teacherAccuracy: Double?
        let temperature, labelWeight, featureWeight: Double
        let unlabelledCount: Int
        let training: FinetuneAnswer
    }

    // MARK: Images

    /// Reads the images; those without a label get the one that the teacher gives them.
    private func lesson(of teacher: Teacher, _ running: NetworkRunner.Options) throws -> Lesson {
        let parts = try DataArgument.openUnsorted(FilePath(command.data), console: console)
        let others = try command.unlabelled.map { try ImageFolder.unsorted(FilePath($0)) }
        let hasLabels = !parts.train.classes.isEmpty
        let classes =
            hasLabels ? parts.train.classes : parts.validation?.classes ?? Self.classes(of: teacher.network)
        let outputs = try Evaluation.outputs(for: classes, of: teacher.network)
        let countsLabels = hasLabels && !command.noLabels
        guard countsLabels || command.labelWeight ?? 0 == 0 else {
            throw UsageError("\(command.data): there are no labels that --label-weight could count; leave it out")
        }
        var settings = Distillation.Settings()
        settings.temperature = command.temperature
        settings.labelWeight = countsLabels ? command.labelWeight ?? settings.labelWeight : 0
        settings.featureWeight = command.featureWeight
        let plain = try Distillation(teacher: teacher.network, outputs: outputs, settings: settings)

        func labelled(_ folder: ImageFolder) throws -> ImageFolder {
            folder.labelled(try labels(of: folder, plain, running), classes: classes)
        }
        var splits = try split(hasLabels ? parts.train : labelled(parts.train), parts.validation)
        if hasLabels, command.noLabels { splits.train = try labelled(splits.train) }
        var unlabelled = countsLabels ? [] : splits.train.samples
        for folder in others {
            let more = try labelled(folder)
            splits.train = splits.train.joined(with: more)
            unlabelled += more.samples
        }
        return Lesson(
            splits: splits,
            distillation: try Distillation(
                teacher: teacher.network, outputs: outputs, settings: settings,
                unlabelled: Set(unlabelled.map(\.path))),
            isJudgedByLabels: hasLabels || parts.validation != nil)
    }

    private func split(_ train: ImageFolder, _ validation: ImageFolder?) throws -> DataArgument.Splits {
        if let validation { return DataArgument.Splits(train: train, validation: validation) }
        let training = finetune.training
        let parts = train.split(validationFraction: training.valFraction, seed: training.seed)
        return DataArgument.Splits(train: parts.train, validation: parts.validation)
    }

    private func labels(
        of folder: ImageFolder, _ distillation: Distillation, _ running: NetworkRunner.Options
    ) throws -> [Int] {
        let progress = ProgressLine(console)
        defer { progress.clear() }
        return try distillation.labels(of: folder.samples, running: running) { done in
            try Interruption.check()
            progress.update("asking the teacher", done, of: folder.samples.count, "images")
        }
    }

    private static func classes(of network: PretrainedNetwork) -> [String] {
        network.classes ?? (0..<network.head.outputs).map { "\($0)" }
    }

    // MARK: What is said

    /// How often the teacher is right about the validation images.
    private func accuracy(_ lesson: Lesson, _ running: NetworkRunner.Options) throws -> Double {
        let samples = lesson.splits.validation.samples
        let labels = try labels(of: lesson.splits.validation, lesson.distillation, running)
        return Double(zip(samples, labels).count { $0.label == $1 }) / Double(max(samples.count, 1))
    }

    private func introduce(_ teacher: Teacher, _ lesson: Lesson, accuracy: Double?) {
        let settings = lesson.distillation.settings
        let count = lesson.distillation.unlabelled.count
        var parts = ["temperature \(settings.temperature)", "labels count \(settings.labelWeight)"]
        if settings.featureWeight > 0 { parts.append("features \(settings.featureWeight)") }
        if count > 0 { parts.append("\(Formatting.count(count, "training image")) without a label") }
        console.message(
            "taught by \(teacher.name), a \(teacher.network.graph.name)"
                + (accuracy.map { " (validation accuracy \(Formatting.percent($0)))" } ?? "") + ": "
                + parts.joined(separator: ", "))
        if !lesson.isJudgedByLabels {
            console.message("no image has a label: accuracy means agreement with the teacher")
        }
    }

    /// The teacher sees what the student sees; that may not be what it was trained for.
    private func warn(_ teacher: Teacher, _ student: PretrainedNetwork) {
        let (theirs, ours) = (teacher.network.preprocessing, student.preprocessing)
        guard theirs.resize != ours.resize || theirs.crop != ours.crop else { return }
        let size = { (crop: Int?) in crop.map { "\($0)×\($0) pixels" } ?? "images of any size" }
        console.warning(
            "the teacher was trained for \(size(theirs.crop)) and sees the student's, \(size(ours.crop)), which may tell it "
                + "less")
    }
}
