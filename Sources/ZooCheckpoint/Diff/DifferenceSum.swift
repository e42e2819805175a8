import ZooTensor

/// The differences of pairs of numbers, added up in float64.
struct DifferenceSum {
    private let absoluteTolerance: Double
    private let relativeTolerance: Double
    private var differingCount = 0
    private var largestAbsolute = 0.0
    private var sumAbsolute = 0.0
    private var largestRelative = 0.0
    private var sumRelative = 0.0

    init(absoluteTolerance: Double, relativeTolerance: Double) {
        self.absoluteTolerance = absoluteTolerance
        self.relativeTolerance = relativeTolerance
    }

    /// Adds a pair.
    @inline(__always)
    mutating func add(_ a: Double, _ b: Double) {
        // Equal numbers first: most pairs are, and two infinities have no difference.
        if a == b { return }
        addUnequal(a, b)
    }

    private mutating func addUnequal(_ a: Double, _ b: Double) {
        if a.isNaN, b.isNaN { return }
        guard a.isFinite, b.isFinite else {
            differingCount += 1
            (largestAbsolute, sumAbsolute) = (.infinity, .infinity)
            (largestRelative, sumRelative) = (.infinity, .infinity)
            return
        }
        let absolute = abs(a - b)
        // Not zero, since the two differ.
        let relative = absolute / max(abs(a), abs(b))
        if absolute > absoluteTolerance + relativeTolerance * abs(b) { differingCount += 1 }
        largestAbsolute = max(largestAbsolute, absolute)
        sumAbsolute += absolute
        largestRelative = max(largestRelative, relative)
        sumRelative += relative
    }

    /// Adds the pairs of two row-major tensors of one type, without a copy of their numbers.
    mutating func add<Number: BitwiseCopyable>(
        _ left: Tensor, _ right: Tensor, _ type: Number.Type, _ convert: (Number) -> Double
    ) {
        let size = MemoryLayout<Number>.size
        let count = left.layout.byteCount / size
        unsafe left.contiguousBytes.withUnsafeBytes { leftBytes in
            unsafe right.contiguousBytes.withUnsafeBytes { rightBytes in
                for index in 0..<count {
                    let a = unsafe leftBytes.loadUnaligned(fromByteOffset: index * size, as: Number.self)
                    let b = unsafe rightBytes.loadUnaligned(fromByteOffset: index * size, as: Number.self)
                    add(convert(a), convert(b))
                }
            }
        }
    }

    /// Adds the pairs of two tensors of 64-bit integers, of which float64 would take neighbours beyond 2⁵³ for equal.
    mutating func addIntegers<Number: FixedWidthInteger & BitwiseCopyable>(
        _ left: Tensor, _ right: Tensor, _ type: Number.Type
    ) {
        for (a, b) in zip(left.numbers(type) { $0 }, right.numbers(type) { $0 }) where a != b {
            let (x, y) = (Double(a), Double(b))
            // Neighbours that float64 cannot tell apart are at most a few thousand apart.
            addUnequal(x, x == y ? y.nextUp : y)
        }
    }

    func result(elementCount: Int) -> TensorDifference {
        TensorDifference(
            elementCount: elementCount, differingCount: differingCount, largestAbsolute: largestAbsolute,
            meanAbsolute: elementCount == 0 ? 0 : sumAbsolute / Double(elementCount), largestRelative: largestRelative,
            meanRelative: elementCount == 0 ? 0 : sumRelative / Double(elementCount))
    }
}

extension Tensor {
    /// The words of a row-major tensor, each converted: two for a complex number.
    func numbers<Word: BitwiseCopyable, Number>(_ type: Word.Type, _ convert: (Word) -> Number) -> [Number] {
        let size = MemoryLayout<Word>.size
        let bytes = contiguousBytes
        return unsafe bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / size).map {
                convert(unsafe bytes.loadUnaligned(fromByteOffset: $0 * size, as: Word.self))
            }
        }
    }
}
