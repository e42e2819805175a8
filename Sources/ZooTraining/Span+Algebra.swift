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

    /// The largest absolute value, 0 of nothing; NaN if there is one.
    ///
    /// - Complexity: O(elements).
    func largestMagnitude() -> Float {
        var largest: Float = 0
        for index in indices {
            let magnitude = abs(self[index])
            if !(magnitude <= largest) { largest = magnitude }
            if largest.isNaN { return largest }
        }
        return largest
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
