import ZooCore

/// How a tensor lies in a storage: element type, sizes, strides and offset, checked against each other.
///
/// It says everything about a tensor but the values, so a checkpoint can be described without reading its storages.
public struct TensorLayout: Sendable, Hashable {
    /// The element type.
    public let dtype: DType
    /// The sizes of the axes.
    public let shape: Shape
    /// The distance between neighbours along each axis, in elements; never negative, 0 for an expanded axis.
    public let strides: [Int]
    /// Where the first element lies in the storage, in elements.
    public let offset: Int
    /// How many bytes the storage must have at least.
    public let requiredByteCount: Int

    /// A layout from numbers that come from outside.
    ///
    /// - Throws: ``TensorError`` (`malformed`) for a negative stride or offset, for as many strides as do not fit the
    ///   sizes, for a packed type that does not lie row-major from the front, and where the last element's position does
    ///   not fit an `Int`.
    /// - Complexity: O(rank).
    public init(dtype: DType, shape: Shape, strides: [Int], offset: Int) throws(TensorError) {
        guard strides.count == shape.rank else {
            throw TensorError(.malformed, "\(shape.rank) sizes but \(strides.count) strides")
        }
        guard offset >= 0, strides.allSatisfy({ $0 >= 0 }) else {
            throw TensorError(.malformed, "negative offset or stride (offset \(offset), strides \(strides))")
        }
        self.dtype = dtype
        self.shape = shape
        self.strides = strides
        self.offset = offset
        guard let required = Self.requiredByteCount(dtype, shape, strides, offset) else {
            throw TensorError(.malformed, "shape \(shape) with strides \(strides) and offset \(offset) is too large")
        }
        requiredByteCount = required
        guard dtype.elementsPerByte == 1 || (offset == 0 && isContiguous) else {
            throw TensorError(
                .malformed,
                "\(dtype.name) with strides \(strides) and offset \(offset): several elements share a byte, so they must "
                    + "lie in order")
        }
    }

    /// The layout of a row-major tensor that fills its storage from the front.
    ///
    /// - Precondition: the size in bytes fits an `Int`.
    public init(contiguous dtype: DType, _ shape: Shape) {
        self.dtype = dtype
        self.shape = shape
        strides = shape.contiguousStrides
        offset = 0
        guard let byteCount = Self.byteCount(dtype, shape) else {
            preconditionFailure("impossible tensor \(dtype) \(shape)")
        }
        requiredByteCount = byteCount
    }

    /// The size of the elements, each counted once for every index, in bytes.
    public var byteCount: Int { Self.byteCount(dtype, shape) ?? .max }

    private static func byteCount(_ dtype: DType, _ shape: Shape) -> Int? {
        let packing = dtype.elementsPerByte
        guard packing > 1 else { return Checked.multiply(shape.elementCount, dtype.itemSize) }
        let (whole, rest) = shape.elementCount.quotientAndRemainder(dividingBy: packing)
        return whole + (rest > 0 ? 1 : 0)
    }

    /// Whether the elements lie row by row without gaps. Strides of axes of size 1 do not matter, as in PyTorch.
    public var isContiguous: Bool {
        var expected = 1
        for axis in shape.sizes.indices.reversed() where shape[axis] != 1 {
            if shape.elementCount == 0 { return true }
            if strides[axis] != expected { return false }
            expected *= shape[axis]
        }
        return true
    }

    private static func requiredByteCount(_ dtype: DType, _ shape: Shape, _ strides: [Int], _ offset: Int) -> Int? {
        guard let dense = byteCount(dtype, shape) else { return nil }
        if dtype.elementsPerByte > 1 { return dense }
        // An empty tensor needs no storage, wherever it points.
        guard shape.elementCount > 0 else { return 0 }
        var last = offset
        for axis in shape.sizes.indices {
            guard let span = Checked.multiply(shape[axis] - 1, strides[axis]), let next = Checked.add(last, span)
            else { return nil }
            last = next
        }
        return Checked.add(last, 1).flatMap { Checked.multiply($0, dtype.itemSize) }
    }
}
