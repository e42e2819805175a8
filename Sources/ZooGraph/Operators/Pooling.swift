import ZooTensor

/// The largest value of each window, as `torch.nn.MaxPool2d`. Padding never wins.
///
/// Input `N×C×H×W`, output `N×C×H'×W'`.
public struct MaxPool: Operator {
    /// The window.
    public let kernel: Extent
    /// The step between windows.
    public let stride: Extent
    /// Rows and columns added at each side; at most half the window.
    public let padding: Extent
    /// Whether a last window that hangs over the edge counts (`ceil_mode`).
    public let countsPartial: Bool

    /// Creates the layer.
    ///
    /// - Precondition: sizes are positive, padding is at most half the window, as PyTorch demands.
    public init(kernel: Extent, stride: Extent, padding: Extent = 0, countsPartial: Bool = false) {
        requireWindow(kernel, stride, padding)
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.countsPartial = countsPartial
    }

    var name: String { "max pool" }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        let window = Window(kernel: kernel, stride: stride, padding: padding, countsPartial: countsPartial)
        try inputs[0].requireImages()
        return try window.outputShape(of: inputs[0], channels: inputs[0][1])
    }
}

/// The mean of each window, as `torch.nn.AvgPool2d`.
///
/// Input `N×C×H×W`, output `N×C×H'×W'`.
public struct AveragePool: Operator {
    /// The window.
    public let kernel: Extent
    /// The step between windows.
    public let stride: Extent
    /// Rows and columns of zeros added at each side; at most half the window.
    public let padding: Extent
    /// Whether the zeros of the padding count as elements (`count_include_pad`, PyTorch's default).
    public let countsPadding: Bool

    /// Creates the layer.
    ///
    /// - Precondition: sizes are positive, padding is at most half the window, as PyTorch demands.
    public init(kernel: Extent, stride: Extent, padding: Extent = 0, countsPadding: Bool = true) {
        requireWindow(kernel, stride, padding)
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.countsPadding = countsPadding
    }

    var name: String { "average pool" }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        let window = Window(kernel: kernel, stride: stride, padding: padding)
        try inputs[0].requireImages()
        return try window.outputShape(of: inputs[0], channels: inputs[0][1])
    }
}

/// The mean of every channel, as `torch.nn.AdaptiveAvgPool2d(1)`: `N×C×H×W` becomes `N×C×1×1`.
public struct GlobalAveragePool: Operator {
    /// Creates the layer.
    public init() {}

    var name: String { "global average pool" }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        try inputs[0].requireImages()
        return [inputs[0][0], inputs[0][1], 1, 1]
    }
}

private func requireWindow(_ kernel: Extent, _ stride: Extent, _ padding: Extent) {
    precondition(min(kernel.height, kernel.width, stride.height, stride.width) > 0, "sizes")
    precondition(0...kernel.height / 2 ~= padding.height && 0...kernel.width / 2 ~= padding.width, "padding")
}
