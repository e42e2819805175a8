import ZooTensor

/// An element type of safetensors files (safetensors/src/tensor.rs, `Dtype`).
struct SafetensorsType: Sendable {
    /// What PyTorch reads it as; `nil` for the types of six bits, which PyTorch does not have.
    let dtype: DType?
    /// The size of an element, in bits.
    let bitCount: Int

    private static let dtypes: [String: DType] = [
        "BOOL": .bool, "U8": .uint8, "I8": .int8, "F8_E5M2": .float8E5M2, "F8_E4M3": .float8E4M3FN,
        "F8_E5M2FNUZ": .float8E5M2FNUZ, "F8_E4M3FNUZ": .float8E4M3FNUZ, "F8_E8M0": .float8E8M0FNU, "I16": .int16,
        "U16": .uint16, "F16": .float16, "BF16": .bfloat16, "I32": .int32, "U32": .uint32, "F32": .float32,
        "F64": .float64, "I64": .int64, "U64": .uint64, "C64": .complex64,
    ]
    /// Two numbers of four bits in a byte: an element of PyTorch's type is the pair.
    static let pairs = "F4"

    /// The type called `name`; `nil` if the format has none of that name.
    init?(name: String) {
        switch name {
        case Self.pairs: (dtype, bitCount) = (.float4E2M1FNx2, 4)
        case "F6_E2M3", "F6_E3M2": (dtype, bitCount) = (nil, 6)
        default:
            guard let dtype = Self.dtypes[name] else { return nil }
            (self.dtype, bitCount) = (dtype, 8 * dtype.itemSize)
        }
    }

    /// The format's name of an element type; `nil` if it has none.
    static func name(of dtype: DType) -> String? {
        dtype == .float4E2M1FNx2 ? pairs : dtypes.first { $0.value == dtype }?.key
    }

    /// The sizes that the format has for a tensor of PyTorch; `nil` for a scalar that is a pair, which it cannot say.
    static func sizes(of tensor: PlannedTensor) -> [Int]? {
        guard tensor.dtype == .float4E2M1FNx2 else { return tensor.shape.sizes }
        guard let last = tensor.shape.sizes.last else { return nil }
        return tensor.shape.sizes.dropLast() + [2 * last]
    }

    /// The layout that PyTorch gives a tensor of this type and shape; `nil` if it has no such type.
    ///
    /// - Throws: ``CheckpointError`` (`malformed`) for rows that end inside a pair, as `safetensors.torch` refuses them.
    func layout(_ shape: Shape, _ name: String) throws(CheckpointError) -> TensorLayout? {
        guard let dtype else { return nil }
        guard dtype == .float4E2M1FNx2 else { return TensorLayout(contiguous: dtype, shape) }
        guard let last = shape.sizes.last, last.isMultiple(of: 2) else {
            throw CheckpointError(
                .malformed, "F4 \(shape): PyTorch keeps pairs, so the last size must be even", place: name)
        }
        return TensorLayout(contiguous: dtype, Shape(shape.sizes.dropLast() + [last / 2]))
    }
}
