import ZooCore
import ZooTensor

extension Tensor {
    /// The values in another floating-point type, row-major, rounded to nearest, ties to even, as `Tensor.to(dtype)`
    /// rounds them: float64 goes to the 16-bit types by way of float32, as in PyTorch (c10/util/Half.h, BFloat16.h).
    ///
    /// - Returns: the tensor, and how many of its finite values became infinite.
    /// - Throws: ``ZooTensor/TensorError`` (`unsupportedDType`) for types that are not floating-point.
    /// - Complexity: O(*n*) in the number of elements.
    func cast(to target: DType) throws(TensorError) -> (tensor: Tensor, overflowCount: Int) {
        if dtype == target { return (contiguous(), 0) }
        switch (dtype, target) {
        case (.float32, .float16):
            return try mapped(Float.self, target, Self.halfBits) { $0 & 0x7fff == 0x7c00 }
        case (.float32, .bfloat16):
            return try mapped(Float.self, target, Self.bfloatBits) { $0 & 0x7fff == 0x7f80 }
        case (.float64, .float32):
            return try mapped(Double.self, target, { Float($0) }, { $0.isInfinite })
        case (.float64, .float16):
            return try mapped(Double.self, target, { Self.halfBits(Float($0)) }, { $0 & 0x7fff == 0x7c00 })
        case (.float64, .bfloat16):
            return try mapped(Double.self, target, { Self.bfloatBits(Float($0)) }, { $0 & 0x7fff == 0x7f80 })
        default:
            guard dtype.isFloatingPoint else {
                throw TensorError(.unsupportedDType, "\(dtype.name) is not cast to \(target.name)")
            }
            // Everything smaller is exact in float32.
            return try Tensor(try float32Values(), shape: shape).cast(to: target)
        }
    }

    private func mapped<Source: BitwiseCopyable & BinaryFloatingPoint, Target: BitwiseCopyable>(
        _ source: Source.Type, _ target: DType, _ convert: (Source) -> Target, _ isInfinite: (Target) -> Bool
    ) throws(TensorError) -> (tensor: Tensor, overflowCount: Int) {
        let dense = contiguous()
        var overflowCount = 0
        let count = shape.elementCount
        let storage = Storage(byteCount: count * MemoryLayout<Target>.size) { output in
            unsafe dense.contiguousBytes.withUnsafeBytes { from in
                unsafe output.withUnsafeMutableBytes { to in
                    for index in 0..<count {
                        let value = unsafe from.loadUnaligned(
                            fromByteOffset: index * MemoryLayout<Source>.size, as: Source.self)
                        let result = convert(value)
                        if isInfinite(result), value.isFinite { overflowCount += 1 }
                        unsafe to.storeBytes(
                            of: result, toByteOffset: index * MemoryLayout<Target>.size, as: Target.self)
                    }
                }
            }
        }
        return (try Tensor(layout: TensorLayout(contiguous: target, shape), storage: storage), overflowCount)
    }

    private static func halfBits(_ value: Float) -> UInt16 { Float16(value).bitPattern }

    private static func bfloatBits(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        // Rounding could carry a NaN over into infinity.
        if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16 & 0x8000) | 0x7fc0 }
        return UInt16(truncatingIfNeeded: (bits + 0x7fff + (bits >> 16 & 1)) >> 16)
    }

    /// The same values with the second axis moved to the end: `O×I×H×W`, PyTorch's order of a convolution's weights,
    /// to `O×H×W×I`, MLX's.
    ///
    /// - Precondition: the tensor has four axes.
    /// - Complexity: O(*n*) in the number of elements.
    func channelsLast() throws(TensorError) -> Tensor {
        let order = [0, 2, 3, 1]
        let moved = try TensorLayout(
            dtype: dtype, shape: Shape(order.map { shape[$0] }), strides: order.map { layout.strides[$0] },
            offset: layout.offset)
        return try Tensor(layout: moved, storage: storage).contiguous()
    }
}
