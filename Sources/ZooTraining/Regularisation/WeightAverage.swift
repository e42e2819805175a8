import Glibc

/// The average of a network's parameters over the steps of a training, which often is the better network.
///
/// ```swift
/// average.beginUpdate()                           // after each step of the optimiser
/// average.update("fc.weight", values)
/// average.exchange("fc.weight", &values)          // to judge or save the average; again, to go on training
/// ```
///
/// Averages are kept in the order of the values, whatever that is; it has to be the same in every call.
public struct WeightAverage: Sendable, Hashable {
    /// How the values of steps count.
    public enum Rule: Sendable, Hashable {
        /// Exponentially less the older they are: average ← decay·average + (1 − decay)·values, as
        /// `torch.optim.swa_utils.get_ema_multi_avg_fn` and torchvision's `ExponentialMovingAverage`.
        ///
        /// With `warmsUp` the decay of update n is 1 − n^(−2/3) at most, as timm's `ModelEmaV3` with `use_warmup`: the
        /// first steps are forgotten sooner.
        case exponential(decay: Double, warmsUp: Bool = false)
        /// All alike: stochastic weight averaging (Izmailov et al., 2018), as `get_swa_multi_avg_fn`.
        case equal
    }

    /// How the values of steps count.
    public let rule: Rule
    /// How many updates were begun.
    public private(set) var updateCount: Int
    /// The averages, by the parameters' names.
    public private(set) var averages: [String: [Float]]

    /// An average of nothing, or one that goes on where another left off.
    public init(_ rule: Rule, averages: [String: [Float]] = [:], updateCount: Int = 0) {
        (self.rule, self.averages, self.updateCount) = (rule, averages, updateCount)
    }

    /// Begins an update of all parameters. The first one takes their values as they are.
    public mutating func beginUpdate() {
        updateCount += 1
    }

    /// Takes the values of one parameter into account, once in an update.
    ///
    /// - Precondition: An update was begun; the length is that of the first update.
    /// - Complexity: O(elements), one pass.
    public mutating func update(_ name: String, _ values: Span<Float>) {
        precondition(updateCount > 0, "no update was begun")
        let share = Float(presentShare)
        guard share < 1, averages[name] != nil else {
            averages[name] = Array(copying: values)
            return
        }
        Self.approach(&averages[name, default: []], values, share)
    }

    /// Puts the average in the place of one parameter's values, and keeps those instead.
    ///
    /// - Precondition: The parameter has an average of the same length.
    /// - Complexity: O(elements).
    public mutating func exchange(_ name: String, _ values: inout MutableSpan<Float>) {
        precondition(averages[name]?.count == values.count, "'\(name)' has no average of \(values.count) values")
        Self.exchange(&averages[name, default: []], &values)
    }

    /// How much the present values count.
    private var presentShare: Double {
        guard updateCount > 1 else { return 1 }
        switch rule {
        case .exponential(let decay, let warmsUp):
            return 1 - (warmsUp ? min(decay, 1 - pow(Double(updateCount), -2.0 / 3)) : decay)
        case .equal: return 1 / Double(updateCount)
        }
    }

    private static func approach(_ average: inout [Float], _ values: Span<Float>, _ share: Float) {
        precondition(average.count == values.count, "\(values.count) values for \(average.count) averages")
        var average = average.mutableSpan
        for index in 0..<values.count { average[index] += share * (values[index] - average[index]) }
    }

    private static func exchange(_ average: inout [Float], _ values: inout MutableSpan<Float>) {
        var average = average.mutableSpan
        for index in 0..<values.count {
            let value = values[index]
            values[index] = average[index]
            average[index] = value
        }
    }
}
