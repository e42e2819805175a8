extension Tensor {
    /// The elements in row-major order as float32, converted where the tensor holds another real type.
    ///
    /// float64 and integers are rounded to the nearest float32, as `Tensor.float()` does in PyTorch.
    ///
    /// - Throws: ``TensorError`` (`unsupportedDType`) for complex and quantised tensors, packed ones and bits.
    /// - Complexity: O(*n*) in the number of elements.
    public func float32Values() throws(TensorError) -> [Float] {
        switch dtype {
        case .float32: elements(Float.self)
        case .float64: elements(Double.self).map { Float($0) }
        case .float16: elements(UInt16.self).map { Float(Float16(bitPattern: $0)) }
        case .bfloat16: elements(UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
        case .int64: elements(Int64.self).map { Float($0) }
        case .int32: elements(Int32.self).map { Float($0) }
        case .int16: elements(Int16.self).map { Float($0) }
        case .int8: elements(Int8.self).map { Float($0) }
        case .uint64: elements(UInt64.self).map { Float($0) }
        case .uint32: elements(UInt32.self).map { Float($0) }
        case .uint16: elements(UInt16.self).map { Float($0) }
        case .uint8: elements(UInt8.self).map { Float($0) }
        case .bool: elements(UInt8.self).map { $0 == 0 ? 0 : 1 }
        case .float8E5M2, .float8E4M3FN, .float8E5M2FNUZ, .float8E4M3FNUZ, .float8E8M0FNU: float8Values()
        case .complex128, .complex64, .complex32, .qint32, .qint8, .quint8, .quint4x2, .quint2x4, .float4E2M1FNx2,
            .bits16, .bits8, .bits4x2, .bits2x4, .bits1x8:
            throw TensorError(.unsupportedDType, "\(dtype.name) has no values that float32 could hold")
        }
    }

    private func float8Values() -> [Float] {
        guard let table = Float8.table(of: dtype) else { return [] }
        return elements(UInt8.self).map { table[Int($0)] }
    }

    private func elements<Element: BitwiseCopyable>(_ type: Element.Type) -> [Element] {
        let dense = contiguous()
        let bytes = dense.contiguousBytes
        return unsafe [Element](unsafeUninitializedCapacity: shape.elementCount) { target, count in
            unsafe bytes.withUnsafeBytes { unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: $0) }
            count = shape.elementCount
        }
    }
}
