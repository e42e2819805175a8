import ZooTensor

/// Numbers that numpy pickled one by one, as training scripts leave them in `best_acc` and the like.
enum NumpyScalar {
    /// The number, if `object` is `numpy.core.multiarray.scalar(dtype, bytes)` of a plain type.
    static func value(of object: CheckpointObject) -> CheckpointValue? {
        guard object.name == "numpy.core.multiarray.scalar", object.arguments.count == 2,
            case .object(let description) = object.arguments[0], description.name == "numpy.dtype",
            let code = description.arguments.first?.stringValue,
            let order = description.state.first?[1]?.stringValue?.first,
            let type = NumPyType(code: code, order: order),
            let bytes = bytes(object.arguments[1]), bytes.count == type.dtype.itemSize
        else { return nil }
        let ordered = type.isBigEndian ? bytes : bytes.reversed()
        let bits = ordered.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        switch type.dtype {
        case .float64: return .double(Double(bitPattern: bits))
        case .float32: return .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
        case .float16: return .double(Double(Float16(bitPattern: UInt16(truncatingIfNeeded: bits))))
        case .int64: return .int(Int(Int64(bitPattern: bits)))
        case .int32: return .int(Int(Int32(truncatingIfNeeded: bits)))
        case .int16: return .int(Int(Int16(truncatingIfNeeded: bits)))
        case .int8: return .int(Int(Int8(truncatingIfNeeded: bits)))
        case .uint64: return Int(exactly: bits).map { .int($0) } ?? .bigInt("0x00" + String(bits, radix: 16))
        case .uint32, .uint16, .uint8: return .int(Int(truncatingIfNeeded: bits))
        case .bool: return .bool(bits != 0)
        default: return nil
        }
    }

    private static func bytes(_ value: CheckpointValue) -> [UInt8]? {
        switch value {
        case .bytes(let bytes): bytes.count <= 8 ? bytes : nil
        // A Python-2 string whose bytes happen to be UTF-8.
        case .string(let text): text.utf8.count <= 8 ? Array(text.utf8) : nil
        default: nil
        }
    }
}
