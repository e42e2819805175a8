import ZooCore
public import ZooTensor

/// How the values of two tensors of one shape differ. Computed in float64; NaN equals NaN.
public struct TensorDifference: Sendable, Hashable {
    /// How many elements there are.
    public let elementCount: Int
    /// How many elements differ by more than the tolerance: |a - b| > atol + rtol · |b|, as `numpy.isclose` has it.
    public let differingCount: Int
    /// The largest |a - b|; infinite where one is NaN or infinite and the other is not the same.
    public let largestAbsolute: Double
    /// The mean |a - b| over all elements.
    public let meanAbsolute: Double
    /// The largest |a - b| / max(|a|, |b|), from 0 to 2; infinite where the absolute difference is.
    public let largestRelative: Double
    /// The mean of these ratios over all elements.
    public let meanRelative: Double

    /// Compares the values of two tensors.
    ///
    /// - Returns: `nil` if the shapes differ. Complex tensors are compared part by part, quantised ones by their integers,
    ///   bits and pairs of narrow numbers by their bytes.
    /// - Complexity: O(*n*) in the number of elements; equal bytes are only compared.
    public static func between(
        _ left: Tensor, _ right: Tensor, absoluteTolerance: Double = 0, relativeTolerance: Double = 0
    ) throws(TensorError) -> TensorDifference? {
        guard left.shape == right.shape else { return nil }
        let (left, right) = (left.contiguous(), right.contiguous())
        if left.dtype == right.dtype {
            let (leftBytes, rightBytes) = (left.contiguousBytes, right.contiguousBytes)
            if leftBytes.hasSameBytes(as: rightBytes) {
                return TensorDifference(elementCount: left.shape.elementCount)
            }
        }
        var sum = DifferenceSum(absoluteTolerance: absoluteTolerance, relativeTolerance: relativeTolerance)
        switch (left.dtype, right.dtype) {
        case (.float32, .float32), (.complex64, .complex64):
            sum.add(left, right, Float.self) { Double($0) }
        case (.float64, .float64), (.complex128, .complex128):
            sum.add(left, right, Double.self) { $0 }
        case (.int64, .int64):
            sum.addIntegers(left, right, Int64.self)
        case (.uint64, .uint64):
            sum.addIntegers(left, right, UInt64.self)
        default:
            guard let numbers = try Self.doubles(left), let others = try Self.doubles(right) else { return nil }
            for (a, b) in zip(numbers, others) { sum.add(a, b) }
        }
        return sum.result(elementCount: left.shape.elementCount)
    }

    /// The values as float64; exact except for integers beyond 2⁵³.
    private static func doubles(_ tensor: Tensor) throws(TensorError) -> [Double]? {
        switch tensor.dtype {
        case .float64, .complex128: tensor.numbers(Double.self) { $0 }
        case .float32, .complex64: tensor.numbers(Float.self) { Double($0) }
        case .complex32: tensor.numbers(UInt16.self) { Double(Float16(bitPattern: $0)) }
        case .int64: tensor.numbers(Int64.self) { Double($0) }
        case .uint64: tensor.numbers(UInt64.self) { Double($0) }
        case .int32, .qint32: tensor.numbers(Int32.self) { Double($0) }
        case .uint32: tensor.numbers(UInt32.self) { Double($0) }
        case .qint8: tensor.numbers(Int8.self) { Double($0) }
        case .quint8: tensor.numbers(UInt8.self) { Double($0) }
        // Bits and pairs have no values of their own: their bytes are compared.
        case .bits16: tensor.numbers(UInt16.self) { Double($0) }
        case .bits8, .bits4x2, .bits2x4, .bits1x8, .float4E2M1FNx2: tensor.numbers(UInt8.self) { Double($0) }
        case .quint4x2: unpacked(tensor, bits: 4)
        case .quint2x4: unpacked(tensor, bits: 2)
        default: try tensor.float32Values().map { Double($0) }
        }
    }

    /// The elements of a packed type; the last byte may have room for more.
    private static func unpacked(_ tensor: Tensor, bits: Int) -> [Double] {
        var result: [Double] = []
        for byte in tensor.numbers(UInt8.self, { Int($0) }) {
            for shift in stride(from: 0, to: 8, by: bits) { result.append(Double(byte >> shift & (1 << bits - 1))) }
        }
        return Array(result.prefix(tensor.shape.elementCount))
    }

    /// No difference.
    init(elementCount: Int) {
        self.init(
            elementCount: elementCount, differingCount: 0, largestAbsolute: 0, meanAbsolute: 0, largestRelative: 0,
            meanRelative: 0)
    }

    init(
        elementCount: Int, differingCount: Int, largestAbsolute: Double, meanAbsolute: Double, largestRelative: Double,
        meanRelative: Double
    ) {
        self.elementCount = elementCount
        self.differingCount = differingCount
        self.largestAbsolute = largestAbsolute
        self.meanAbsolute = meanAbsolute
        self.largestRelative = largestRelative
        self.meanRelative = meanRelative
    }
}
