import ZooCore
import ZooTensor

/// The sliding window that convolutions and poolings share.
struct Window {
    let kernel: Extent
    let stride: Extent
    let padding: Extent
    var dilation: Extent = 1
    /// Whether a last window that hangs over the edge counts, as `ceil_mode` in PyTorch.
    var countsPartial = false

    /// The shape of what the window gives: `N×channels×H'×W'`.
    func outputShape(of input: Shape, channels: Int) throws(ShapeMismatch) -> Shape {
        let height = Self.positions(
            input[2], kernel.height, stride.height, padding.height, dilation.height, countsPartial)
        let width = Self.positions(input[3], kernel.width, stride.width, padding.width, dilation.width, countsPartial)
        guard let height, let width else {
            throw ShapeMismatch(
                "the \(kernel) window does not fit the \(input[2])×\(input[3]) image that reaches it; use larger images"
            )
        }
        return try Shape.checked([input[0], channels, height, width])
    }

    /// How many positions a window has along one axis, or `nil` if it does not fit once.
    static func positions(
        _ size: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int, _ countsPartial: Bool
    ) -> Int? {
        let free = size + 2 * padding - dilation * (kernel - 1) - 1
        guard free >= 0 else { return nil }
        guard countsPartial else { return free / stride + 1 }
        let count = (free + stride - 1) / stride + 1
        // The last window must start inside the image or its left padding (PyTorch's pooling_output_shape).
        return (count - 1) * stride >= size + padding ? count - 1 : count
    }
}

extension Shape {
    /// The shape, or a mismatch that says it is too large.
    static func checked(_ sizes: [Int]) throws(ShapeMismatch) -> Shape {
        guard let shape = Shape(checking: sizes) else {
            throw ShapeMismatch("a tensor of sizes \(sizes) is too large")
        }
        return shape
    }

    /// Checks that this is a batch of images, of that many channels where the operation cares.
    func requireImages(channels: Int? = nil) throws(ShapeMismatch) {
        guard rank == 4 else { throw ShapeMismatch("images (N×C×H×W) are expected, the input is \(self)") }
        if let channels, self[1] != channels {
            throw ShapeMismatch("\(channels) channels are expected, the input \(self) has \(self[1])")
        }
    }
}
