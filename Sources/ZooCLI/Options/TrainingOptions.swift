import ArgumentParser
import ZooEngine
import ZooTraining

/// How a head is trained.
struct TrainingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many times the training images are seen.", valueName: "n"))
    var epochs = 20

    @Option(
        help: ArgumentHelp(
            "The learning rate of pretrained layers; that of the new layer is --head-lr-factor times as much.",
            valueName: "rate"))
    var lr = 0.01

    @Option(help: ArgumentHelp("The learning rate of the new layer, as a multiple of --lr.", valueName: "factor"))
    var headLrFactor = 10.0

    @Option(help: ArgumentHelp("How much of the last step is kept.", valueName: "share"))
    var momentum = 0.9

    @Option(help: ArgumentHelp("The strength of the L2 penalty on the weights.", valueName: "factor"))
    var weightDecay = 0.0

    @Option(help: ArgumentHelp("How many images make one step of the training.", valueName: "n"))
    var batchSize = 64

    @Option(help: ArgumentHelp("What the new layer's weights and the order of images follow from.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(
        help: ArgumentHelp("The share of images kept for validation, where DATA has no val folder.", valueName: "share")
    )
    var valFraction = 0.2

    func validate() throws {
        let checks: [(Bool, String)] = [
            (epochs >= 0, "--epochs must be 0 or more"),
            (lr > 0 && lr.isFinite, "--lr must be a positive number"),
            (headLrFactor > 0 && headLrFactor.isFinite, "--head-lr-factor must be a positive number"),
            (momentum >= 0 && momentum < 1, "--momentum must be at least 0 and less than 1"),
            (weightDecay >= 0 && weightDecay.isFinite, "--weight-decay must be 0 or more"),
            (batchSize >= 1, "--batch-size must be at least 1"),
            (valFraction > 0 && valFraction < 1, "--val-fraction must be between 0 and 1"),
        ]
        for (holds, complaint) in checks where !holds { throw ValidationError(complaint) }
    }

    /// The settings for the trainer.
    var headOptions: HeadTrainingOptions {
        var options = HeadTrainingOptions()
        options.epochs = epochs
        options.batchSize = batchSize
        options.seed = seed
        options.optimiser = SGD.Options(
            learningRate: Float(lr * headLrFactor), momentum: Float(momentum), weightDecay: Float(weightDecay))
        return options
    }

    /// What the result says about how it was made: everything that decides its bytes, and no times.
    func provenance(model: String, _ running: NetworkOptions) -> [(key: String, value: String)] {
        [
            ("source", model), ("method", "head-only"), ("epochs", "\(epochs)"), ("lr", "\(lr)"),
            ("head_lr_factor", "\(headLrFactor)"), ("momentum", "\(momentum)"), ("weight_decay", "\(weightDecay)"),
            ("batch_size", "\(batchSize)"), ("seed", "\(seed)"), ("precision", running.precision.rawValue),
            ("exact", "\(running.exact)"),
        ]
    }
}
