import COneDNN

/// The type of the numbers of a tensor in memory.
enum Element: Sendable, Hashable {
    case float32
    case bfloat16
    /// Eight bits with a sign.
    case int8
    /// Eight bits without one.
    case uint8

    /// oneDNN's name of the type.
    var dataType: dnnl_data_type_t {
        switch self {
        case .float32: dnnl_f32
        case .bfloat16: dnnl_bf16
        case .int8: dnnl_s8
        case .uint8: dnnl_u8
        }
    }

    /// - Precondition: It is one of the types above.
    init(_ dataType: dnnl_data_type_t) {
        switch dataType {
        case dnnl_f32: self = .float32
        case dnnl_bf16: self = .bfloat16
        case dnnl_s8: self = .int8
        case dnnl_u8: self = .uint8
        default: preconditionFailure("a tensor of oneDNN's type \(dataType.rawValue)")
        }
    }

    /// The bytes of a number.
    var byteCount: Int {
        switch self {
        case .float32: 4
        case .bfloat16: 2
        case .int8, .uint8: 1
        }
    }

    /// Whether it holds integers.
    var isInteger: Bool { self == .int8 || self == .uint8 }
}

extension Precision {
    /// The type of what lies between layers.
    var element: Element {
        switch self {
        case .float32: .float32
        case .bfloat16: .bfloat16
        }
    }
}
