import Glibc

/// How the limit of a value is chosen from the magnitudes that were seen.
public enum LimitRule: String, Sendable, Hashable, CaseIterable {
    /// The limit at which rounding and cutting off together make the smallest squared error.
    case leastError = "mse"
    /// The largest magnitude: nothing is cut off.
    case largest = "max"

    /// How many limits are tried.
    private static let candidateCount = 100

    /// The limit for values of which `magnitudes` were seen.
    ///
    /// - Complexity: O(bins · candidates).
    func limit(_ magnitudes: ValueSurvey.Magnitudes, isSigned: Bool) -> Float {
        guard self == .leastError, !magnitudes.counts.isEmpty else { return magnitudes.largest }
        let candidates = (Self.candidateCount / 5...Self.candidateCount).map {
            magnitudes.largest * Float($0) / Float(Self.candidateCount)
        }
        let errors = candidates.map { magnitudes.squaredError(limit: $0, isSigned: isSigned) }
        // Of equal ones the largest, which cuts off less.
        let best = errors.indices.reversed().min { errors[$0] < errors[$1] }
        return best.map { candidates[$0] } ?? magnitudes.largest
    }
}

extension ValueSurvey.Magnitudes {
    /// The middle of a bin.
    private func middle(_ bin: Int) -> Double { (Double(bin) + 0.5) * Double(largest) / Double(counts.count) }

    /// The sum of the squared differences between the magnitudes and the integers that stand for them.
    func squaredError(limit: Float, isSigned: Bool) -> Double {
        let steps = isSigned ? 127.0 : 255.0
        let step = Double(limit) / steps
        guard step > 0 else { return 0 }
        var sum = 0.0
        for (bin, count) in counts.enumerated() where count > 0 {
            let magnitude = middle(bin)
            let error = magnitude - min((magnitude / step).rounded(), steps) * step
            sum += Double(count) * error * error
        }
        return sum
    }

    /// By how much the values exceed the error of ``squaredError(limit:isSigned:)``, in decibels.
    func signalToNoise(limit: Float, isSigned: Bool) -> Double {
        var signal = 0.0
        for (bin, count) in counts.enumerated() where count > 0 {
            signal += Double(count) * middle(bin) * middle(bin)
        }
        let noise = squaredError(limit: limit, isSigned: isSigned)
        return noise > 0 && signal > 0 ? 10 * log10(signal / noise) : .infinity
    }
}
