public import ArgumentParser
public import ZooTraining

/// What of a network is trained, and how it starts.
struct LayerOptions: ParsableArguments {
    @Flag(help: "Train the new output layer only, on features that every image gives once; everything else is frozen.")
    var headOnly = false

    @Option(
        help: ArgumentHelp(
            "Do not train these layers: names or patterns, such as 'layer1', '*.bn?', 'conv1.weight'. May be repeated.",
            valueName: "pattern"), completion: Completions.layers)
    var freeze: [String] = []

    @Option(
        help: ArgumentHelp("Do not train what comes before this layer.", valueName: "layer"),
        completion: Completions.layers)
    var freezeUntil: String?

    @Option(
        help: ArgumentHelp("Train these layers and the new one only. May be repeated.", valueName: "pattern"),
        completion: Completions.layers)
    var trainLayers: [String] = []

    @Option(
        help: ArgumentHelp(
            "Train more layers as epochs go by: after so many epochs these.",
            discussion: "For example \"0:fc,3:layer4,6:all\". The new layer is trained from the beginning.",
            valueName: "epoch:layers,…"), completion: Completions.unfreezings)
    var unfreeze: String?

    @Option(help: ArgumentHelp("Train the new layer alone for so many epochs, then the others too.", valueName: "n"))
    var freezeEpochs = 0

    @Option(
        help: ArgumentHelp(
            "Which batch norms learn the statistics of the images; trained stands for those of trained layers.",
            valueName: "which"))
    var trainBn = TrainedLayers.BatchNorms.trained

    @Flag(help: "Begin with random weights, to see what the pretrained ones are worth.")
    var noPretrained = false

    @Flag(help: "Begin the rows of the new layer with those of the source's classifier whose labels match.")
    var reuseClassifier = false

    @Option(
        help: ArgumentHelp(
            "Which class of the source each class begins with: lines of 'class,source class'.", valueName: "file"),
        completion: .file(extensions: ["csv", "txt"]))
    var classMap: String?

    @Option(help: ArgumentHelp("How the new layer begins; torch is PyTorch's default.", valueName: "how"))
    var headInit = HeadInitialisation.xavier

    func validate() throws {
        let partial =
            !freeze.isEmpty || freezeUntil != nil || !trainLayers.isEmpty || unfreeze != nil || freezeEpochs != 0
        let checks: [(Bool, String)] = [
            (
                !headOnly || !partial && trainBn == .trained,
                "--head-only trains the new layer alone; leave out the other options about layers"
            ),
            (!headOnly || !noPretrained, "--head-only on random weights would learn nothing; leave out one of the two"),
            (freezeEpochs >= 0, "--freeze-epochs must be 0 or more"),
            (
                unfreeze == nil || freezeEpochs == 0,
                "--unfreeze says when layers are trained; leave out --freeze-epochs"
            ),
            (classMap == nil || reuseClassifier, "--class-map goes with --reuse-classifier"),
            (!reuseClassifier || !noPretrained, "--reuse-classifier needs pretrained weights"),
        ]
        for (holds, complaint) in checks where !holds { throw ValidationError(complaint) }
        if unfreeze != nil { _ = try unfreezings() }
    }

    /// What is trained when.
    func trainedLayers() throws -> TrainedLayers {
        var layers = TrainedLayers()
        layers.only = trainLayers.map { LayerPattern($0) }
        layers.frozen = freeze.map { LayerPattern($0) }
        layers.frozenUntil = freezeUntil.map { LayerPattern($0) }
        layers.headEpochs = freezeEpochs
        layers.unfreezings = try unfreezings()
        layers.batchNorms = trainBn
        return layers
    }

    private func unfreezings() throws -> [TrainedLayers.Unfreezing] {
        try (unfreeze ?? "").split(separator: ",").map { part in
            let pair = part.split(separator: ":", maxSplits: 1)
            guard pair.count == 2, let epoch = Int(pair[0].filter { $0 != " " }), epoch >= 0 else {
                throw ValidationError(
                    "--unfreeze: '\(part)' is not EPOCH:LAYERS, as in \"0:fc,3:layer4,6:all\"")
            }
            return TrainedLayers.Unfreezing(epoch: epoch, pattern: LayerPattern(pair[1].filter { $0 != " " }))
        }
    }
}

extension TrainedLayers.BatchNorms: ExpressibleByArgument {}
extension HeadInitialisation: ExpressibleByArgument {}
