import ZooCore
import ZooImage

/// Trains a head on features that are there, wherever they come from.
struct HeadTrainer {
    let options: FineTuner.Options
    /// What the names of its tensors begin with.
    let prefix: String
    let classCount: Int
    /// What labels mean, where images have several: then ``classCount`` is that of all tasks together.
    var tasks: LabelTasks?
    let features: FineTuner.Features
    /// How a linear head begins.
    let start: LinearHead

    /// What learns.
    var learner: any HeadLearning {
        let (copies, validation, settings) = (features.copies, features.validation, options.settings)
        let featureCount = copies[0].features.columnCount
        // A sequence of its own, so that a linear head begins as it always did.
        var generator = SeededGenerator(seed: settings.seed, stream: 1 << 42)
        switch options.head {
        case .linear where settings.usesLBFGS:
            return HeadMinimiser(
                start, prefix: prefix, copies: copies, validation: validation, settings: settings, tasks: tasks)
        case .linear:
            return HeadLearner(
                start, prefix: prefix, copies: copies, validation: validation, settings: settings, tasks: tasks)
        case .mlp(let hiddenCount):
            let head = MLPHead(
                featureCount: featureCount, hiddenCount: hiddenCount, classCount: classCount,
                initialisation: options.headInitialisation, generator: &generator)
            return HeadLearner(
                head, prefix: prefix, copies: copies, validation: validation, settings: settings, tasks: tasks)
        case .cosine(let scale):
            let weight = options.headInitialisation.draw(
                featureCount: featureCount, classCount: classCount, hasBias: false, generator: &generator
            ).weight
            let head = CosineHead(weight: weight, scale: scale)
            return HeadLearner(head, prefix: prefix, copies: copies, validation: validation, settings: settings)
        case .fitted(let method):
            return FittedHeadLearner(
                method, prefix: prefix, classCount: classCount, copies: copies, validation: validation,
                seed: settings.seed)
        }
    }

    /// Runs the epochs.
    func run(
        _ loop: TrainingLoop, _ onProgress: (FineTuner.Progress) throws -> Void
    ) throws -> (outcome: TrainingLoop.Outcome, head: any FeatureHead) {
        let learner = learner
        let outcome = try loop.run(learner) { event in
            switch event {
            case .images(let done, let epoch):
                try onProgress(.images(done: done, total: features.copies[0].count, epoch: epoch))
            case .epoch(let record): try onProgress(.epoch(record, of: options.settings.epochs))
            }
        }
        return (outcome, try learner.head(of: outcome.best))
    }
}

extension FineTuner.Options {
    /// How new weights are drawn.
    var headInitialisation: HeadInitialisation {
        switch headStart {
        case .new(let initialisation), .reuse(_, let initialisation): initialisation
        }
    }
}
