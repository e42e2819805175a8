/// Size arithmetic on numbers from outside: every result is exact or `nil`.
public enum Checked {
    /// The product of all `factors`, or `nil` if a factor is negative or the product does not fit.
    ///
    /// A zero factor makes the product zero, wherever it stands, as long as no factor is negative.
    ///
    /// - Complexity: O(*n*) in the number of factors.
    public static func product(_ factors: some Sequence<Int>) -> Int? {
        var result = 1
        var overflowed = false
        for factor in factors {
            guard factor >= 0 else { return nil }
            let (partial, overflow) = result.multipliedReportingOverflow(by: factor)
            overflowed = factor != 0 && (overflowed || overflow)
            result = factor == 0 ? 0 : partial
        }
        return overflowed ? nil : result
    }

    /// `a · b`, or `nil` on overflow.
    public static func multiply(_ a: Int, _ b: Int) -> Int? {
        let (result, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? nil : result
    }

    /// `a + b`, or `nil` on overflow.
    public static func add(_ a: Int, _ b: Int) -> Int? {
        let (result, overflow) = a.addingReportingOverflow(b)
        return overflow ? nil : result
    }

    /// The range of `count` bytes from `offset`, or `nil` unless it lies within `0..<limit`.
    public static func range(offset: Int, count: Int, within limit: Int) -> Range<Int>? {
        guard offset >= 0, count >= 0, let end = add(offset, count), end <= limit else { return nil }
        return offset..<end
    }
}
