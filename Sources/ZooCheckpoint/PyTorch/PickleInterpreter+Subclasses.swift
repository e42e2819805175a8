import ZooPickle
import ZooTensor

/// Tensors of subclasses, which PyTorch writes as a call of `torch._tensor._rebuild_from_type_v2`.
extension PickleInterpreter {
    /// `(function, class, the function's arguments, the attributes of the instance)`.
    mutating func rebuildFromType(_ arguments: [PickleNodeID]) throws(CheckpointError) -> CheckpointValue {
        guard arguments.count == 4, let inner = tuple(arguments[2]) else {
            throw error(.malformed, "_rebuild_from_type_v2 without its four arguments")
        }
        let function = callableName(arguments[0])
        switch function {
        case "torch._utils._rebuild_wrapper_subclass": return try wrapperSubclass(inner, state: arguments[3])
        case "torch.nested._internal.nested_tensor._rebuild_njt": return try jagged(inner)
        default: break
        }
        let tensor = try deeper { interpreter throws(CheckpointError) in try interpreter.rebuild(function, inner) }
        guard let tensor else { throw error(.unsupported, "tensors made by \(function) are not read") }
        // What else the instance keeps has no name in the checkpoint; its tensors are counted.
        let state = arguments[3]
        _ = try hidden { interpreter throws(CheckpointError) in
            try interpreter.deeper { inner throws(CheckpointError) in try inner.value(of: state) }
        }
        return tensor
    }

    /// A nested tensor of the layout `torch.jagged` (torch/nested/_internal/nested_tensor.py): its rows, one behind the
    /// other, and where each begins.
    private mutating func jagged(_ arguments: [PickleNodeID]) throws(CheckpointError) -> CheckpointValue {
        guard arguments.count == 1, case .dictionary(let given) = document[arguments[0]] else {
            throw error(.malformed, "a jagged tensor without its parts")
        }
        let parts = Dictionary(given.compactMap { pair in text(pair.key).map { ($0, pair.value) } }) { $1 }
        guard let values = parts["values"], let offsets = parts["offsets"] else {
            throw error(.malformed, "a jagged tensor without values or offsets")
        }
        var pairs: [(key: CheckpointValue, value: CheckpointValue)] = [
            (.string("values"), try named("values", values)), (.string("offsets"), try named("offsets", offsets)),
        ]
        if let lengths = parts["lengths"] {
            if case .none = document[lengths] {
            } else {
                pairs.append((.string("lengths"), try named("lengths", lengths)))
            }
        }
        let axis = parts["_ragged_idx"].flatMap { integer($0) }
        if let axis { pairs.append((.string("ragged_idx"), .int(axis))) }
        try noteComposite("torch.jagged" + (axis.map { ", ragged along axis \($0)" } ?? ""))
        pairs.append((.string("layout"), .global("torch.jagged")))
        return .dictionary(CheckpointDictionary(pairs: pairs, attributes: []))
    }

    /// A tensor that stands for others, such as a masked one: `(class, dtype, size, stride, storage offset, layout, device,
    /// requires_grad)`, and the attributes in which the class keeps the others (torch/_utils.py,
    /// `_rebuild_wrapper_subclass`).
    ///
    /// What its values are only the code of the class can tell, so it is listed as its attributes, and its own type and
    /// size are facts.
    private mutating func wrapperSubclass(
        _ arguments: [PickleNodeID], state: PickleNodeID
    ) throws(CheckpointError) -> CheckpointValue {
        guard (7...8).contains(arguments.count), let sizes = integers(arguments[2]), let shape = Shape(checking: sizes)
        else {
            throw error(.malformed, "a wrapper subclass with \(arguments.count) arguments, or an impossible size")
        }
        let type = callableName(arguments[0])
        guard case .dictionary(let attributes) = document[state] else {
            throw error(.unsupported, "a wrapper subclass (\(type)) that keeps its values in a way of its own")
        }
        try noteComposite("\(type) of \(callableName(arguments[1])), size \(shape)")
        var pairs = try keyed(attributes)
        pairs.append((.string("class"), .global(type)))
        pairs.append((.string("dtype"), .global(callableName(arguments[1]))))
        pairs.append((.string("size"), .tuple(sizes.map { .int($0) })))
        return .dictionary(CheckpointDictionary(pairs: pairs, attributes: []))
    }
}
