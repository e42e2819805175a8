internal import ZooRegistry

extension Augmentation {
    /// Named selections of steps, from nothing to much.
    public enum Preset: String, Sendable, Hashable, CaseIterable {
        /// Nothing.
        case none
        /// Flips and mild crops.
        case light
        /// torchvision's reference recipe: random resized crops and flips.
        case standard
        /// The same with TrivialAugment and erasing, as in torchvision's newer recipes.
        case strong

        /// What the preset does to images that are prepared by `preprocessing`.
        ///
        /// A preprocessing that does not resize belongs to small images of one size, such as CIFAR's 32×32, where a
        /// resized part would be all blur: they are shifted by a few pixels instead.
        func steps(for preprocessing: Preprocessing) -> [Step] {
            let isResized = preprocessing.resize != nil
            let framing: Step
            switch self {
            case .none: return []
            case .light: framing = isResized ? .resizedCrop(ResizedCrop(scale: 0.5...1)) : .crop(padding: 2)
            case .standard, .strong: framing = isResized ? .resizedCrop(ResizedCrop()) : .crop(padding: 4)
            }
            let simple = [framing, .horizontalFlip(probability: 0.5)]
            guard self == .strong else { return simple }
            let sampling = AffineSampling(interpolation: isResized ? .bilinear : .nearest)
            return simple + [.trivialAugment(sampling), .erasing(Erasing(probability: 0.1))]
        }
    }
}
