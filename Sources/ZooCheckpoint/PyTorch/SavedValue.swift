public import ZooTensor

/// A value to be written into a checkpoint.
///
/// ```swift
/// let checkpoint: SavedValue = .dictionary([
///     ("state_dict", .orderedDictionary([("fc.weight", .tensor(weight)), ("fc.bias", .tensor(bias))])),
///     ("arch", .string("resnet18")), ("classes", .list([.string("ants"), .string("bees")])),
/// ])
/// ```
public indirect enum SavedValue: Sendable {
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case list([SavedValue])
    case tuple([SavedValue])
    /// Python's `dict`, with text keys.
    case dictionary([(String, SavedValue)])
    /// `collections.OrderedDict`, as PyTorch's `state_dict()` gives it.
    case orderedDictionary([(String, SavedValue)])
    case tensor(Tensor)
    /// An integer of any size, as its two's complement, least significant byte first.
    case bigInt([UInt8])
    case complex(Double, Double)
    case bytes([UInt8])
    case set([SavedValue])
    /// Python's `dict`, with keys of any kind; the state of an optimizer has numbers.
    case mapping([(key: SavedValue, value: SavedValue)])
    /// A value and the attributes that its instance has, such as an `OrderedDict` with `_metadata`.
    case attributed(SavedValue, attributes: SavedValue)
    /// One of PyTorch's element types as a value, such as `torch.float32`.
    case dtype(DType)
}
