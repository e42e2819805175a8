/// What a network expects of one entry of its state dict.
public struct TensorSpec: Sendable, Hashable {
    /// PyTorch's name, such as `layer1.0.conv1.weight`.
    public let name: String
    /// The expected sizes.
    public let shape: Shape
    /// Whether the network runs without it: `num_batches_tracked`, which PyTorch writes and never needs for inference.
    public let isOptional: Bool

    /// Creates the expectation.
    public init(name: String, shape: Shape, isOptional: Bool = false) {
        self.name = name
        self.shape = shape
        self.isOptional = isOptional
    }
}
