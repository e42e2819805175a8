public import ZooTensor

/// Numbers of the checkpoint as one image: class tokens, position embeddings, tables of position biases.
///
/// No input, output `1×C×H×W`. The parameter has PyTorch's shape, whose last axis is `C` and whose other axes hold the
/// pixels row by row.
public struct LearntMap: Operator {
    /// The last part of the parameter's name: `pos_embedding`.
    public let parameter: String
    /// The parameter's shape.
    public let shape: Shape
    /// `H×W`.
    public let size: Extent
    /// Whether the numbers are learnt; otherwise they are a buffer that the checkpoint holds.
    public let isTrained: Bool

    /// Creates the operation.
    ///
    /// - Precondition: `shape` has `H·W` pixels.
    public init(_ parameter: String, _ shape: Shape, size: Extent, isTrained: Bool = true) {
        precondition(shape.rank > 0 && shape.sizes.dropLast().reduce(1, *) == size.height * size.width, "pixels")
        self.parameter = parameter
        self.shape = shape
        self.size = size
        self.isTrained = isTrained
    }

    /// `C`.
    public var channels: Int { shape[shape.rank - 1] }

    var name: String { "learnt map" }
    var inputCount: Int { 0 }
    var parameters: [Parameter] { [Parameter(parameter, shape, isTrained ? .trained : .statistic)] }

    func outputShape(_ inputs: [Shape]) throws(ShapeMismatch) -> Shape {
        try Shape.checked([1, channels, size.height, size.width])
    }
}
