public import ArgumentParser
public import ZooTraining

/// What is made small, and what keeps a network from learning its images by heart.
struct LossOptions: ParsableArguments {
    /// The losses by name.
    enum Name: String, ExpressibleByArgument, CaseIterable {
        case crossEntropy = "cross-entropy"
        case focal, bce
        case sigmoidFocal = "sigmoid-focal"
    }

    @Option(help: ArgumentHelp("What is made small.", valueName: "kind"))
    var loss = Name.crossEntropy

    @Option(help: ArgumentHelp("How much of each label is spread over all classes.", valueName: "share"))
    var labelSmoothing = 0.0

    @Option(help: ArgumentHelp("How much less the focal loss counts what the network is sure of.", valueName: "power"))
    var focalGamma = 2.0

    @Option(
        help: ArgumentHelp(
            "Make up for classes of different sizes: sampler draws small ones more often, weights counts them more.",
            valueName: "how"))
    var balance = ClassBalance.none

    @Option(
        help: ArgumentHelp(
            "The share of the new layer's inputs that is dropped while training; by default 0, or 0.5 with --head mlp.",
            valueName: "share"))
    var dropout: Double?

    @Option(help: ArgumentHelp("The strength of the L1 penalty.", valueName: "factor"))
    var l1 = 0.0

    @Option(
        help: ArgumentHelp(
            "The strength of the penalty on moving away from the pretrained weights (L2-SP).", valueName: "factor"))
    var l2Sp = 0.0

    @Option(help: ArgumentHelp("Scale gradients down to this norm, all together.", valueName: "norm"))
    var clipNorm: Double?

    @Option(help: ArgumentHelp("Cut every element of the gradients off at ± this.", valueName: "value"))
    var clipValue: Double?

    @Option(
        help: ArgumentHelp(
            "Average the weights over the steps, with this decay, and keep the averages.", valueName: "decay"))
    var ema: Double?

    @Option(help: ArgumentHelp("Mix pairs of images, with shares from Beta(α, α).", valueName: "alpha"))
    var mixup: Double?

    @Option(help: ArgumentHelp("Paste parts of images into others, with shares from Beta(α, α).", valueName: "alpha"))
    var cutmix: Double?

    func validate() throws {
        let positive = { (value: Double?) in value.map { $0 > 0 && $0.isFinite } ?? true }
        let checks: [(Bool, String)] = [
            (labelSmoothing >= 0 && labelSmoothing < 1, "--label-smoothing must be at least 0 and less than 1"),
            (labelSmoothing == 0 || loss != .sigmoidFocal, "sigmoid-focal has no --label-smoothing"),
            (focalGamma >= 0 && focalGamma.isFinite, "--focal-gamma must be 0 or more"),
            (
                balance != .weights || loss == .crossEntropy || loss == .focal,
                "--balance weights goes with cross-entropy and focal; take --balance sampler"
            ),
            (dropout.map { $0 >= 0 && $0 < 1 } ?? true, "--dropout must be at least 0 and less than 1"),
            (l1 >= 0 && l1.isFinite, "--l1 must be 0 or more"),
            (l2Sp >= 0 && l2Sp.isFinite, "--l2-sp must be 0 or more"),
            (positive(clipNorm), "--clip-norm must be a positive number"),
            (positive(clipValue), "--clip-value must be a positive number"),
            (clipNorm == nil || clipValue == nil, "--clip-norm and --clip-value exclude each other"),
            (ema.map { $0 >= 0 && $0 < 1 } ?? true, "--ema must be at least 0 and less than 1"),
            (positive(mixup), "--mixup must be a positive number"),
            (positive(cutmix), "--cutmix must be a positive number"),
        ]
        for (holds, complaint) in checks where !holds { throw ValidationError(complaint) }
    }

    /// Whether nothing is asked for that only steps on batches have.
    var isPlain: Bool {
        dropout ?? 0 == 0 && l1 == 0 && l2Sp == 0 && ema == nil && clipping == nil && mixup == nil && cutmix == nil
            && balance != .sampler
    }

    /// The loss that was asked for.
    var value: Loss {
        switch loss {
        case .crossEntropy: .crossEntropy(smoothing: labelSmoothing)
        case .focal: .focal(gamma: focalGamma, smoothing: labelSmoothing)
        case .bce: .binaryCrossEntropy(smoothing: labelSmoothing)
        case .sigmoidFocal: .sigmoidFocal(gamma: focalGamma)
        }
    }

    /// What keeps gradients small.
    var clipping: GradientClipping? {
        clipNorm.map { .norm(Float($0)) } ?? clipValue.map { .value(Float($0)) }
    }
}

extension ClassBalance: ExpressibleByArgument {}
