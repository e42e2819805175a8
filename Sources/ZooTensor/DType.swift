/// The type of a tensor's elements, with PyTorch's names.
public enum DType: String, Sendable, Hashable, CaseIterable {
    case float64, float32, float16, bfloat16
    case float8E5M2 = "float8_e5m2"
    case float8E4M3FN = "float8_e4m3fn"
    case float8E5M2FNUZ = "float8_e5m2fnuz"
    case float8E4M3FNUZ = "float8_e4m3fnuz"
    case float8E8M0FNU = "float8_e8m0fnu"
    /// Two numbers of four bits in each element: PyTorch's shapes count the pairs.
    case float4E2M1FNx2 = "float4_e2m1fn_x2"
    case int64, int32, int16, int8
    case uint64, uint32, uint16, uint8
    case bool
    case complex128, complex64, complex32
    case qint32, qint8, quint8
    /// Quantised integers of four and of two bits, several to a byte, row-major, the first in the lowest bits.
    case quint4x2, quint2x4
    /// Bits without a meaning of their own.
    case bits16, bits8, bits4x2, bits2x4, bits1x8

    /// The name that PyTorch prints after `torch.`.
    public var name: String { rawValue }

    /// The size of one element, in bytes; for packed types that of the byte that holds several.
    public var itemSize: Int {
        switch self {
        case .complex128: 16
        case .float64, .int64, .uint64, .complex64: 8
        case .float32, .int32, .uint32, .complex32, .qint32: 4
        case .float16, .bfloat16, .int16, .uint16, .bits16: 2
        case .float8E5M2, .float8E4M3FN, .float8E5M2FNUZ, .float8E4M3FNUZ, .float8E8M0FNU: 1
        case .int8, .uint8, .bool, .qint8, .quint8, .float4E2M1FNx2: 1
        case .quint4x2, .quint2x4, .bits8, .bits4x2, .bits2x4, .bits1x8: 1
        }
    }

    /// How many elements a byte holds: more than 1 for the packed types, whose tensors lie row-major from the front.
    public var elementsPerByte: Int {
        switch self {
        case .quint4x2: 2
        case .quint2x4: 4
        default: 1
        }
    }

    /// The size of the unit whose bytes a byte order rearranges: a complex number is two of them.
    public var wordSize: Int {
        switch self {
        case .complex128, .complex64, .complex32: itemSize / 2
        default: itemSize
        }
    }

    /// Whether the elements are real floating-point numbers.
    public var isFloatingPoint: Bool {
        switch self {
        case .float64, .float32, .float16, .bfloat16: true
        case .float8E5M2, .float8E4M3FN, .float8E5M2FNUZ, .float8E4M3FNUZ, .float8E8M0FNU: true
        default: false
        }
    }
}
