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
        case "torch._utils._rebuild_qtensor":
            return try quantised(arguments)
        case "torch._utils._rebuild_sparse_tensor":
            return try sparse(arguments)
        case "torch._utils._rebuild_nested_tensor":
            return try components(
                ["values", "sizes", "strides", "storage_offsets"], arguments, layout: .string("nested"))
        case "torch._utils._rebuild_meta_tensor_no_storage":
            return try meta(arguments)
        case "torch._utils._rebuild_device_tensor_from_numpy", "torch._utils._rebuild_device_tensor_from_cpu_tensor",
            "torch._utils._rebuild_xla_tensor":
            return try onDevice(name, arguments)
        case "torch._utils._rebuild_wrapper_subclass":
            // Its tensors are in the state, which only _rebuild_from_type_v2 has.
            let type = arguments.first.map { callableName($0) } ?? "?"
            throw error(
                .unsupported, "a wrapper subclass (\(type)) without the attributes in which it keeps its values")
        default:
            let function = name.split(separator: ".").last ?? ""
            if name.hasPrefix("torch."), function.hasPrefix("_rebuild_") {
                throw error(.unsupported, "tensors made by \(name) are not read")
            }
            return nil
        }
    }

    /// A parameter: the tensor, or the parts of one, that are its first argument.
    private mutating func wrapped(
        _ name: String, _ arguments: [PickleNodeID]
    ) throws(CheckpointError) -> CheckpointValue {
        guard let data = arguments.first else { throw error(.malformed, "\(name) without a tensor") }
        let value = try value(of: data)
        switch value {
        case .tensor, .dictionary, .object: return value
        default: throw error(.malformed, "\(name) of something that is not a tensor")
        }
    }

    /// A tensor as PyTorch 0.1 pickled it: an instance of `torch.FloatTensor` or the like whose state is
    /// `(storage, offset, size, stride)`. `nil` if `name` is no such class.
    mutating func oldTensor(_ name: String, _ object: PickleObject) throws(CheckpointError) -> CheckpointValue? {
        if name == "torch.nn.parameter.Parameter" || name == "torch.autograd.variable.Variable",
            let state = object.states.first.flatMap({ tuple($0) }), let data = state.first
        {
            // Its other parts are the gradient and what made it.
            return try wrapped(name, [data])
        }
        guard let className = name.split(separator: ".").last, className.hasSuffix("Tensor"),
            name == "torch.\(className)" || name == "torch.cuda.\(className)"
        else { return nil }
        guard object.states.count == 1, let state = tuple(object.states[0]), state.count == 4 else {
            throw error(.unsupported, "an instance of \(name) without storage, offset, sizes and strides is not read")
        }
        return try dense(state, counts: 4...4)
    }

    /// Where an element-wise tensor lies, before it is noted.
    struct Placed {
        let layout: TensorLayout
        let storage: DeclaredStorage
    }

    /// `(storage, offset, size, stride, requires_grad, hooks, [dtype], [metadata])`, torch/_utils.py.
    private mutating func dense(
        _ arguments: [PickleNodeID], counts: ClosedRange<Int>, dtype dtypeIndex: Int? = nil, metadata: Int? = nil
    ) throws(CheckpointError) -> CheckpointValue {
        guard counts.contains(arguments.count) else {
            throw error(.malformed, "a tensor with \(arguments.count) arguments")
        }
        let bits = try metadata.flatMap { $0 < arguments.count ? arguments[$0] : nil }.map(lazyBits) ?? (false, false)
        let placed = try place(arguments, dtype: dtypeIndex)
        return try note(
            TensorEntry(
                name: place, layout: placed.layout, storage: placed.storage.key, location: placed.storage.location,
                isConjugated: bits.0, isNegated: bits.1))
    }

    /// `(storage, offset, size, stride, …)`, checked against the storage.
    mutating func place(_ arguments: [PickleNodeID], dtype dtypeIndex: Int?) throws(CheckpointError) -> Placed {
        let reference = try reference(arguments[0])
        guard let offset = integer(arguments[1]), let sizes = integers(arguments[2]),
            let strides = integers(arguments[3])
        else { throw error(.malformed, "offset, sizes or strides of a tensor are not integers") }
        guard let shape = Shape(checking: sizes) else {
            throw error(.malformed, "the shape \(sizes) is impossible")
        }
        let dtype = try elementType(reference.storage, arguments, dtypeIndex)
        let layout = try layout(dtype, shape, strides: strides, offset: offset, in: reference)
        return Placed(layout: layout, storage: reference.storage)
    }

    /// The storage that is the first argument of a tensor.
    private mutating func reference(_ id: PickleNodeID) throws(CheckpointError) -> StorageReference {
        switch document[id] {
        case .persistent(let content): return try storage(content)
        case .object(let object) where callableName(object.callable) == "torch.storage._load_from_bytes":
            guard let content = tuple(object.arguments)?.first else { break }
            return try embeddedStorage(content)
        default: break
        }
        throw error(.malformed, "a tensor whose storage is \(document[id].kindName)")
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
            if dtype.elementsPerByte > 1 {
                let bytes = try TensorLayout(dtype: .uint8, shape: shape, strides: strides, offset: offset)
                guard bytes.isContiguous, offset + reference.view.lowerBound == 0 else {
                    throw error(
                        .unsupported, "a view of \(dtype.name) elements, of which a byte holds several, is not read")
                }
            }
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

    /// `{"conj": True}` and `{"neg": True}`: the stored values are not the tensor's own.
    private func lazyBits(_ id: PickleNodeID) throws(CheckpointError) -> (isConjugated: Bool, isNegated: Bool) {
        guard case .dictionary(let pairs) = document[id] else {
            if case .none = document[id] { return (false, false) }
            throw error(.malformed, "the metadata of a tensor are \(document[id].kindName)")
        }
        var bits = (isConjugated: false, isNegated: false)
        for pair in pairs {
            guard case .bool(let isSet) = document[pair.value] else {
                throw error(.unsupported, "a tensor with the metadata '\(text(pair.key) ?? "?")' is not read")
            }
            switch text(pair.key) {
            case "conj": bits.isConjugated = isSet
            case "neg": bits.isNegated = isSet
            default:
                if isSet { throw error(.unsupported, "a tensor with the bit '\(text(pair.key) ?? "?")' is not read") }
            }
        }
        return bits
    }

    /// Integers in a tuple, a list or a `torch.Size`.
    func integers(_ id: PickleNodeID) -> [Int]? {
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
