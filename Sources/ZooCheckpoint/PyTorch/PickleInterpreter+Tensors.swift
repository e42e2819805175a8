import ZooCore
import ZooPickle
import ZooTensor

extension PickleInterpreter {
    /// The tensor that one of PyTorch's functions would rebuild, or `nil` if `name` is none of them.
    ///
    /// - Throws: ``CheckpointError``; `unsupported` for the functions that zoo knows but does not read.
    mutating func rebuild(_ name: String, _ arguments: [PickleNodeID]) throws(CheckpointError) -> CheckpointValue? {
        switch name {
        case "torch._utils._rebuild_tensor":
            return try dense(arguments, counts: 4...4)
        case "torch._utils._rebuild_tensor_v2":
            return try dense(arguments, counts: 6...7, metadata: 6)
        case "torch._utils._rebuild_tensor_v3":
            return try dense(arguments, counts: 7...8, dtype: 6, metadata: 7)
        case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
            return try wrapped(name, arguments)
        case "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer", "torch.autograd.variable.Variable":
            // PyTorch 0.1 to 0.3 wrote a parameter as a call of its class.
            return arguments.isEmpty ? nil : try wrapped(name, arguments)
        case "torch._tensor._rebuild_from_type_v2":
            return try rebuildFromType(arguments)
        default:
            let function = name.split(separator: ".").last ?? ""
            if name.hasPrefix("torch."), function.hasPrefix("_rebuild_") {
                throw error(.unsupported, "tensors made by \(name) are not read yet")
            }
            return nil
        }
    }

    /// A parameter: the tensor that is its first argument.
    private mutating func wrapped(
        _ name: String, _ arguments: [PickleNodeID]
    ) throws(CheckpointError) -> CheckpointValue {
        guard let data = arguments.first, case .tensor(let entry) = try value(of: data) else {
            throw error(.unsupported, "\(name) of something that is not a tensor is not read")
        }
        return .tensor(entry)
    }

    /// A tensor as PyTorch 0.1 pickled it: an instance of `torch.FloatTensor` or the like whose state is
    /// `(storage, offset, size, stride)`. `nil` if `name` is no such class.
    mutating func oldTensor(_ name: String, _ object: PickleObject) throws(CheckpointError) -> CheckpointValue? {
        guard let className = name.split(separator: ".").last, className.hasSuffix("Tensor"),
            name == "torch.\(className)" || name == "torch.cuda.\(className)"
        else { return nil }
        guard object.states.count == 1, let state = tuple(object.states[0]), state.count == 4 else {
            throw error(.unsupported, "an instance of \(name) without storage, offset, sizes and strides is not read")
        }
        return try dense(state, counts: 4...4)
    }

    /// A tensor of a subclass: function, class, the function's arguments, and the attributes of the instance.
    private mutating func rebuildFromType(_ arguments: [PickleNodeID]) throws(CheckpointError) -> CheckpointValue {
        guard arguments.count == 4, let inner = tuple(arguments[2]) else {
            throw error(.malformed, "_rebuild_from_type_v2 without its four arguments")
        }
        let function = callableName(arguments[0])
        let tensor = try deeper { interpreter throws(CheckpointError) in try interpreter.rebuild(function, inner) }
        guard let tensor else { throw error(.unsupported, "tensors made by \(function) are not read") }
        return tensor
    }

