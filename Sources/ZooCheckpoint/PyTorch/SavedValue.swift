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
}
