import ArgumentParser
import ZooTraining

/// How a network, or its head, is trained.
struct TrainingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How many times the training images are seen; by default 20 for a head, 10 otherwise; with lbfgs its steps, 100.",
            valueName: "n"))
    var epochs: Int?

    @Option(
        help: ArgumentHelp(
            "The learning rate of pretrained layers; that of the new layer is --head-lr-factor times as much.",
            discussion: """
                By default 0.01 for --head-only, 0.001 for layers, 0.05 with --no-pretrained; with adam and adamw \
                0.0001, or 0.001 with --no-pretrained.
                """, valueName: "rate"))
    var lr: Double?

    @Option(
        help: ArgumentHelp(
            "The learning rate of the new layer, as a multiple of --lr; by default 10, or 1 with --no-pretrained.",
            valueName: "factor"))
    var headLrFactor: Double?

    @Option(
        help: ArgumentHelp(
            "What the learning rate is multiplied by from each block of layers to the one before it.",
            valueName: "factor"))
    var layerDecay = 1.0

    @Option(help: ArgumentHelp("How parameters are moved; lbfgs goes with --head-only.", valueName: "method"))
    var optimizer = OptimizerName.sgd

    @Option(help: ArgumentHelp("How much of the last step is kept; β₁ of adam and adamw.", valueName: "share"))
    var momentum = 0.9

    @Flag(help: "Nesterov's momentum.")
    var nesterov = false

    @Option(
        help: ArgumentHelp(
            "The strength of the L2 penalty on the weights; by default 0 for a head, 0.0001 otherwise, 0.01 with adamw.",
            valueName: "factor"))
    var weightDecay: Double?

    @Option(
        help: ArgumentHelp(
            "How the learning rate changes.",
            discussion: """
                constant, step=30/0.1, multistep=10,20/0.1, exponential=0.95, cosine, linear, polynomial, one-cycle, \
                plateau=0.1/5. By default constant for --head-only and cosine otherwise.
                """, valueName: "schedule"), completion: .list(Completions.schedules),
        transform: { try LearningRateSchedule(parsing: $0) })
    var schedule: LearningRateSchedule?

    @Option(
        help: ArgumentHelp(
            "How the learning rate grows at first: 5 (epochs), 500steps, 5/0.01 (with the first factor).",
            valueName: "length"), transform: { try WarmUp(parsing: $0) })
    var warmup: WarmUp?

    @Option(
        help: ArgumentHelp("How many images make one step; by default 64 for a head, 32 otherwise.", valueName: "n"))
    var batchSize: Int?

    @Option(help: ArgumentHelp("How many batches make one step of the optimizer.", valueName: "n"))
    var accumulate = 1

    @Option(help: ArgumentHelp("What new weights, the order of images and all chance follow from.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(
        help: ArgumentHelp("The share of images kept for validation, where DATA has no val folder.", valueName: "share")
    )
    var valFraction = 0.2

    @Option(help: ArgumentHelp("End after so many epochs without a better one.", valueName: "epochs"))
    var patience: Int?

    func validate() throws {
        let checks: [(Bool, String)] = [
            (epochs ?? 0 >= 0, "--epochs must be 0 or more"),
            (lr.map { $0 > 0 && $0.isFinite } ?? true, "--lr must be a positive number"),
            (headLrFactor.map { $0 > 0 && $0.isFinite } ?? true, "--head-lr-factor must be a positive number"),
            (layerDecay > 0 && layerDecay <= 1, "--layer-decay must be above 0, and 1 at most"),
            (momentum >= 0 && momentum < 1, "--momentum must be at least 0 and less than 1"),
            (!nesterov || optimizer == .sgd && momentum > 0, "--nesterov needs sgd and a --momentum"),
            (weightDecay.map { $0 >= 0 && $0.isFinite } ?? true, "--weight-decay must be 0 or more"),
            (batchSize ?? 1 >= 1, "--batch-size must be at least 1"),
            (accumulate >= 1, "--accumulate must be at least 1"),
            (valFraction > 0 && valFraction < 1, "--val-fraction must be between 0 and 1"),
            (patience ?? 1 >= 1, "--patience must be at least 1"),
        ]
        for (holds, complaint) in checks where !holds { throw ValidationError(complaint) }
    }
}

/// The optimisers by PyTorch's names.
enum OptimizerName: String, ExpressibleByArgument, CaseIterable {
    case sgd, adam, adamw, lbfgs
}
