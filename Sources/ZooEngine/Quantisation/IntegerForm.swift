/// How the numbers of a tensor are written as 8-bit integers: `round(x / scale)`, cut to what fits.
struct IntegerForm: Sendable, Hashable {
    let element: Element
    /// What one step is worth.
    let scale: Float

    /// The form for numbers of magnitudes up to `limit`.
    init(limit: Float, isSigned: Bool) {
        element = isSigned ? .int8 : .uint8
        // A layer whose results are all zero has no limit to divide by.
        scale = limit > 0 && limit.isFinite ? limit / (isSigned ? 127 : 255) : 1
    }

    /// The scale of each output channel for weights in rows, one row an output channel: its largest magnitude becomes 127.
    ///
    /// - Complexity: O(weights).
    static func scales(ofRows values: Span<Float>, rowCount: Int) -> [Float] {
        let width = rowCount > 0 ? values.count / rowCount : 0
        return (0..<rowCount).map { row in
            var largest: Float = 0
            for index in row * width..<(row + 1) * width { largest = max(largest, abs(values[index])) }
            return largest > 0 && largest.isFinite ? largest / 127 : 1
        }
    }
}
