import ArgumentParser
import SystemPackage
import ZooTraining

/// `zoo distill`: a network that learns from another one.
struct DistillCommand: ParsableCommand, NetworkCommand {
    static let configuration = CommandConfiguration(
        commandName: "distill",
        abstract: "Teach a small network what a large one knows, with or without labels.",
        discussion: """
            The student is trained to give the probabilities that TEACHER gives, both softened by a temperature; the \
            labels of the images count as much as --label-weight says, and with --feature-weight the student's features \
            are compared with the teacher's too. Teacher and student see the same pixels, augmented or not.

            DATA is read as 'zoo finetune' reads it. Images need no labels: DATA, or its train/, may hold images without \
            class folders; --unlabelled adds folders of such images; --no-labels passes over the labels that there are. \
            An image without a label is taken for what the teacher takes it for. Where validation images have no labels, \
            accuracy means agreement with the teacher.

            Every option of 'zoo finetune' about training, augmentation, losses, layers and runs may be given; \
            --no-pretrained begins the student with random weights.

            Examples:
              zoo distill large.pth photos --student resnet18 -o small.pth
              zoo distill large.pth photos --student resnet18 --unlabelled more
              zoo distill large.pth photos --student resnet18 --no-pretrained --no-labels
            """)

    @Argument(
        help: ArgumentHelp("The network that teaches: a registered name or a checkpoint.", valueName: "teacher"),
        completion: Completions.modelsAndFiles)
    var teacher: String

    @Argument(
        help: ArgumentHelp("The folder, or list, of images.", valueName: "data"),
        completion: .file(extensions: ["csv", "jsonl"]))
    var data: String

    @Option(
        help: ArgumentHelp("The network that learns: a registered name or a checkpoint.", valueName: "model"),
        completion: Completions.modelsAndFiles)
    var student: String

    @Option(
        help: ArgumentHelp(
            "What logits are divided by before probabilities are made of them: the higher, the more the unlikely classes count.",
            valueName: "t"))
    var temperature = 4.0

    @Option(
        help: ArgumentHelp(
            "How much the labels count, from 0 to 1; the teacher counts the rest; by default 0.1 where there are labels.",
            valueName: "share"))
    var labelWeight: Double?

    @Option(
        help: ArgumentHelp(
            "How much the difference of the features counts, mapped by a layer that is learnt and thrown away.",
            valueName: "factor"))
    var featureWeight = 0.0

    @Option(
        help: ArgumentHelp("More training images, in no class folders. May be repeated.", valueName: "folder"),
        completion: .directory)
    var unlabelled: [String] = []

    @Flag(help: "Pass over the labels of the training images.")
    var noLabels = false

    @Option(
        help: ArgumentHelp("The network of a teacher that does not say which it is.", valueName: "name"),
        completion: Completions.architectures)
    var teacherArch: String?

    @OptionGroup(title: "Output") var talk: OutputOptions

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("Options of 'zoo finetune' for the student.", valueName: "finetune-option"))
    var others: [String] = []

    func validate() throws {
        let checks: [(Bool, String)] = [
            (temperature > 0 && temperature.isFinite, "--temperature must be a positive number"),
            (labelWeight.map { 0...1 ~= $0 } ?? true, "--label-weight must be from 0 to 1"),
            (featureWeight >= 0 && featureWeight.isFinite, "--feature-weight must be 0 or more"),
            (!noLabels || labelWeight ?? 0 == 0, "--no-labels leaves no labels that --label-weight could count"),
        ]
        for (holds, complaint) in checks where !holds { throw ValidationError(complaint) }
    }

    /// How the teacher's file is read.
    var teacherOptions: NetworkOptions {
        get throws { try NetworkOptions.parse(teacherArch.map { ["--arch", $0] } ?? []) }
    }

    func run() throws {
        let finetune = try BorrowedOptions.finetune(
            [data, "--model", student], others, with: talk,
            refusing: ["head-only", "plan", "lr-find", "compare-scratch", "folds", "model", "tasks", "task-weights"],
            in: "zoo distill")
        if let output = finetune.output { try OutputFile.check(FilePath(output)) }
        try DistillWork(command: self, finetune: finetune, session: try Session(), console: talk.console).run()
    }
}
