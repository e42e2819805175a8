import ArgumentParser
import FoundationEssentials
import SystemPackage
import ZooEngine
import ZooGraph
import ZooImage
import ZooTraining

extension FinetuneCommand {
    /// Everything that decides the result, from the options and their defaults.
    func tunerOptions(_ network: PretrainedNetwork, _ splits: DataArgument.Splits) throws -> FineTuner.Options {
        let method: FineTuner.Method =
            layers.headOnly ? .head(copies: images.augmentCopies ?? 4) : .layers(try layers.trainedLayers())
        var options = FineTuner.Options(method: method, settings: trainingSettings)
        options.augmentation = images.augmentation(headOnly: layers.headOnly).resolved(for: network.preprocessing)
        options.isStrict = record.strict
        options.head = head.choice
        options.headStart = try headStart(network, classes: splits.train.classes)
        return options
    }

    /// The same for features that were computed elsewhere.
    var codesOptions: FineTuner.Options {
        var options = FineTuner.Options(method: .head(copies: 1), settings: trainingSettings)
        options.head = head.choice
        options.headStart = .new(layers.headInit)
        return options
    }

    /// How many epochs there are, given or by default.
    var epochCount: Int {
        !head.head.isStepped ? 1 : training.epochs ?? (training.optimizer == .lbfgs ? 100 : layers.headOnly ? 20 : 10)
    }

    private var trainingSettings: TrainingSettings {
        var settings = TrainingSettings()
        let isHead = layers.headOnly
        settings.epochs = epochCount
        settings.batchSize = training.batchSize ?? (isHead ? 64 : 32)
        settings.accumulation = training.accumulate
        settings.seed = training.seed
        settings.rates = LearningRates(
            base: training.lr ?? defaultLearningRate,
            headFactor: training.headLrFactor ?? (layers.noPretrained ? 1 : 10),
            layerDecay: training.layerDecay)
        settings.rule = updateRule
        settings.usesLBFGS = training.optimizer == .lbfgs
        settings.plan = LearningRatePlan(training.schedule ?? (isHead ? .constant : .cosine()), warmUp: training.warmup)
        settings.loss = loss.value
        settings.taskWeights = tasks.weights
        settings.balance = loss.balance
        settings.penalties = Regulariser.Strengths(l1: Float(loss.l1), towardsStart: Float(loss.l2Sp))
        settings.clipping = loss.clipping
        settings.averaging = loss.ema.map { .exponential(decay: $0) }
        settings.dropout = dropout
        settings.patience = training.patience
        settings.mixing = BatchMixing(mixupAlpha: loss.mixup, cutmixAlpha: loss.cutmix)
        return settings
    }

    private var defaultLearningRate: Double {
        switch training.optimizer {
        case .sgd, .lbfgs: layers.noPretrained ? 0.05 : layers.headOnly ? 0.01 : 0.001
        case .adam, .adamw: layers.noPretrained ? 0.001 : 0.0001
        }
    }

    private var updateRule: UpdateRule {
        let isAdamW = training.optimizer == .adamw
        let decay = Float(training.weightDecay ?? (isAdamW ? 0.01 : layers.headOnly ? 0 : 1e-4))
        switch training.optimizer {
        case .sgd, .lbfgs:
            return .sgd(
                SGD.Options(
                    learningRate: 0, momentum: Float(training.momentum), weightDecay: decay,
                    nesterov: training.nesterov))
        case .adam, .adamw:
            return .adam(
                Adam.Options(beta1: training.momentum, weightDecay: decay, decouplesDecay: isAdamW))
        }
    }

    private func headStart(_ network: PretrainedNetwork, classes: [String]) throws -> FineTuner.HeadStart {
        guard layers.reuseClassifier else { return .new(layers.headInit) }
        guard let known = network.classes else {
            throw UsageError(
                "\(network.path): the names of its classes are not known, so none can be matched; leave out "
                    + "--reuse-classifier")
        }
        let map = try layers.classMap.map { try ClassMap.read(FilePath($0)) } ?? [:]
        return .reuse(try ClassifierReuse(classes, source: known, map: map), others: layers.headInit)
    }

