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
    /// Whether its values are the complex conjugates of the stored ones.
    public let isConjugated: Bool
    /// Whether its values are the stored ones with the other sign.
    public let isNegated: Bool
    /// What the integers of a quantised tensor stand for.
    public let quantisation: Quantisation?

    init(
        name: String, layout: TensorLayout, storage: String, location: String, isConjugated: Bool = false,
        isNegated: Bool = false, quantisation: Quantisation? = nil
    ) {
        self.name = name
        self.layout = layout
        self.storage = storage
        self.location = location
        self.isConjugated = isConjugated
        self.isNegated = isNegated
        self.quantisation = quantisation
    }

    /// The element type.
    public var dtype: DType { layout.dtype }
    /// The sizes of the axes.
    public var shape: Shape { layout.shape }
    /// Whether it is of PyTorch's `meta` device: a shape without values.
    public var isMeta: Bool { location == Self.metaLocation && storage.isEmpty }

    static let metaLocation = "meta"
}

/// What the integers of a quantised tensor stand for: `(integer - zero point) · scale`.
///
/// A tensor that PyTorch quantised is listed as its integers, as `Tensor.int_repr()` gives them.
public enum Quantisation: Sendable, Hashable {
    /// One scale and zero point for all elements.
    case perTensor(scale: Double, zeroPoint: Int)
    /// A scale and a zero point for each index of an axis, in the tensors of these names.
    case perChannel(axis: Int, scales: String, zeroPoints: String)
}
