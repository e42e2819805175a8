extension Tensor {
    /// How many finite values lie in each of `binCount` equal ranges of `bounds`; those outside do not count.
    ///
    /// A range has its lower bound and not its upper one, but for the last, which has both.
    ///
    /// - Precondition: `binCount` is positive, and the bounds are finite.
    /// - Throws: ``TensorError`` (`unsupportedDType`) for complex tensors, and for types that are no numbers.
    /// - Complexity: O(*n*) in the number of elements.
    public func histogram(in bounds: ClosedRange<Double>, binCount: Int) throws(TensorError) -> [Int] {
        precondition(binCount > 0 && bounds.lowerBound.isFinite && bounds.upperBound.isFinite, "no ranges to count in")
        guard dtype.isNumeric else {
            throw TensorError(.unsupportedDType, "\(dtype.name) has no order, so its values fall into no ranges")
        }
        var counts = [Int](repeating: 0, count: binCount)
        let width = bounds.upperBound - bounds.lowerBound
        let scale = width > 0 && width.isFinite ? Double(binCount) / width : 0
        contiguous().forEachValue { value in
            guard bounds.contains(value) else { return }
            counts[min(Int((value - bounds.lowerBound) * scale), binCount - 1)] += 1
        }
        return counts
    }
}
