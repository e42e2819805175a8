import ZooCore

/// How large the values of a network's results are: first their largest magnitudes, then how many there are of each.
///
/// Used on ``EngineThread`` only, but for reading what it found when all runs are over.
final class ValueSurvey: @unchecked Sendable {
    // @unchecked: see above; runs happen one after another.

    /// How finely magnitudes are counted.
    static let binCount = 2048

    /// What was seen of one value.
    struct Magnitudes {
        var largest: Float = 0
        /// How many magnitudes lie in each part of `0...largest`; empty while the largest is being looked for.
        var counts: [Int] = []
        var hasNonfinite = false
    }

    /// For every value of the program.
    private(set) var values: [Magnitudes]

    init(valueCount: Int) {
        values = Array(repeating: Magnitudes(), count: valueCount)
    }

    /// From now on magnitudes are counted, up to the largest that were found.
    func beginCounting() {
        for index in values.indices { values[index].counts = Array(repeating: 0, count: Self.binCount) }
    }

    /// Looks at one result.
    func observe(_ numbers: Span<Float>, of value: Int) {
        var seen = values[value]
        // The array is changed in place.
        values[value].counts = []
        if seen.counts.isEmpty {
            for index in numbers.indices {
                let magnitude = abs(numbers[index])
                if magnitude.isFinite { seen.largest = max(seen.largest, magnitude) } else { seen.hasNonfinite = true }
            }
        } else if seen.largest > 0 {
            let factor = Float(Self.binCount) / seen.largest
            for index in numbers.indices {
                let magnitude = abs(numbers[index])
                guard magnitude.isFinite else { continue }
                seen.counts[min(Self.binCount - 1, Int(min(magnitude * factor, Float(Self.binCount))))] += 1
            }
        }
        values[value] = seen
    }
}
