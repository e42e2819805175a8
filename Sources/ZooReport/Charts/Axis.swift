/// An axis of a chart: which numbers it covers, and the round ones that are written on it.
struct Axis: Sendable, Hashable {
    /// How numbers become places.
    enum Scale: Sendable, Hashable {
        case linear, logarithmic
    }

    /// The number at its start.
    let lower: Double
    /// The number at its end.
    let upper: Double
    /// The round numbers.
    let ticks: [Double]
    let scale: Scale

    /// An axis that covers `range`, with about `count` ticks; it begins and ends on a tick where `isRounded`.
    init(covering range: ClosedRange<Double>, count: Int = 5, isInteger: Bool = false, isRounded: Bool = true) {
        var (lower, upper) = (range.lowerBound, range.upperBound)
        if lower == upper {
            // A single number stands in the middle.
            let room = isInteger ? 1 : max(abs(lower) * 0.1, 1e-6)
            (lower, upper) = (lower - room, upper + room)
        }
        let step = Self.step(for: (upper - lower) / Double(max(count, 1)), isInteger: isInteger)
        let first = isRounded ? (lower / step + 1e-9).rounded(.down) : (lower / step - 1e-9).rounded(.up)
        let last = isRounded ? (upper / step - 1e-9).rounded(.up) : (upper / step + 1e-9).rounded(.down)
        ticks = stride(from: first, through: max(first, min(last, first + 50)), by: 1).map { $0 * step }
        self.lower = isRounded ? first * step : lower
        self.upper = isRounded ? last * step : upper
        scale = .linear
    }

    /// An axis of powers of ten that covers `range`, which is above 0.
    init(logarithmic range: ClosedRange<Double>) {
        let first = Int(Logarithm.base10(range.lowerBound).rounded(.down))
        let last = max(first + 1, Int(Logarithm.base10(range.upperBound).rounded(.up)))
        let step = max(1, (last - first + 5) / 6)
        lower = Logarithm.power10(first)
        upper = Logarithm.power10(last)
        ticks = stride(from: first, through: last, by: step).map { Logarithm.power10($0) }
        scale = .logarithmic
    }

    /// A logarithmic axis that covers just `range`, which is above 0, with round numbers on it.
    init(within range: ClosedRange<Double>) {
        (lower, upper) =
            range.lowerBound < range.upperBound
            ? (range.lowerBound, range.upperBound)
            : (
                range.lowerBound * 0.9, range.lowerBound * 1.1
            )
        let exponents = Int(Logarithm.base10(lower).rounded(.down))...Int(Logarithm.base10(upper).rounded(.up))
        let (least, most) = (lower * (1 - 1e-9), upper * (1 + 1e-9))
        func round(_ factors: [Double]) -> [Double] {
            exponents.flatMap { exponent in factors.map { $0 * Logarithm.power10(exponent) } }
                .filter { $0 >= least && $0 <= most }
        }
        let powers = round([1])
        let step = max(1, (powers.count + 7) / 8)
        let ticks =
            powers.count > 2 ? stride(from: 0, to: powers.count, by: step).map { powers[$0] } : round([1, 2, 5])
        self.ticks = ticks.count > 1 ? ticks : [lower, upper]
        scale = .logarithmic
    }

    /// Where `value` is, from 0 at the start to 1 at the end.
    func place(of value: Double) -> Double {
        switch scale {
        case .linear: (value - lower) / (upper - lower)
        case .logarithmic:
            (Logarithm.base10(value) - Logarithm.base10(lower))
                / (Logarithm.base10(upper) - Logarithm.base10(lower))
        }
    }

    /// 1, 2 or 5 times a power of ten, not below `rough`.
    private static func step(for rough: Double, isInteger: Bool) -> Double {
        guard rough > 0, rough.isFinite else { return 1 }
        let power = Logarithm.power10(Int(Logarithm.base10(rough).rounded(.down)))
        let factor = [1.0, 2, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10
        return isInteger ? max(1, factor * power) : factor * power
    }

    /// The ticks as text, all with as many decimals as the step needs.
    var labels: [String] {
        guard scale == .linear, ticks.count > 1 else { return ticks.map { NumberText.short($0) } }
        let step = ticks[1] - ticks[0]
        let largest = max(abs(ticks[0]), abs(ticks[ticks.count - 1]))
        guard step >= 1e-4, largest < 1e6 else { return ticks.map { NumberText.short($0) } }
        var digits = 0
        var scaled = step
        while digits < 6, abs(scaled - scaled.rounded()) > 1e-6 * scaled {
            scaled *= 10
            digits += 1
        }
        return ticks.map { NumberText.fixed($0, digits) }
    }
}

/// Logarithms of base ten, without C's library: a chart needs no more than this.
enum Logarithm {
    /// log₁₀ of a positive finite number.
    static func base10(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return 0 }
        // ln(m·2ᵉ) = e·ln 2 + ln m, with ln m = 2·artanh((m − 1)/(m + 1)) for m in 1..<2.
        let ratio = (value.significand - 1) / (value.significand + 1)
        var term = ratio
        var sum = 0.0
        for odd in stride(from: 1, to: 60, by: 2) {
            sum += term / Double(odd)
            term *= ratio * ratio
        }
        let natural = Double(value.exponent) * 0.693_147_180_559_945_3 + 2 * sum
        return natural / 2.302_585_092_994_046
    }

    /// 10 to the power of a whole number.
    static func power10(_ exponent: Int) -> Double {
        Double("1e\(max(-300, min(300, exponent)))") ?? 1
    }
}
