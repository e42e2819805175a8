public import ZooTensor

/// A tensor of a checkpoint, described without its values.
public struct TensorEntry: Sendable, Hashable {
    /// The keys and indices that lead to it, joined with `.`; empty if it is the whole checkpoint.
    public let name: String
    /// Element type, sizes, strides and offset.
    public let layout: TensorLayout
    /// The storage that it is a view of; tensors with the same key share their elements.
    public let storage: String
    /// The device on which PyTorch had it, such as `cpu` or `cuda:0`.
    public let location: String

    /// The element type.
    public var dtype: DType { layout.dtype }
    /// The sizes of the axes.
    public var shape: Shape { layout.shape }
}
