/// Which head takes the place of a network's output layer.
public enum HeadChoice: Sendable {
    /// A linear layer, trained by steps along the gradient of the loss of the settings.
    case linear
    /// Two layers with so many numbers between them, trained in the same way; see ``MLPHead``.
    case mlp(hiddenCount: Int)
    /// A linear layer of directions, trained in the same way; see ``CosineHead``.
    case cosine(scale: Float)
    /// A head that is made in one go: ``LogisticRegression``, ``LinearSVM``, ``NearestMean``, ``NearestNeighbours``, or
    /// one of your own.
    case fitted(any HeadMethod)

    /// Whether it is trained by steps, epoch by epoch, so that learning rates, losses and epochs mean something.
    public var isStepped: Bool { if case .fitted = self { false } else { true } }

    /// Whether what it makes is a linear layer, or two, that a network can have as its output layer.
    ///
    /// - Parameter hasBias: Whether the network's output layer has a bias, which linear heads that are made in one go need.
    public func isLayer(hasBias: Bool) -> Bool {
        switch self {
        case .linear, .mlp: true
        case .cosine: false
        case .fitted(let method): hasBias && method.headType == LinearHead.self
        }
    }
}

extension HeadChoice: Hashable {
    /// Whether both make the same head of the same features.
    public static func == (left: HeadChoice, right: HeadChoice) -> Bool {
        switch (left, right) {
        case (.linear, .linear): true
        case (.mlp(let left), .mlp(let right)): left == right
        case (.cosine(let left), .cosine(let right)): left == right
        case (.fitted(let left), .fitted(let right)): AnyHashable(left) == AnyHashable(right)
        default: false
        }
    }

    /// Hashes the kind of head and its settings.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .linear: hasher.combine(0)
        case .mlp(let count): hasher.combine(count)
        case .cosine(let scale): hasher.combine(scale)
        case .fitted(let method): hasher.combine(AnyHashable(method))
        }
    }
}

extension HeadMethod {
    /// What it makes.
    var headType: any FeatureHead.Type { Head.self }
}