    /// `(storage, offset, size, stride, requires_grad, hooks, [dtype], [metadata])`, torch/_utils.py.
    private mutating func dense(
        _ arguments: [PickleNodeID], counts: ClosedRange<Int>, dtype dtypeIndex: Int? = nil, metadata: Int? = nil
    ) throws(CheckpointError) -> CheckpointValue {
        guard counts.contains(arguments.count) else {
            throw error(.malformed, "a tensor with \(arguments.count) arguments")
        }
        guard case .persistent(let content) = document[arguments[0]] else {
            throw error(.malformed, "a tensor whose storage is \(document[arguments[0]].kindName)")
        }
        let reference = try storage(content)
        guard let offset = integer(arguments[1]), let sizes = integers(arguments[2]),
            let strides = integers(arguments[3])
        else { throw error(.malformed, "offset, sizes or strides of a tensor are not integers") }
        guard let shape = Shape(checking: sizes) else {
            throw error(.malformed, "the shape \(sizes) is impossible")
        }
        if let metadata, metadata < arguments.count { try checkMetadata(arguments[metadata]) }
        let dtype = try elementType(reference.storage, arguments, dtypeIndex)
        let layout = try layout(dtype, shape, strides: strides, offset: offset, in: reference)
        return found(layout, in: reference.storage)
    }

    private func elementType(
        _ storage: DeclaredStorage, _ arguments: [PickleNodeID], _ index: Int?
    ) throws(CheckpointError) -> DType {
        if let index {
            guard case .global(let global) = document[arguments[index]] else {
                throw error(.malformed, "the dtype of a tensor is \(document[arguments[index]].kindName)")
            }
            let name = PyTorchNames.fullName(global)
            guard let dtype = PyTorchNames.dtype(name) else {
                throw error(.unsupported, "tensors of the type \(name) are not read")
            }
            return dtype
        }
        switch storage.type {
        case .typed(let dtype): return dtype
        case .untyped: return .uint8
        }
    }

    /// The layout of a tensor in its storage, which must be large enough.
    private func layout(
        _ dtype: DType, _ shape: Shape, strides: [Int], offset: Int, in reference: StorageReference
    ) throws(CheckpointError) -> TensorLayout {
        let storage = reference.storage
        do {
            let own = try TensorLayout(dtype: dtype, shape: shape, strides: strides, offset: offset)
            let available = reference.view.count * storage.type.itemSize
            guard own.requiredByteCount <= available else {
                throw error(
                    .malformed,
                    "storage '\(storage.key)' has \(available) bytes, \(dtype.name) \(shape) with strides \(strides) "
                        + "and offset \(offset) needs \(own.requiredByteCount)",
                    torch: "Trying to resize storage that is not resizable")
            }
            guard reference.view.lowerBound > 0 else { return own }
            guard storage.type.itemSize == dtype.itemSize else {
                throw error(.unsupported, "a \(dtype.name) view of a part of a storage of another type")
            }
            // An empty tensor may point anywhere, so the sum needs a check.
            guard let whole = Checked.add(offset, reference.view.lowerBound) else {
                throw error(.malformed, "the offset \(offset) is impossible")
            }
            return try TensorLayout(dtype: dtype, shape: shape, strides: strides, offset: whole)
        } catch let error as CheckpointError {
            throw error
        } catch let problem as TensorError {
            throw error(.malformed, problem.message)
        } catch {
            throw self.error(.malformed, "\(error)")
        }
    }

    /// `{"conj": True}` and `{"neg": True}` say that the stored values are not the tensor's own.
    private func checkMetadata(_ id: PickleNodeID) throws(CheckpointError) {
        switch document[id] {
        case .none: return
        case .dictionary(let pairs):
            for pair in pairs {
                guard case .bool(false) = document[pair.value] else {
                    throw error(
                        .unsupported, "a lazily conjugated or negated tensor ('\(text(pair.key) ?? "?")') is not read")
                }
            }
        default: throw error(.malformed, "the metadata of a tensor are \(document[id].kindName)")
        }
    }

    /// Integers in a tuple, a list or a `torch.Size`.
    private func integers(_ id: PickleNodeID) -> [Int]? {
        switch document[id] {
        case .tuple(let items), .list(let items):
            let numbers = items.compactMap { integer($0) }
            return numbers.count == items.count ? numbers : nil
        case .object(let object) where callableName(object.callable) == "torch.Size":
            guard let first = tuple(object.arguments)?.first else { return [] }
            let items = elements(first)
            let numbers = items.compactMap { integer($0) }
            return numbers.count == items.count ? numbers : nil
        default: return nil
        }
    }
}
