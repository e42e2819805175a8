/// What a classifier is trained to make small.
///
/// ```swift
/// let result = Loss.crossEntropy(smoothing: 0.1).evaluate(logits: logits, targets: .classes(labels))
/// try plan.backward(result.gradient.values.span)
/// ```
///
/// Losses and gradients are computed in float64 and are PyTorch's to 1e-6, for the mean that `reduction="mean"` takes.
public enum Loss: Sendable, Hashable {
    /// `torch.nn.CrossEntropyLoss`: −Σ q·log softmax.
    ///
    /// q is the target with `smoothing` of it spread evenly over all classes, each class times its weight. The mean is
    /// over the weights of the rows' classes; over the rows where targets are shares.
    case crossEntropy(smoothing: Double = 0, classWeights: [Float]? = nil)
    /// The focal loss of softmax: −Σ q·(1 − p)^γ·log p, p the softmax.
    ///
    /// q and the mean are those of ``crossEntropy(smoothing:classWeights:)``, which it is where γ is 0. What the network
    /// is sure of counts less. Source: Lin et al., *Focal Loss for Dense Object Detection* (2017), with softmax in place
    /// of the sigmoid; PyTorch has no such loss.
    case focal(gamma: Double = 2, smoothing: Double = 0, classWeights: [Float]? = nil)
    /// timm's `BinaryCrossEntropy`: each class is a question of its own, answered by a sigmoid.
    ///
    /// Of a class label, `smoothing` is spread over all classes first; shares are taken as they are. `positiveWeights`
    /// (one for each class, or one for all) count the positive answers, as `pos_weight` of
    /// `torch.nn.BCEWithLogitsLoss`. The mean is over rows and classes.
    case binaryCrossEntropy(smoothing: Double = 0, positiveWeights: [Float]? = nil)
    /// `torchvision.ops.sigmoid_focal_loss`: each class is a question of its own, answered by a sigmoid.
    ///
    /// Positive answers count `alpha`, negative ones 1 − `alpha`; both 1 without it. The mean is over rows and classes.
    case sigmoidFocal(alpha: Double? = 0.25, gamma: Double = 2)
    /// One of your own; see ``custom(_:)``.
    case own(AnyLossFunction)

    /// Loss, hits and gradient of a batch.
    ///
    /// - Parameters:
    ///   - logits: `N × classes`.
    ///   - targets: what the rows should be taken for.
    /// - Precondition: There are as many targets as rows, for as many classes; so are the weights.
    /// - Complexity: O(N · classes).
    public func evaluate(logits: Matrix, targets: Targets) -> LossResult {
        targets.requireFit(logits)
        switch self {
        case .crossEntropy(let smoothing, let weights):
            return SoftmaxLoss(gamma: 0, smoothing: smoothing, classWeights: weights).evaluate(logits, targets)
        case .focal(let gamma, let smoothing, let weights):
            return SoftmaxLoss(gamma: gamma, smoothing: smoothing, classWeights: weights).evaluate(logits, targets)
        case .binaryCrossEntropy(let smoothing, let weights):
            return SigmoidLoss(smoothing: smoothing, positiveWeights: weights).evaluate(logits, targets)
        case .sigmoidFocal(let alpha, let gamma):
            return SigmoidLoss(alpha: alpha, gamma: gamma).evaluate(logits, targets)
        case .own(let loss): return loss.function.evaluate(logits: logits, targets: targets)
        }
    }

    /// Weights that make up for classes of different sizes: Σ counts / (classes · count), as scikit-learn's "balanced".
    ///
    /// The mean weight of an image is 1. A class without images gets 0, and does not count as a class.
    public static func balancedWeights(counts: [Int]) -> [Float] {
        let total = Double(counts.reduce(0, +))
        let present = Double(counts.count { $0 > 0 })
        return counts.map { $0 > 0 ? Float(total / (present * Double($0))) : 0 }
    }
}

/// What one batch gives.
public struct LossResult: Sendable {
    /// The sum of the losses of the rows, each as often as it counts.
    public let lossSum: Double
    /// How much the rows count together; what the mean divides by. The number of rows, unless classes have weights or
    /// each class of a row is a question of its own.
    public let weight: Double
    /// How many rows have their largest logit at the right class, or that of the largest share; the first of equal ones
    /// counts.
    public let correctCount: Int
    /// The derivative of ``mean`` by each logit, `N × classes`.
    public let gradient: Matrix

    /// The mean loss, 0 if nothing counts.
    public var mean: Double { weight > 0 ? lossSum / weight : 0 }
}