    /// Every setting that decides the result, by the name of its option, in order.
    func settings(_ options: FineTuner.Options) -> [(String, String)] {
        let settings = options.settings
        var list: [(String, String)] = [
            ("method", layers.headOnly ? "head-only" : "layers"), ("epochs", "\(settings.epochs)"),
            ("lr", "\(settings.rates.base)"), ("head-lr-factor", "\(settings.rates.headFactor)"),
            ("layer-decay", "\(settings.rates.layerDecay)"), ("optimizer", training.optimizer.rawValue),
            ("momentum", "\(training.momentum)"), ("nesterov", "\(training.nesterov)"),
            (
                "weight-decay",
                "\(training.weightDecay ?? (training.optimizer == .adamw ? 0.01 : layers.headOnly ? 0 : 1e-4))"
            ),
            ("schedule", "\(settings.plan.schedule)"), ("warmup", settings.plan.warmUp.map { "\($0)" } ?? "none"),
            ("batch-size", "\(settings.batchSize)"), ("accumulate", "\(settings.accumulation)"),
            ("seed", "\(settings.seed)"), ("patience", settings.patience.map { "\($0)" } ?? "none"),
            ("precision", running.numbers.rawValue), ("exact", "\(running.exact)"),
            ("augment", "\(options.augmentation)"), ("head-init", layers.headInit.rawValue),
        ]
        list += lossSettings + layerSettings + head.settings + taskSettings
        return list
    }

    private var lossSettings: [(String, String)] {
        let text = { (value: Double?) in value.map { "\($0)" } ?? "none" }
        return [
            ("loss", loss.loss.rawValue), ("label-smoothing", "\(loss.labelSmoothing)"),
            ("focal-gamma", "\(loss.focalGamma)"), ("balance", loss.balance.rawValue), ("dropout", "\(dropout)"),
            ("l1", "\(loss.l1)"), ("l2-sp", "\(loss.l2Sp)"), ("clip-norm", text(loss.clipNorm)),
            ("clip-value", text(loss.clipValue)), ("ema", text(loss.ema)), ("mixup", text(loss.mixup)),
            ("cutmix", text(loss.cutmix)),
        ]
    }

    private var layerSettings: [(String, String)] {
        [
            ("freeze", layers.freeze.joined(separator: " ")), ("freeze-until", layers.freezeUntil ?? ""),
            ("train-layers", layers.trainLayers.joined(separator: " ")), ("unfreeze", layers.unfreeze ?? ""),
            ("freeze-epochs", "\(layers.freezeEpochs)"), ("train-bn", layers.trainBn.rawValue),
            ("no-pretrained", "\(layers.noPretrained)"), ("reuse-classifier", "\(layers.reuseClassifier)"),
            ("augment-copies", images.augmentCopies.map { "\($0)" } ?? ""),
        ]
    }

    /// What the result says about how it was made: everything that decides its bytes, and no times.
    func provenance(source: String, _ options: FineTuner.Options) -> [(key: String, value: String)] {
        [("source", source)] + settings(options).map { ($0.0.replacing("-", with: "_"), $0.1) }
    }
}

/// A file that says which class of a source each class begins with.
enum ClassMap {
    /// Reads lines of `class,source class`; empty lines and those that begin with `#` do not count.
    ///
    /// - Throws: ``UsageError`` for another line, or a class that comes twice.
    static func read(_ path: FilePath) throws -> [String: String] {
        guard let text = try? String(contentsOfFile: path.string, encoding: .utf8) else {
            throw UsageError("\(path): there is no such file, or it is no text")
        }
        var map: [String: String] = [:]
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.filter { $0 != "\r" }
            guard !line.allSatisfy(\.isWhitespace), !line.hasPrefix("#") else { continue }
            let parts = line.split(separator: ",", maxSplits: 1).map { $0.trimming(while: \.isWhitespace) }
            guard parts.count == 2, map.updateValue(parts[1], forKey: parts[0]) == nil else {
                throw UsageError(
                    "\(path), line \(number + 1): expected is 'class,source class', each class once; found is '\(line)'"
                )
            }
        }
        return map
    }
}
