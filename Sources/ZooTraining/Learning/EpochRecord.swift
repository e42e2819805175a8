/// What one epoch gave.
public struct EpochRecord: Sendable, Hashable, Codable {
    /// The number of the epoch, from 1.
    public let epoch: Int
    /// The mean loss over the epoch, each batch before its step, with smoothing, weights and mixing.
    public let trainLoss: Double
    /// The share of training images that were right, each batch before its step.
    public let trainAccuracy: Double
    /// The mean cross-entropy of the validation images after the epoch.
    public let valLoss: Double
    /// The share of validation images that are right after the epoch.
    public let valAccuracy: Double
    /// The step size of each parameter group in the epoch's last step.
    public let learningRates: [String: Float]
    /// How long the epoch took.
    public let seconds: Double
    /// More about the training images, each as its batch found them.
    public let train: ClassificationMetrics
    /// More about the validation images.
    public let val: ClassificationMetrics
    /// How often training images of each true class (rows) were taken for each class (columns).
    public let trainConfusion: [[Int]]
    /// The same of the validation images.
    public let valConfusion: [[Int]]
    /// The tasks of a training with several; `nil` where an image has one label. With several, losses above are weighted sums
    /// over the tasks and accuracies means over them; ``train`` and ``val`` have the classes of all tasks, one task after the
    /// other, and so have the confusion matrices, which are blocks along the diagonal.
    public var tasks: [TaskRecord]?
}

/// What one epoch gave for one of several tasks.
public struct TaskRecord: Sendable, Hashable, Codable {
    /// The name of the task.
    public let name: String
    /// The mean loss over the training images that have a label for it, without the task's weight.
    public let trainLoss: Double
    /// The share of them that were right.
    public let trainAccuracy: Double
    /// The mean cross-entropy of the validation images that have a label for it.
    public let valLoss: Double
    /// The share of them that are right.
    public let valAccuracy: Double
    /// More about those training images.
    public let train: ClassificationMetrics
    /// More about those validation images.
    public let val: ClassificationMetrics
}
