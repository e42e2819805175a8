/// What a network learns from images that nobody labelled, before it learns what is wanted.
public enum PretextTask: Sendable, Hashable {
    /// By how many right angles an image is turned: four classes, cross-entropy, the four turns of an image in one batch.
    ///
    /// Source: Gidaris et al., *Unsupervised Representation Learning by Predicting Image Rotations* (2018).
    case rotation
    /// That two views of an image are of the same image.
    ///
    /// Source: Chen and He, *Exploring Simple Siamese Representation Learning* (2021).
    case simSiam(SiameseLayers)
}

/// The sizes of the layers behind a network that learns from two views of an image.
public struct SiameseLayers: Sendable, Hashable {
    /// How many numbers the projection of an image has.
    public var projection: Int
    /// How many the prediction's hidden layer has.
    public var bottleneck: Int

    /// Sizes; the paper's by default.
    ///
    /// - Precondition: both are positive.
    public init(projection: Int = 2048, bottleneck: Int = 512) {
        precondition(projection > 0 && bottleneck > 0, "layers have at least one output")
        self.projection = projection
        self.bottleneck = bottleneck
    }
}
