import ZooCore

extension Tensor {
    /// The values that PyTorch shows for a tensor with its `conj` or `neg` bit set: those of this tensor, conjugated,
    /// with the other sign, or both. Without either, `self`.
    ///
    /// - Returns: a row-major tensor with memory of its own, unless neither bit is set.
    /// - Throws: ``TensorError`` (`unsupportedDType`) for the conjugate of a type that is not complex, and for the other
    ///   sign of one that is neither complex nor floating-point with a sign.
    /// - Complexity: O(*n*) in the number of elements.
    public func resolved(isConjugated: Bool, isNegated: Bool) throws(TensorError) -> Tensor {
        guard isConjugated || isNegated else { return self }
        let isComplex = dtype.wordSize != dtype.itemSize
        guard isComplex || (!isConjugated && dtype.isFloatingPoint && dtype.itemSize > 1) else {
            throw TensorError(
                .unsupportedDType, "\(dtype.name) has no \(isConjugated ? "conjugate" : "lazy other sign")")
        }
        let dense = contiguous()
        let word = dtype.wordSize
        // The sign is the top bit of the last byte of a word.
        let storage = Storage(byteCount: layout.byteCount) { target in
            let source = dense.contiguousBytes
            for place in 0..<source.byteCount {
                let isLastOfWord = place % word == word - 1
                let isImaginary = isComplex && place / word % 2 == 1
                let flips = isLastOfWord && isNegated != (isConjugated && isImaginary)
                target.storeBytes(
                    of: source[byte: place] ^ (flips ? 0x80 : 0), toByteOffset: place, as: UInt8.self)
            }
        }
        return try Tensor(layout: TensorLayout(contiguous: dtype, shape), storage: storage)
    }
}
