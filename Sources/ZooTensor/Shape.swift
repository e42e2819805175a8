import ZooCore

/// The sizes of a tensor's axes, outermost first. An empty shape is that of a scalar.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The size of each axis; none is negative.
    public let sizes: [Int]
    /// The product of the sizes; 1 for a scalar.
    public let elementCount: Int

    /// A shape from sizes that come from outside.
    ///
    /// - Returns: `nil` if a size is negative or the number of elements does not fit an `Int`.
    public init?(checking sizes: [Int]) {
        guard let count = Checked.product(sizes) else { return nil }
        self.sizes = sizes
        self.elementCount = count
    }

    /// A shape from sizes that the program itself chose.
    ///
    /// - Precondition: no size is negative and their product fits an `Int`.
    public init(_ sizes: [Int]) {
        guard let shape = Shape(checking: sizes) else { preconditionFailure("impossible shape \(sizes)") }
        self = shape
    }

    /// A shape from literal sizes; see ``init(_:)``.
    public init(arrayLiteral sizes: Int...) {
        self.init(sizes)
    }

    /// The number of axes.
    public var rank: Int { sizes.count }

    /// The size of axis `axis`.
    public subscript(axis: Int) -> Int { sizes[axis] }

    /// The strides, in elements, of a row-major tensor of this shape, as `torch.Tensor.contiguous()` gives them.
    ///
    /// An axis of size 0 counts as 1, as in PyTorch.
    ///
    /// - Complexity: O(rank).
    public var contiguousStrides: [Int] {
        var strides = [Int](repeating: 1, count: rank)
        for axis in sizes.indices.dropLast().reversed() {
            // With a zero-sized axis the product of the others is not bounded by elementCount.
            strides[axis] = strides[axis + 1] &* max(sizes[axis + 1], 1)
        }
        return strides
    }

    /// The sizes with `×` between them, or `scalar`.
    public var description: String {
        sizes.isEmpty ? "scalar" : sizes.map(String.init).joined(separator: "×")
    }
}
