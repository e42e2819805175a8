extension Span<Float> {
    /// Σ a·b, in float64.
    ///
    /// - Precondition: Both have the same length.
    /// - Complexity: O(elements).
    func dot(_ other: Span<Float>) -> Double {
        precondition(count == other.count, "\(count) and \(other.count) elements")
        // Eight sums side by side, so that additions need not wait for each other.
        var sums = SIMD8<Double>.zero
        var index = 0
        while index + 8 <= count {
            var (left, right) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
            for lane in 0..<8 {
                left[lane] = self[index + lane]
                right[lane] = other[index + lane]
            }
            sums += SIMD8<Double>(left) * SIMD8<Double>(right)
            index += 8
        }
        var sum = sums.sum()
        while index < count {
            sum += Double(self[index]) * Double(other[index])
            index += 1
        }
        return sum
    }
}

/// The numbers that parameters may be while something is minimised: float32, or float64 where that says too little.
protocol MinimisedNumber: BinaryFloatingPoint, Sendable {
    /// Σ a·b, in float64, of vectors of the same length.
    static func dot(_ left: Span<Self>, _ right: Span<Self>) -> Double
}

extension MinimisedNumber {
    /// The largest absolute value, 0 of nothing; NaN if there is one.
    ///
    /// - Complexity: O(elements).
    static func largestMagnitude(_ values: Span<Self>) -> Self {
        var largest: Self = 0
        for index in values.indices {
            let magnitude = abs(values[index])
            if !(magnitude <= largest) { largest = magnitude }
            if largest.isNaN { return largest }
        }
        return largest
    }
}

extension Float: MinimisedNumber {
    static func dot(_ left: Span<Float>, _ right: Span<Float>) -> Double { left.dot(right) }
}

extension Double: MinimisedNumber {
    static func dot(_ left: Span<Double>, _ right: Span<Double>) -> Double {
        precondition(left.count == right.count, "\(left.count) and \(right.count) elements")
        var sums = SIMD8<Double>.zero
        var index = 0
        while index + 8 <= left.count {
            for lane in 0..<8 { sums[lane] += left[index + lane] * right[index + lane] }
            index += 8
        }
        var sum = sums.sum()
        while index < left.count {
            sum += left[index] * right[index]
            index += 1
        }
        return sum
    }
}

extension MutableSpan<Float> {
    /// Adds `factor` times another vector.
    ///
    /// - Precondition: Both have the same length.
    /// - Complexity: O(elements).
    mutating func add(_ other: Span<Float>, times factor: Float) {
        precondition(count == other.count, "\(count) and \(other.count) elements")
        for index in 0..<count { self[index] += factor * other[index] }
    }

    /// Multiplies by `factor`.
    ///
    /// - Complexity: O(elements).
    mutating func scale(by factor: Float) {
        for index in 0..<count { self[index] *= factor }
    }
}

extension Array<Float> {
    /// Copies a span.
    ///
    /// - Complexity: O(elements).
    init(copying span: Span<Float>) {
        self.init(repeating: 0, count: span.count)
        var target = mutableSpan
        for index in span.indices { target[index] = span[index] }
    }
}
