/// Looks along a direction for a point that satisfies the strong Wolfe conditions, as `torch.optim.LBFGS` does.
///
/// The loss has to fall by a share of what its slope promises, and the slope to become flatter. Source: Nocedal and
/// Wright, *Numerical Optimization*, algorithms 3.5 and 3.6.
struct LineSearch<Number: MinimisedNumber> {
    /// A point on the way: how far from the start, the loss there, its slope along the way, and its gradient.
    struct Point {
        var length, loss, slope: Double
        var gradient: [Number]
    }

    /// Two points with what is looked for between them are close enough when no parameter differs by more.
    let changeTolerance: Double
    /// How often the function is evaluated at most, after the first time.
    let maxEvaluations: Int
    /// The largest element of the direction.
    let largestStep: Double
    /// The share of a loss that may be rounding. Where it is not zero, a loss that is no higher than the start's by more
    /// counts as lower: near the minimum losses are equal long before slopes are (the approximate Wolfe conditions of
    /// Hager and Zhang, *A new conjugate gradient method with guaranteed descent*, 2005).
    var lossNoise = 0.0

    private static var decrease: Double { 1e-4 }
    private static var flatness: Double { 0.9 }

    /// Searches.
    ///
    /// - Parameters:
    ///   - start: The point of length 0; its slope is negative.
    ///   - length: What is tried first.
    ///   - evaluate: Gives the point at a length.
    /// - Returns: The best point found, and how often the function was evaluated.
    func run(
        from start: Point, length: Double, evaluate: (Double) throws -> Point
    ) rethrows -> (Point, evaluationCount: Int) {
        var (previous, point) = (start, try evaluate(length))
        var count = 0
        while count < maxEvaluations {
            // Written so that a loss that is not a number counts as too high.
            let rises = !(point.loss <= promised(start, point)) || count > 1 && point.loss >= previous.loss
            if !rises || isLevel(point, start), isFlat(point, start) { return (point, count + 1) }
            if rises || point.slope >= 0 {
                return try narrow(previous, point, start, count, evaluate)
            }
            let farther = Self.lowest(
                previous, point, within: (point.length + 0.01 * (point.length - previous.length))...(point.length * 10))
            previous = point
            point = try evaluate(farther)
            count += 1
        }
        return (point.loss < start.loss ? point : start, count + 1)
    }

    /// Brings two points with a good one between them closer together.
    private func narrow(
        _ first: Point, _ second: Point, _ start: Point, _ count: Int, _ evaluate: (Double) throws -> Point
    ) rethrows -> (Point, evaluationCount: Int) {
        var count = count
        var (low, high) = second.loss < first.loss ? (second, first) : (first, second)
        var wasNearEnd = false
        while count < maxEvaluations {
            if abs(high.length - low.length) * largestStep < changeTolerance { break }
            let ends = min(low.length, high.length)...max(low.length, high.length)
            var length = Self.lowest(low, high, within: ends)
            let margin = 0.1 * (ends.upperBound - ends.lowerBound)
            if min(ends.upperBound - length, length - ends.lowerBound) < margin {
                // Near an end twice, or at one: a tenth of the way from it.
                if wasNearEnd || length >= ends.upperBound || length <= ends.lowerBound {
                    let isUpper = abs(length - ends.upperBound) < abs(length - ends.lowerBound)
                    length = isUpper ? ends.upperBound - margin : ends.lowerBound + margin
                    wasNearEnd = false
                } else {
                    wasNearEnd = true
                }
            } else {
                wasNearEnd = false
            }
            let point = try evaluate(length)
            count += 1
            if isLevel(point, start), isFlat(point, start) { return (point, count + 1) }
            if !(point.loss <= promised(start, point) && point.loss < low.loss) {
                high = point
                if high.loss < low.loss { swap(&low, &high) }
            } else {
                if isFlat(point, start) { return (point, count + 1) }
                if point.slope * (high.length - low.length) >= 0 { high = low }
                low = point
            }
        }
        return (low, count + 1)
    }

    /// What the loss at a point has to be at most.
    private func promised(_ start: Point, _ point: Point) -> Double {
        start.loss + Self.decrease * point.length * start.slope
    }

    /// Whether rounding alone may have lifted the loss at a point above the start's.
    private func isLevel(_ point: Point, _ start: Point) -> Bool {
        lossNoise > 0 && point.loss <= start.loss + lossNoise * abs(start.loss)
    }

    private func isFlat(_ point: Point, _ start: Point) -> Bool {
        abs(point.slope) <= -Self.flatness * start.slope
    }

    /// Where the cubic through two points with their slopes is lowest; the middle where it has no minimum.
    private static func lowest(_ a: Point, _ b: Point, within bounds: ClosedRange<Double>) -> Double {
        let (left, right) = a.length <= b.length ? (a, b) : (b, a)
        let sum = left.slope + right.slope - 3 * (left.loss - right.loss) / (left.length - right.length)
        let square = sum * sum - left.slope * right.slope
        let root = square.squareRoot()
        let length =
            right.length
            - (right.length - left.length) * ((right.slope + root - sum) / (right.slope - left.slope + 2 * root))
        guard square >= 0, !length.isNaN else { return (bounds.lowerBound + bounds.upperBound) / 2 }
        return min(max(length, bounds.lowerBound), bounds.upperBound)
    }
}
