/// How a network, or its head, is trained: everything that decides the result besides the network and the images.
public struct TrainingSettings: Sendable, Hashable {
    /// How many times the training images are seen.
    public var epochs = 20
    /// How many images go through the network at a time.
    public var batchSize = 64
    /// How many batches make one step of the optimiser.
    public var accumulation = 1
    /// What new weights, the order of the images, augmentation and dropout follow from.
    public var seed: UInt64 = 0
    /// How much of the learning rate each layer gets.
    public var rates = LearningRates(base: 0.01)
    /// How parameters are moved; the learning rate in it does not count.
    public var rule = UpdateRule.sgd(SGD.Options(learningRate: 0, momentum: 0.9, weightDecay: 0))
    /// Whether L-BFGS takes the place of ``rule``: for a head on fixed features only, which it sees all at once.
    public var usesLBFGS = false
    /// How the learning rate grows at first and changes then.
    public var plan = LearningRatePlan()
    /// What is made small.
    public var loss = Loss.crossEntropy()
    /// How much the loss of each of several tasks counts, by its name; 1 where nothing is said.
    public var taskWeights: [String: Double] = [:]
    /// Whether and how classes of different sizes are made up for; of several tasks the sampler draws combinations as often
    /// as each other, and weights are those of each task's classes.
    public var balance = ClassBalance.none
    /// What keeps the weights small or near their start, besides the weight decay of ``rule``.
    public var penalties = Regulariser.Strengths()
    /// What keeps gradients small.
    public var clipping: GradientClipping?
    /// How weights are averaged over the steps; the averages are judged and kept, training goes on with the others.
    public var averaging: WeightAverage.Rule?
    /// The share of the head's inputs that is dropped while training.
    public var dropout = 0.0
    /// After so many epochs without a better one the training ends; `nil` to go through all.
    public var patience: Int?
    /// Whether the parameters of the last epoch are kept instead of the best one's: where there are no images left to judge
    /// epochs by.
    public var keepsLastEpoch = false
    /// How mixed images are made.
    public var mixing = BatchMixing()

    /// The defaults of `zoo finetune`.
    public init() {}
}

/// How classes of different sizes are made up for.
public enum ClassBalance: String, Sendable, Hashable, CaseIterable {
    /// Not at all: every image is seen once an epoch.
    case none
    /// Images are drawn, with replacement, so that every class is seen as often, as with PyTorch's
    /// `WeightedRandomSampler`.
    case sampler
    /// Images of small classes count more in the loss.
    case weights
}

extension Loss {
    /// The same loss with weights that make up for classes of different sizes, where that was asked for.
    func balanced(_ balance: ClassBalance, labels: [Int], classCount: Int) -> Loss {
        guard balance == .weights else { return self }
        var counts = Array(repeating: 0, count: classCount)
        for label in labels { counts[label] += 1 }
        let weights = Loss.balancedWeights(counts: counts)
        switch self {
        case .crossEntropy(let smoothing, _): return .crossEntropy(smoothing: smoothing, classWeights: weights)
        case .focal(let gamma, let smoothing, _):
            return .focal(gamma: gamma, smoothing: smoothing, classWeights: weights)
        case .binaryCrossEntropy, .sigmoidFocal, .own: return self
        }
    }
}
