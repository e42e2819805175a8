internal import ZooRegistry

/// Which input pixels an output pixel is made of along one axis, and with what weights.
///
/// The weights are those of Pillow's resampling: the filter is stretched when the image shrinks, so nothing is skipped
/// (antialiasing), weights are normalised in float64 and then rounded to fixed point with 22 fractional bits. Each
/// weight `w` is kept as two 16-bit halves, `w = high · 2¹⁵ + low`, so that sums can be formed by multiplying 16-bit
/// numbers, which every processor does many at a time; the result is the same to the bit.
struct ResampleTaps {
    /// The fractional bits of a weight.
    static let fractionBits: Int32 = 22
    /// The bits of the lower half of a weight.
    static let lowBits: Int32 = 15

    /// The first input pixel of each output pixel.
    private(set) var starts: [Int] = []
    /// Where the weights of each output pixel begin, in pairs; one more element than output pixels.
    private(set) var pairOffsets: [Int] = [0]
    /// The upper halves of two neighbouring weights, the first of them in the low 16 bits.
    private(set) var highPairs: [UInt32] = []
    /// The lower halves of two neighbouring weights, the first of them in the low 16 bits.
    private(set) var lowPairs: [UInt32] = []
    /// The input pixels that are needed at all.
    private(set) var inputRange: Range<Int> = 0..<0

    /// The taps of the output pixels `window`, when `inputCount` pixels become `outputCount`.
    ///
    /// - Complexity: O(length of `window` · support of the filter).
    init(_ filter: ResampleFilter, inputCount: Int, outputCount: Int, window: Range<Int>) {
        let scale = Double(inputCount) / Double(outputCount)
        let stretch = max(scale, 1)
        let support = filter.support * stretch
        let inverseStretch = 1 / stretch
        var weights: [Double] = []
        for index in window {
            let centre = (Double(index) + 0.5) * scale
            let first = max(0, Int(centre - support + 0.5))
            let end = min(inputCount, Int(centre + support + 0.5))
            weights.removeAll(keepingCapacity: true)
            var sum = 0.0
            for input in first..<max(first, end) {
                let weight = filter.weight((Double(input) - centre + 0.5) * inverseStretch)
                weights.append(weight)
                sum += weight
            }
            append(weights, sum: sum, first: first)
        }
    }

    private mutating func append(_ weights: [Double], sum: Double, first: Int) {
        var fixed = weights.map { weight in
            let scaled = (sum == 0 ? weight : weight / sum) * Double(1 << Self.fractionBits)
            return Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
        }
        while fixed.last == 0 { fixed.removeLast() }
        let end = first + fixed.count
        inputRange =
            starts.isEmpty ? first..<end : min(inputRange.lowerBound, first)..<max(inputRange.upperBound, end)
        if !fixed.count.isMultiple(of: 2) { fixed.append(0) }
        for index in stride(from: 0, to: fixed.count, by: 2) {
            highPairs.append(Self.pair(fixed[index] >> Self.lowBits, fixed[index + 1] >> Self.lowBits))
            let mask: Int32 = 1 << Self.lowBits - 1
            lowPairs.append(Self.pair(fixed[index] & mask, fixed[index + 1] & mask))
        }
        starts.append(first)
        pairOffsets.append(highPairs.count)
    }

    private static func pair(_ first: Int32, _ second: Int32) -> UInt32 {
        UInt32(UInt16(truncatingIfNeeded: first)) | UInt32(UInt16(truncatingIfNeeded: second)) << 16
    }
}

/// A resampling filter.
struct ResampleFilter {
    /// How far the filter reaches from its centre, in pixels.
    let support: Double
    /// The weight at a distance from the centre.
    let weight: @Sendable (Double) -> Double

    /// A triangle.
    static let bilinear = ResampleFilter(support: 1) { distance in
        let distance = abs(distance)
        return distance < 1 ? 1 - distance : 0
    }

    /// Keys' cubic convolution with a = -0.5, evaluated in Pillow's order.
    static let bicubic = ResampleFilter(support: 2) { distance in
        let a = -0.5
        let x = abs(distance)
        if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
        return 0
    }
}
