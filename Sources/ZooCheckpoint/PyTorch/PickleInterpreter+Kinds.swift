import ZooPickle
import ZooTensor

/// Tensors that are more, or less, than a view of a storage.
extension PickleInterpreter {
    /// `(storage, offset, size, stride, quantiser, requires_grad, hooks)`, where the quantiser is
    /// `(torch.per_tensor_affine, scale, zero point)` or `(torch.per_channel_affine, scales, zero points, axis)`.
    mutating func quantised(_ arguments: [PickleNodeID]) throws(CheckpointError) -> CheckpointValue {
        guard arguments.count == 7, let quantiser = tuple(arguments[4]), let scheme = quantiser.first else {
            throw error(.malformed, "a quantised tensor with \(arguments.count) arguments")
        }
        let placed = try place(arguments, dtype: nil)
        guard [.qint8, .quint8, .qint32, .quint4x2, .quint2x4].contains(placed.layout.dtype) else {
            throw error(.malformed, "a quantised tensor of \(placed.layout.dtype.name)")
        }
        let quantisation: Quantisation
        switch (callableName(scheme), quantiser.count) {
        case ("torch.per_tensor_affine", 3):
            guard let scale = number(quantiser[1]), let zeroPoint = integer(quantiser[2]) else {
                throw error(.malformed, "scale and zero point of a quantised tensor are no numbers")
            }
            quantisation = .perTensor(scale: scale, zeroPoint: zeroPoint)
        case ("torch.per_channel_affine", 4), ("torch.per_channel_affine_float_qparams", 4):
            guard let axis = integer(quantiser[3]), placed.layout.shape.sizes.indices.contains(axis) else {
                throw error(.malformed, "the axis of a quantised tensor is none of its own")
            }
            let count = placed.layout.shape[axis]
            quantisation = .perChannel(
                axis: axis, scales: try channels("scales", quantiser[1], count),
                zeroPoints: try channels("zero_points", quantiser[2], count))
        case (let name, _): throw error(.unsupported, "tensors quantised as \(name) are not read")
        }
        return try note(
            TensorEntry(
                name: place, layout: placed.layout, storage: placed.storage.key, location: placed.storage.location,
                quantisation: quantisation))
    }

    /// The name of the tensor with a number for each channel, which is listed beside the quantised one.
    private mutating func channels(
        _ name: String, _ id: PickleNodeID, _ count: Int
    ) throws(CheckpointError) -> String {
        guard case .tensor(let entry) = try named(name, id) else {
            throw error(.unsupported, "a quantised tensor whose \(name) are no tensor")
        }
        guard entry.shape.sizes == [count] else {
            throw error(.malformed, "\(entry.shape) \(name) for \(count) channels")
        }
        return entry.name
    }

    /// `(layout, (indices, values, size, …))`: the components become tensors of their own names.
    mutating func sparse(_ arguments: [PickleNodeID]) throws(CheckpointError) -> CheckpointValue {
        guard arguments.count == 2, let data = tuple(arguments[1]) else {
            throw error(.malformed, "a sparse tensor with \(arguments.count) arguments")
        }
        let layout = layoutName(arguments[0])
        let names: [String]
        switch layout {
        case "torch.sparse_coo": names = ["indices", "values"]
        case "torch.sparse_csr", "torch.sparse_bsr": names = ["crow_indices", "col_indices", "values"]
        case "torch.sparse_csc", "torch.sparse_bsc": names = ["ccol_indices", "row_indices", "values"]
        default: throw error(.unsupported, "tensors of the layout \(layout) are not read")
        }
        guard data.count > names.count, let sizes = integers(data[names.count]), let shape = Shape(checking: sizes)
        else { throw error(.malformed, "a sparse tensor without its components and its size") }
        try noteComposite("\(layout) of size \(shape)")
        return try components(names, data, layout: .global(layout), size: sizes)
    }

    /// `torch.sparse_csr` and the like, which PyTorch writes as `_get_layout("torch.sparse_csr")`.
    private func layoutName(_ id: PickleNodeID) -> String {
        guard case .object(let object) = document[id], let name = tuple(object.arguments)?.first.flatMap({ text($0) }),
            callableName(object.callable) == "torch.serialization._get_layout"
        else { return callableName(id) }
        return name
    }

    /// A tensor that consists of others, as a dictionary of them.
    mutating func components(
        _ names: [String], _ ids: [PickleNodeID], layout: CheckpointValue, size: [Int]? = nil
    ) throws(CheckpointError) -> CheckpointValue {
        guard ids.count >= names.count else { throw error(.malformed, "\(ids.count) components of a tensor") }
        var pairs: [(key: CheckpointValue, value: CheckpointValue)] = []
        for (name, id) in zip(names, ids) {
            pairs.append((.string(name), try named(name, id)))
        }
        if let size { pairs.append((.string("size"), .tuple(size.map { .int($0) }))) }
        pairs.append((.string("layout"), layout))
        return .dictionary(CheckpointDictionary(pairs: pairs, attributes: []))
    }

    /// `(dtype, size, stride, requires_grad)`: a description without values.
    mutating func meta(_ arguments: [PickleNodeID]) throws(CheckpointError) -> CheckpointValue {
        guard arguments.count == 4, let sizes = integers(arguments[1]), let strides = integers(arguments[2]),
            let shape = Shape(checking: sizes)
        else { throw error(.malformed, "a meta tensor whose size or strides are impossible") }
        let name = callableName(arguments[0])
        guard let dtype = PyTorchNames.dtype(name) else {
            throw error(.unsupported, "tensors of the type \(name) are not read")
        }
        let layout: TensorLayout
        do {
            layout = try TensorLayout(dtype: dtype, shape: shape, strides: strides, offset: 0)
        } catch let problem {
            throw error(.malformed, problem.message)
        }
        return try note(TensorEntry(name: place, layout: layout, storage: "", location: TensorEntry.metaLocation))
    }

    /// `(numpy array or tensor, dtype, device, requires_grad)`: what came from a device that has no storages.
    mutating func onDevice(_ name: String, _ arguments: [PickleNodeID]) throws(CheckpointError) -> CheckpointValue {
        guard arguments.count == 4 else { throw error(.malformed, "\(name) with \(arguments.count) arguments") }
        let wanted = callableName(arguments[1])
        let earlier = (found.tensors.count, found.hidden.count)
        let value = try value(of: arguments[0])
        guard case .tensor(let entry) = value else { return value }
        guard PyTorchNames.dtype(wanted) == entry.dtype else {
            // It is listed as unread instead.
            found.tensors.removeLast(found.tensors.count - earlier.0)
            found.hidden.removeLast(found.hidden.count - earlier.1)
            throw error(.unsupported, "a tensor of \(wanted) that is stored as \(entry.dtype.name)")
        }
        return value
    }
}
