import ZooCore

/// The values of a tensor in a few numbers, computed in float64.
public struct TensorStatistics: Sendable, Hashable {
    /// How many elements there are.
    public let count: Int
    /// The smallest finite value; `nil` if there is none.
    public let minimum: Double?
    /// The largest finite value; `nil` if there is none.
    public let maximum: Double?
    /// The mean of the finite values; `nil` if there is none.
    public let mean: Double?
    /// The standard deviation of the finite values with Bessel's correction, as `Tensor.std()` gives it; `nil` for
    /// fewer than two.
    public let standardDeviation: Double?
    /// How many elements are 0.
    public let zeroCount: Int
    /// How many elements are no number.
    public let nanCount: Int
    /// How many elements are infinite.
    public let infinityCount: Int
}

extension Tensor {
    /// The statistics of the elements. Those of a quantised tensor are of its integers.
    ///
    /// - Throws: ``TensorError`` (`unsupportedDType`) for complex tensors, and for types that are no numbers.
    /// - Complexity: O(*n*) in the number of elements.
    public func statistics() throws(TensorError) -> TensorStatistics {
        guard dtype.isNumeric else {
            throw TensorError(.unsupportedDType, "\(dtype.name) has no order, so no smallest and largest value")
        }
        let dense = contiguous()
        var first = FirstPass()
        dense.forEachValue { first.add($0) }
        let mean = first.finiteCount > 0 ? first.sum / Double(first.finiteCount) : nil
        var squares = 0.0
        if let mean, first.finiteCount > 1 {
            dense.forEachValue { if $0.isFinite { squares += ($0 - mean) * ($0 - mean) } }
        }
        return TensorStatistics(
            count: shape.elementCount, minimum: mean == nil ? nil : first.minimum,
            maximum: mean == nil ? nil : first.maximum, mean: mean,
            standardDeviation: first.finiteCount > 1 ? (squares / Double(first.finiteCount - 1)).squareRoot() : nil,
            zeroCount: first.zeroCount, nanCount: first.nanCount,
            infinityCount: shape.elementCount - first.nanCount - first.finiteCount)
    }

    /// What one look at every value gives.
    private struct FirstPass {
        var minimum = Double.infinity
        var maximum = -Double.infinity
        var sum = 0.0
        var finiteCount = 0
        var zeroCount = 0
        var nanCount = 0

        mutating func add(_ value: Double) {
            if value.isFinite {
                finiteCount += 1
                sum += value
                if value < minimum { minimum = value }
                if value > maximum { maximum = value }
                if value == 0 { zeroCount += 1 }
            } else if value.isNaN {
                nanCount += 1
            }
        }
    }

    /// Hands out the elements of a contiguous real tensor in order, as float64; 64-bit integers are rounded.
    func forEachValue(_ body: (Double) -> Void) {
        switch dtype {
        case .float64: visit(UInt64.self) { body(Double(bitPattern: $0)) }
        case .float32: visit(UInt32.self) { body(Double(Float(bitPattern: $0))) }
        case .float16: visit(UInt16.self) { body(Double(Float16(bitPattern: $0))) }
        case .bfloat16: visit(UInt16.self) { body(Double(Float(bitPattern: UInt32($0) << 16))) }
        case .int64: visit(Int64.self) { body(Double($0)) }
        case .int32, .qint32: visit(Int32.self) { body(Double($0)) }
        case .int16: visit(Int16.self) { body(Double($0)) }
        case .int8, .qint8: visit(Int8.self) { body(Double($0)) }
        case .uint64: visit(UInt64.self) { body(Double($0)) }
        case .uint32: visit(UInt32.self) { body(Double($0)) }
        case .uint16: visit(UInt16.self) { body(Double($0)) }
        case .uint8, .quint8: visit(UInt8.self) { body(Double($0)) }
        case .bool: visit(UInt8.self) { body($0 == 0 ? 0 : 1) }
        case .float8E5M2, .float8E4M3FN, .float8E5M2FNUZ, .float8E4M3FNUZ, .float8E8M0FNU:
            guard let table = Float8.table(of: dtype) else { return }
            visit(UInt8.self) { body(Double(table[Int($0)])) }
        case .quint4x2: visitPacked(bits: 4, body)
        case .quint2x4: visitPacked(bits: 2, body)
        case .complex128, .complex64, .complex32, .float4E2M1FNx2: break
        case .bits16, .bits8, .bits4x2, .bits2x4, .bits1x8: break
        }
    }

    /// The last byte may have room for more elements than there are.
    private func visitPacked(bits: Int, _ body: (Double) -> Void) {
        var remaining = shape.elementCount
        visit(UInt8.self) { byte in
            for shift in stride(from: 0, to: 8, by: bits) where remaining > 0 {
                body(Double(Int(byte) >> shift & (1 << bits - 1)))
                remaining -= 1
            }
        }
    }

    private func visit<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type, _ body: (Number) -> Void) {
        var reader = ByteReader(contiguousBytes)
        while let value = try? reader.read(type) { body(value) }
    }
}

extension DType {
    /// Whether each element is one number on a line.
    var isNumeric: Bool {
        switch self {
        case .complex128, .complex64, .complex32, .float4E2M1FNx2: false
        case .bits16, .bits8, .bits4x2, .bits2x4, .bits1x8: false
        default: true
        }
    }
}
