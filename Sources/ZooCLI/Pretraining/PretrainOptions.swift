import ArgumentParser
import ZooImage
import ZooTraining

/// How a network learns from unlabelled images.
struct PretrainOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many times the images are seen.", valueName: "n"))
    var epochs = 30

    @Option(
        help: ArgumentHelp(
            "The learning rate.",
            discussion: """
                By default 0.05 for a batch of 256 images and in proportion for others, and a tenth of that for rotations \
                on pretrained weights.
                """, valueName: "rate"))
    var lr: Double?

    @Option(help: ArgumentHelp("How much of the last step is kept.", valueName: "share"))
    var momentum = 0.9

    @Option(help: ArgumentHelp("The strength of the L2 penalty on the weights.", valueName: "factor"))
    var weightDecay = 1e-4

    @Option(
        help: ArgumentHelp(
            "How the learning rate changes; as for 'zoo finetune'.", valueName: "schedule"),
        completion: .list(Completions.schedules), transform: { try LearningRateSchedule(parsing: $0) })
    var schedule = LearningRateSchedule.cosine()

    @Option(
        help: ArgumentHelp("How the learning rate grows at first: 5 (epochs), 500steps.", valueName: "length"),
        transform: { try WarmUp(parsing: $0) })
    var warmup: WarmUp?

    @Option(
        help: ArgumentHelp(
            "How many images make one step; the network sees four turns, or two views, of each.", valueName: "n"))
    var batchSize = 64

    @Option(
        help: ArgumentHelp(
            "What is done to images at random, as for 'zoo finetune'.",
            discussion: """
                By default light for rotations; for simsiam the paper's views but for the blur: \
                "resized-crop=0.2..1,hflip,jitter=0.4/0.4/0.4/0.1,grayscale=0.2", or "crop=4,…" for images that are not resized.
                """, valueName: "preset|steps"), completion: .list(Completions.augmentations),
        transform: { try Augmentation($0) })
    var augment: Augmentation?

    @Option(
        help: ArgumentHelp(
            "How many numbers simsiam's projection has; 2048, and a quarter of it between prediction's layers.",
            valueName: "n"))
    var projection: Int?

    @Flag(help: "Begin with random weights.")
    var noPretrained = false

    @Option(help: ArgumentHelp("What new weights, the order of images and all chance follow from.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(
        help: ArgumentHelp("The share of images that only judge, where DATA has no val folder.", valueName: "share"))
    var valFraction = 0.1

    func validate() throws {
        let checks: [(Bool, String)] = [
            (epochs >= 1, "--epochs must be at least 1"),
            (lr.map { $0 > 0 && $0.isFinite } ?? true, "--lr must be a positive number"),
            (momentum >= 0 && momentum < 1, "--momentum must be at least 0 and less than 1"),
            (weightDecay >= 0 && weightDecay.isFinite, "--weight-decay must be 0 or more"),
            (batchSize >= 2, "--batch-size must be at least 2"),
            (projection ?? 4 >= 4, "--projection must be at least 4"),
            (valFraction > 0 && valFraction < 1, "--val-fraction must be between 0 and 1"),
        ]
        for (holds, complaint) in checks where !holds { throw ValidationError(complaint) }
    }
}

/// Where a pretraining is written down.
struct PretrainRunOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of the run: its metrics, its state, events for TensorBoard.",
            discussion: "By default the output's name with .run in place of its extension.", valueName: "folder"),
        completion: .directory)
    var run: String?

    @Flag(help: "Go on where an interrupted run with the same settings was; begin where there is none.")
    var resume = false

    @Flag(help: "Replace a run that is there.")
    var overwrite = false

    func validate() throws {
        if resume && overwrite { throw ValidationError("--resume and --overwrite exclude each other") }
    }
}
