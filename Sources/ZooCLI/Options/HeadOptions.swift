public import ArgumentParser
import ZooTraining

/// Which head takes the place of the output layer.
struct HeadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What takes the place of the output layer, with --head-only.",
            discussion: """
                linear is trained by steps, like mlp (two layers) and cosine (directions); logistic and svm are solved to \
                their optimum; ncm is the nearest class mean, knn the vote of the nearest images.
                """, valueName: "kind"))
    var head = HeadName.linear

    @Option(
        help: ArgumentHelp(
            "How much images count against the penalty on weights of logistic and svm, scikit-learn's C; 1 by default.",
            valueName: "c"))
    var headC: Double?

    @Option(help: ArgumentHelp("How many numbers are between the two layers of mlp; 256 by default.", valueName: "n"))
    var headHidden: Int?

    @Option(help: ArgumentHelp("How many neighbours vote in knn; 5 by default.", valueName: "k"))
    var headK: Int?

    @Option(
        help: ArgumentHelp("How the distance of images is measured in knn; euclidean by default.", valueName: "measure")
    )
    var headDistance: FeatureDistance?

    @Option(
        help: ArgumentHelp(
            "Whether all neighbours count the same in knn, or near ones more; uniform by default.", valueName: "how"))
    var headWeights: NeighbourWeights?

    @Option(help: ArgumentHelp("What cosine multiplies the cosines by; 16 by default.", valueName: "factor"))
    var headScale: Double?

    func validate() throws {
        let given = [
            "head-c": headC != nil, "head-hidden": headHidden != nil, "head-k": headK != nil,
            "head-distance": headDistance != nil, "head-weights": headWeights != nil, "head-scale": headScale != nil,
        ]
        let strangers = given.filter { $0.value && !head.ownOptions.contains($0.key) }.keys.sorted()
        if let first = strangers.first {
            let owners = HeadName.allCases.filter { $0.ownOptions.contains(first) }.map(\.rawValue)
            throw ValidationError("--\(first) goes with --head \(owners.joined(separator: " or "))")
        }
        let positive = { (value: Double?) in value.map { $0 > 0 && $0.isFinite } ?? true }
        let checks: [(Bool, String)] = [
            (positive(headC), "--head-c must be a positive number"),
            (1...65_536 ~= headHidden ?? 1, "--head-hidden must be 1 to 65536"),
            (headK ?? 1 >= 1, "--head-k must be at least 1"),
            (positive(headScale) && headScale ?? 1 < 1e30, "--head-scale must be a positive number"),
        ]
        for (holds, complaint) in checks where !holds { throw ValidationError(complaint) }
    }

    /// The head that was asked for.
    var choice: HeadChoice {
        switch head {
        case .linear: .linear
        case .logistic: .fitted(LogisticRegression(c: headC ?? 1))
        case .svm: .fitted(LinearSVM(c: headC ?? 1))
        case .mlp: .mlp(hiddenCount: headHidden ?? 256)
        case .ncm: .fitted(NearestMean())
        case .knn:
            .fitted(
                NearestNeighbours(
                    k: headK ?? 5, distance: headDistance ?? .euclidean, weights: headWeights ?? .uniform))
        case .cosine: .cosine(scale: Float(headScale ?? 16))
        }
    }

    /// The settings that decide the result, by the names of their options.
    var settings: [(String, String)] {
        let own: [(String, String)] =
            switch head {
            case .linear, .ncm: []
            case .logistic, .svm: [("head-c", "\(headC ?? 1)")]
            case .mlp: [("head-hidden", "\(headHidden ?? 256)")]
            case .knn:
                [
                    ("head-k", "\(headK ?? 5)"), ("head-distance", (headDistance ?? .euclidean).rawValue),
                    ("head-weights", (headWeights ?? .uniform).rawValue),
                ]
            case .cosine: [("head-scale", "\(headScale ?? 16)")]
            }
        return [("head", head.rawValue)] + own
    }
}

/// The heads by name.
enum HeadName: String, ExpressibleByArgument, CaseIterable {
    case linear, logistic, svm, mlp, ncm, knn, cosine

    /// What it is, in front of its sizes, for people.
    var phrase: String {
        switch self {
        case .linear: ""
        case .logistic: "a logistic regression, "
        case .svm: "a support vector machine, "
        case .mlp: "two layers, "
        case .ncm: "the nearest class mean, "
        case .knn: "the nearest neighbours, "
        case .cosine: "a layer of directions, "
        }
    }

    /// Whether it is trained by steps, epoch by epoch.
    var isStepped: Bool { [.linear, .mlp, .cosine].contains(self) }

    /// The options that are about this head alone.
    var ownOptions: Set<String> {
        switch self {
        case .linear, .ncm: []
        case .logistic, .svm: ["head-c"]
        case .mlp: ["head-hidden"]
        case .knn: ["head-k", "head-distance", "head-weights"]
        case .cosine: ["head-scale"]
        }
    }

    /// The options of 'zoo finetune' that say nothing of this head.
    var meaninglessOptions: Set<String> {
        let others = Self.allCases.reduce(into: Set<String>()) { $0.formUnion($1.ownOptions) }.subtracting(ownOptions)
        return isStepped ? others : others.union(Self.steppedOptions)
    }

    /// The options about steps, epochs, losses and new weights.
    static let steppedOptions: Set<String> = [
        "epochs", "lr", "head-lr-factor", "optimizer", "momentum", "nesterov", "weight-decay", "schedule", "warmup",
        "batch-size", "accumulate", "patience", "loss", "label-smoothing", "focal-gamma", "balance", "dropout", "l1",
        "l2-sp", "clip-norm", "clip-value", "ema", "head-init", "layer-decay",
    ]
}

extension FeatureDistance: ExpressibleByArgument {}
extension NeighbourWeights: ExpressibleByArgument {}
