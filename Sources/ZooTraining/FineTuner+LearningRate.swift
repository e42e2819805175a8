internal import ZooGraph
public import ZooImage

extension FineTuner {
    /// Tries growing learning rates on the training images; nothing of it is kept.
    ///
    /// - Parameters:
    ///   - finder: the test before its first step; its rates are those of pretrained layers, the head's are
    ///     ``LearningRates/headFactor`` times as large.
    ///   - onProgress: called on the way; what it throws ends the work.
    /// - Returns: The test after its last step.
    /// - Throws: As ``train(on:validation:run:onProgress:)``.
    public func findLearningRate(
        on train: ImageFolder, validation: ImageFolder, _ finder: LearningRateFinder = LearningRateFinder(),
        onProgress: (Progress) throws -> Void
    ) throws -> LearningRateFinder {
        try requireTeachable(train, validation)
        var settings = options.settings
        settings.accumulation = 1
        settings.averaging = nil
        var options = options
        options.settings = settings
        let tuner = FineTuner(network, joining: others, options: options, running: running, store: store)
        let learner: any Learner
        switch options.method {
        case .head(let copies):
            let features = try tuner.features(train.samples, validation.samples, copies: copies, onProgress)
            try require(features.failures, train, usable: features.copies.allSatisfy { $0.count > 0 })
            learner =
                HeadTrainer(
                    options: options, prefix: network.head.prefix, classCount: train.outputNames.count,
                    tasks: train.tasks, features: features,
                    start: try startingHead(classCount: train.outputNames.count, pixelCount: features.pixelCount)
                ).learner
        case .layers(let layers):
            learner = try tuner.networkLearner(train, validation, layers, onProgress).learner
        }
        var finder = finder
        try Self.run(&finder, learner, imageCount: train.samples.count, onProgress)
        return finder
    }

    private static func run(
        _ finder: inout LearningRateFinder, _ learner: any Learner, imageCount: Int,
        _ onProgress: (Progress) throws -> Void
    ) throws {
        struct TestIsOver: Error {}
        // What a closure changes may not be the parameter itself.
        var test = finder
        defer { finder = test }
        var epoch = 0
        while let rate = test.nextRate {
            epoch += 1
            learner.fixedRate = rate
            do {
                _ = try learner.trainEpoch(epoch) { report in
                    test.record(loss: report.loss)
                    try onProgress(.images(done: report.imageCount, total: imageCount, epoch: epoch))
                    guard let next = test.nextRate else { throw TestIsOver() }
                    learner.fixedRate = next
                }
            } catch is TestIsOver {
                return
            } catch let error as TrainingError where error.code == .diverged {
                test.record(loss: .infinity)
                return
            }
        }
    }
}
