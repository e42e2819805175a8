import ZooTensor

/// A class token and after it the pixels of an image, row by row, plus a learnt number for each channel of each.
///
/// `y[n, c, 0, 0] = token[c] + positions[c, 0]` and `y[n, c, 0, 1 + i·W + j] = x[n, c, i, j] + positions[c, 1 + i·W + j]`.
///
/// Inputs `N×C×H×W`, the token `1×C×1×1` and the positions `1×C×1×(1 + H·W)`; output `N×C×1×(1 + H·W)`.
public struct TokenSequence: Operator {
    /// `H×W`: positions are learnt for one size of images.
    public let size: Extent
    /// How many pixels of the network's images each pixel stands for, along both axes; for messages.
    public let patch: Int

    /// Creates the operation.
    ///
    /// - Precondition: all sizes are positive.
    public init(size: Extent, patch: Int) {
        precondition(min(size.height, size.width, patch) > 0, "sizes")
        self.size = size
        self.patch = patch
    }

    /// `1 + H·W`.
    public var length: Int { 1 + size.height * size.width }

    var name: String { "token sequence" }
    var inputCount: Int { 3 }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        let (images, token, positions) = (inputs[0], inputs[1], inputs[2])
        try images.requireImages()
        guard images[2] == size.height, images[3] == size.width else {
            throw ShapeMismatch(
                "the network takes images of \(size.height * patch)×\(size.width * patch) pixels only, because it learnt a "
                    + "position for each of their \(size) patches; there are \(images[2])×\(images[3])")
        }
        guard token == [1, images[1], 1, 1], positions == [1, images[1], 1, length] else {
            throw ShapeMismatch("a token \(token) and positions \(positions) do not fit patches \(images)")
        }
        return try Shape.checked([images[0], images[1], 1, length])
    }
}
