import ZooPickle
import ZooTensor

extension PickleInterpreter {
    /// The numpy array that an object stands for, or `nil` if it is none.
    ///
    /// numpy writes `_reconstruct(class, (0,), b'b')` with the state `(version, shape, dtype, is Fortran, bytes)`, and
    /// from protocol 5 on `_frombuffer(bytes, dtype, shape, order)`.
    ///
    /// - Throws: ``CheckpointError``; `unsupported` for arrays of objects, records and texts.
    mutating func array(
        _ name: String, _ object: PickleObject, _ arguments: [PickleNodeID]
    ) throws(CheckpointError) -> CheckpointValue? {
        switch name {
        case "numpy.core.multiarray._reconstruct":
            guard object.states.count == 1, let state = tuple(object.states[0]), (4...5).contains(state.count) else {
                return nil
            }
            // The first format had no version.
            let parts = state.count == 5 ? state.dropFirst() : state[...]
            let isFortran = isTrue(parts[parts.startIndex + 2])
            return try array(
                shape: parts[parts.startIndex], type: parts[parts.startIndex + 1],
                content: parts[parts.startIndex + 3], isFortran: isFortran)
        case "numpy.core.numeric._frombuffer":
            guard arguments.count == 4 else { return nil }
            return try array(
                shape: arguments[2], type: arguments[1], content: arguments[0],
                isFortran: text(arguments[3]) == "F")
        default: return nil
        }
    }

    private func isTrue(_ id: PickleNodeID) -> Bool {
        switch document[id] {
        case .bool(let value): value
        case .int(let number): number != 0
        default: false
        }
    }

    private mutating func array(
        shape shapeID: PickleNodeID, type typeID: PickleNodeID, content: PickleNodeID, isFortran: Bool
    ) throws(CheckpointError) -> CheckpointValue {
        let type = try elementType(typeID)
        guard let sizes = integers(shapeID), let shape = Shape(checking: sizes) else {
            throw error(.malformed, "the shape of a numpy array is impossible")
        }
        let layout = try NumPyHeader.layout(type, shape, isFortran: isFortran, place)
        let key: String
        if let known = ownKeys[content], ownRecords[known]?.swappedWordSize == type.swappedWordSize {
            key = known
        } else {
            guard let bytes = bytes(content) else {
                throw error(.malformed, "the values of a numpy array are \(document[content].kindName)")
            }
            key = "numpy/\(ownRecords.count)"
            ownKeys[content] = key
            ownRecords[key] = StorageRecord(
                key: key, source: .bytes(bytes), elementCount: bytes.count, byteCount: bytes.count,
                swappedWordSize: type.swappedWordSize)
        }
        guard let available = ownRecords[key]?.byteCount, available == layout.byteCount else {
            throw error(
                .malformed,
                "a numpy array of \(ownRecords[key]?.byteCount ?? 0) bytes, \(type.dtype.name) \(shape) needs "
                    + "\(layout.byteCount)")
        }
        return try note(TensorEntry(name: place, layout: layout, storage: key, location: "cpu"))
    }

    /// `numpy.dtype(code, …)` with the state `(version, order, subarray, names, fields, …)`.
    private func elementType(_ id: PickleNodeID) throws(CheckpointError) -> NumPyType {
        guard case .object(let object) = document[id], callableName(object.callable) == "numpy.dtype",
            let code = tuple(object.arguments)?.first.flatMap({ text($0) }), object.states.count <= 1
        else { throw error(.malformed, "the dtype of a numpy array is \(document[id].kindName)") }
        guard let state = object.states.first.flatMap({ tuple($0) }), state.count >= 5 else {
            // One byte has no order.
            guard let type = NumPyType(code: code, order: "|"), type.dtype.itemSize == 1 else {
                throw error(.unsupported, "numpy arrays of the type '\(code)' are not read")
            }
            return type
        }
        for field in state[2...4] {
            guard case .none = document[field] else {
                throw error(.unsupported, "numpy arrays of records (a structured dtype) are not read")
            }
        }
        guard let order = text(state[1])?.first, let type = NumPyType(code: code, order: order) else {
            throw error(.unsupported, "numpy arrays of the type '\(code)' are not read")
        }
        return type
    }
}
