import ZooTensor

/// The element type of a numpy array: `<f4`, `|u1`, `>i8`.
struct NumPyType: Sendable, Hashable {
    let dtype: DType
    let isBigEndian: Bool

    /// The units whose bytes must be reversed; 1 if there are none.
    var swappedWordSize: Int { isBigEndian ? dtype.wordSize : 1 }

    private static let types: [String: DType] = [
        "f2": .float16, "f4": .float32, "f8": .float64, "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64,
        "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64, "b1": .bool, "c8": .complex64, "c16": .complex128,
    ]

    /// - Parameters:
    ///   - code: kind and size, such as `f4`.
    ///   - order: `<`, `>`, `=` or `|`. Without an order, and with `=`, it is that of a little-endian machine.
    init?(code: String, order: Character) {
        guard let dtype = Self.types[code] else { return nil }
        self.dtype = dtype
        isBigEndian = order == ">"
    }

    /// - Parameter description: a `descr` of the npy format, with the byte order in front.
    init?(description: String) {
        guard let order = description.first, "<>=|".contains(order) else { return nil }
        self.init(code: String(description.dropFirst()), order: order)
    }

    /// The strides of an array whose first axis changes fastest, in elements.
    static func fortranStrides(_ shape: Shape) -> [Int] {
        guard shape.elementCount > 0 else { return shape.contiguousStrides }
        var strides = [Int](repeating: 1, count: shape.rank)
        for axis in shape.sizes.indices.dropFirst() { strides[axis] = strides[axis - 1] * shape[axis - 1] }
        return strides
    }
}
