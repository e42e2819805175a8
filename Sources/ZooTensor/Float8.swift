/// The 8-bit floating-point types, as tables of what each of their 256 patterns stands for.
///
/// The formats are those of "FP8 Formats for Deep Learning" (arXiv:2209.05433), of "8-bit Numerical Formats for Deep
/// Neural Networks" (arXiv:2206.02915) for the `fnuz` variants, and of the OCP microscaling specification for `e8m0fnu`.
enum Float8 {
    /// The value of every pattern, or `nil` if `dtype` is no 8-bit floating-point type. All are exact in float32.
    static func table(of dtype: DType) -> [Float]? {
        switch dtype {
        case .float8E5M2: e5m2
        case .float8E4M3FN: e4m3fn
        case .float8E5M2FNUZ: e5m2fnuz
        case .float8E4M3FNUZ: e4m3fnuz
        case .float8E8M0FNU: e8m0fnu
        default: nil
        }
    }

    /// The upper half of a float16.
    private static let e5m2 = (0..<256).map { Float(Float16(bitPattern: UInt16($0) << 8)) }
    /// No infinities; one NaN of either sign.
    private static let e4m3fn = (0..<256).map { pattern in
        pattern & 0x7f == 0x7f ? Float.nan : value(of: pattern, fractionBits: 3, bias: 7)
    }
    /// No infinities, no negative zero: its pattern is the only NaN.
    private static let e5m2fnuz = (0..<256).map { pattern in
        pattern == 0x80 ? Float.nan : value(of: pattern, fractionBits: 2, bias: 16)
    }
    private static let e4m3fnuz = (0..<256).map { pattern in
        pattern == 0x80 ? Float.nan : value(of: pattern, fractionBits: 3, bias: 8)
    }
    /// Powers of two without sign or zero.
    private static let e8m0fnu = (0..<256).map { pattern in
        pattern == 0xff ? Float.nan : Float(sign: .plus, exponent: pattern - 127, significand: 1)
    }

    private static func value(of pattern: Int, fractionBits: Int, bias: Int) -> Float {
        let exponent = (pattern & 0x7f) >> fractionBits
        let fraction = Float(pattern & (1 << fractionBits - 1)) / Float(1 << fractionBits)
        let magnitude =
            exponent == 0
            ? Float(sign: .plus, exponent: 1 - bias, significand: fraction)
            : Float(sign: .plus, exponent: exponent - bias, significand: 1 + fraction)
        return pattern & 0x80 == 0 ? magnitude : -magnitude
    }
}
