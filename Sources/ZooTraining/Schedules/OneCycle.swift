import Glibc

/// The settings of one cycle (Smith and Topin, *Super-Convergence*, 2018), with the defaults of `OneCycleLR`.
public struct OneCycle: Sendable, Hashable {
    /// How the way between two values is gone.
    public enum Annealing: String, Sendable, Hashable, CaseIterable {
        /// Along half a wave.
        case cosine = "cos"
        /// Along a line.
        case linear
    }

    /// The share of the steps in which the rate grows.
    public var risingShare = 0.3
    /// The first rate is the highest divided by this.
    public var divisor = 25.0
    /// The last rate is the first divided by this.
    public var finalDivisor = 1e4
    /// How the way between two rates is gone.
    public var annealing = Annealing.cosine
    /// The lowest momentum, at the highest rate, and the highest, at first and last; `nil` leaves the momentum alone,
    /// unlike PyTorch's default of 0.85 and 0.95.
    public var momentum: ClosedRange<Double>?

    /// PyTorch's defaults, except that the momentum stays.
    public init() {}

    func rate(highest: Double, step: Int, of stepCount: Int) -> Double {
        let first = highest / divisor
        return value(step, stepCount, outside: (first, first / finalDivisor), peak: highest)
    }

    func momentum(step: Int, of stepCount: Int) -> Double? {
        momentum.map { value(step, stepCount, outside: ($0.upperBound, $0.upperBound), peak: $0.lowerBound) }
    }

    /// A value on its way from the first outside value to the peak and on to the second.
    private func value(_ step: Int, _ stepCount: Int, outside: (first: Double, last: Double), peak: Double) -> Double {
        let top = risingShare * Double(stepCount) - 1
        let last = Double(stepCount - 1)
        let step = min(Double(step), last)
        // Where a part has no length, PyTorch divides 0 by 0.
        if step <= top { return between(outside.first, peak, top > 0 ? step / top : 1) }
        return between(peak, outside.last, last > top ? (step - top) / (last - top) : 1)
    }

    private func between(_ start: Double, _ end: Double, _ share: Double) -> Double {
        switch annealing {
        case .cosine: end + (start - end) / 2 * (1 + cos(.pi * share))
        case .linear: start + (end - start) * share
        }
    }
}
