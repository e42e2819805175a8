import ZooImage

/// What a training makes small and is judged by: the loss of one label an image, or of several tasks.
struct Objective {
    /// What is made small of one label an image.
    let loss: Loss
    /// What is made small of several tasks, in place of ``loss``.
    let tasks: MultiTaskLoss?

    /// What the settings ask for.
    ///
    /// - Parameters:
    ///   - labels: those of the training images.
    ///   - classCount: how many classes there are, where there is one label an image.
    init(_ settings: TrainingSettings, labels: [Int], classCount: Int, tasks: LabelTasks?) {
        self.tasks = tasks.map { MultiTaskLoss(settings, $0, labels: labels) }
        loss =
            tasks == nil
            ? settings.loss.balanced(settings.balance, labels: labels, classCount: classCount) : settings.loss
    }

    /// Loss and gradient of a batch.
    func evaluate(logits: Matrix, targets: Targets) -> LossResult {
        guard let tasks else { return loss.evaluate(logits: logits, targets: targets) }
        return tasks.evaluate(logits: logits, labels: targets.likeliestClasses)
    }

    /// Logits judged by plain cross-entropy.
    func judge(_ logits: Matrix, _ labels: [Int]) -> JudgedLogits {
        guard let tasks else { return JudgedLogits(logits: logits, labels: labels) }
        return JudgedLogits(logits: logits, labels: labels, by: tasks) { _ in .crossEntropy() }
    }

    /// Logits of an epoch, each as its batch found them, with what was made small.
    ///
    /// - Parameter loss: the mean loss over the batches. Of several tasks the loss is taken over the whole epoch instead:
    ///   batches have a label for a task more and less often.
    func judgeTraining(_ logits: Matrix, _ labels: [Int], loss: Double) -> JudgedLogits {
        guard let tasks else { return JudgedLogits(logits: logits, labels: labels, loss: loss) }
        return JudgedLogits(logits: logits, labels: labels, by: tasks) { tasks.losses[$0] }
    }
}
