import ArgumentParser
import ZooTraining

extension FinetuneCommand {
    /// - Throws: `ValidationError` for options that the head has no use for.
    func validateHead() throws {
        let name = head.head
        guard name != .linear else { return }
        let checks: [(Bool, String)] = [
            (layers.headOnly, "--head \(name.rawValue) is trained on features: it needs --head-only"),
            (training.optimizer != .lbfgs, "--optimizer lbfgs is for --head linear; logistic and svm use it anyway"),
            (!layers.reuseClassifier, "--reuse-classifier begins a linear head; leave out --head \(name.rawValue)"),
            (name.isStepped || !lrFind, "--head \(name.rawValue) has no learning rate to find"),
        ]
        for (holds, complaint) in checks where !holds { throw ValidationError(complaint) }
        guard !name.isStepped, let option = givenSteppedOptions.first else { return }
        throw ValidationError("--\(option) says nothing of --head \(name.rawValue), which is made in one go")
    }

    /// - Throws: `ValidationError` for options that say nothing of features that are there already.
    func validateFeatures() throws {
        guard !features.isEmpty else { return }
        let checks: [(Bool, String)] = [
            (layers.headOnly, "--features are what a head is trained on: add --head-only"),
            (givenModel == nil, "--features take the place of a network; leave out --model"),
            (images.augment == nil, "--augment changes images, and --features are made of them already"),
            (!layers.reuseClassifier && !lrFind && !plan, "--reuse-classifier, --lr-find and --plan need a network"),
            (folds == nil, "--folds needs a network; make the parts yourself, as lists"),
            (!record.noFeatureCache, "--no-feature-cache: nothing is computed with --features"),
        ]
        for (holds, complaint) in checks where !holds { throw ValidationError(complaint) }
    }

    /// The options about steps that are not what they are by default.
    private var givenSteppedOptions: [String] {
        let (steps, own) = (training, loss)
        let given: [(String, Bool)] = [
            ("epochs", steps.epochs != nil), ("lr", steps.lr != nil), ("head-lr-factor", steps.headLrFactor != nil),
            ("layer-decay", steps.layerDecay != 1), ("optimizer", steps.optimizer != .sgd),
            ("momentum", steps.momentum != 0.9), ("nesterov", steps.nesterov),
            ("weight-decay", steps.weightDecay != nil), ("schedule", steps.schedule != nil),
            ("warmup", steps.warmup != nil), ("batch-size", steps.batchSize != nil),
            ("accumulate", steps.accumulate != 1), ("patience", steps.patience != nil),
            ("loss", own.loss != .crossEntropy), ("label-smoothing", own.labelSmoothing != 0),
            ("focal-gamma", own.focalGamma != 2), ("balance", own.balance != .none), ("dropout", own.dropout != nil),
            ("l1", own.l1 != 0), ("l2-sp", own.l2Sp != 0), ("clip-norm", own.clipNorm != nil),
            ("clip-value", own.clipValue != nil), ("ema", own.ema != nil),
            ("head-init", layers.headInit != .xavier),
        ]
        return given.filter(\.1).map(\.0)
    }

    /// The share of the last layer's inputs that is dropped: half between two layers, none otherwise.
    var dropout: Double { loss.dropout ?? (head.head == .mlp ? 0.5 : 0) }
}
