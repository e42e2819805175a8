import ZooTensor

/// The mean of each of `height×width` windows that cover the image, as `torch.nn.AdaptiveAvgPool2d`.
///
/// Window `i` along an axis of size `n` goes from `⌊i·n/m⌋` to `⌈(i+1)·n/m⌉` (exclusive) for `m` windows, so windows
/// overlap where `m` does not divide `n`, and repeat where `n` is smaller.
///
/// Input `N×C×H×W`, output `N×C×height×width`.
public struct AdaptiveAveragePool: Operator {
    /// How many windows there are along each axis.
    public let size: Extent

    /// Creates the layer.
    ///
    /// - Precondition: both sizes are positive.
    public init(_ size: Extent) {
        precondition(min(size.height, size.width) > 0, "sizes")
        self.size = size
    }

    var name: String { "adaptive average pool" }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        try inputs[0].requireImages()
        return try Shape.checked([inputs[0][0], inputs[0][1], size.height, size.width])
    }

    /// The positions that window `index` of `count` covers on an axis of `size`.
    public static func window(_ index: Int, of count: Int, size: Int) -> Range<Int> {
        index * size / count..<((index + 1) * size + count - 1) / count
    }
}
