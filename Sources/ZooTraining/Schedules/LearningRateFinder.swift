import Glibc

/// Looks for a good learning rate: a short training whose rate grows exponentially until the loss explodes.
///
/// The range test of Smith, *Cyclical Learning Rates for Training Neural Networks* (2017), as fastai's `lr_find` does it.
/// This only decides; who trains asks for ``nextRate``, takes a step with it, and tells the loss.
///
/// ```swift
/// var finder = LearningRateFinder()
/// while let rate = finder.nextRate { finder.record(loss: try step(rate)) }
/// let rate = finder.suggestion(.valley)
/// ```
public struct LearningRateFinder: Sendable, Hashable {
    /// The settings, with fastai's defaults.
    public struct Options: Sendable, Hashable {
        /// The first rate.
        public var start = 1e-7
        /// The rate after the last one.
        public var end = 10.0
        /// How many steps are taken at most; at least 6.
        public var stepCount = 100
        /// The test ends when the smoothed loss is so many times the lowest; `nil` never ends it.
        public var divergence: Double? = 4

        /// fastai's defaults.
        public init() {}
    }

    /// A step of the test.
    public struct Point: Sendable, Hashable, Codable {
        /// The learning rate of the step.
        public let rate: Double
        /// The mean of the losses so far, the newer the heavier.
        public let loss: Double
    }

    /// How a rate is chosen from the points.
    public enum Suggestion: String, Sendable, Hashable, CaseIterable {
        /// Half-way down the longest valley: the longest run of points, not necessarily neighbours, whose losses fall.
        case valley
        /// Where the loss falls most steeply over the logarithm of the rate.
        case steepest
        /// A tenth of the rate of the lowest loss.
        case minimum
    }

    /// The settings.
    public let options: Options
    /// The steps taken so far.
    public private(set) var points: [Point] = []
    /// Whether the loss exploded.
    public private(set) var hasDiverged = false
    private var mean = 0.0
    private var lowest = Double.infinity

    /// How much of the mean is kept from step to step.
    private static let smoothing = 0.98

    /// A test before its first step.
    ///
    /// - Precondition: Rates are above 0.
    public init(_ options: Options = Options()) {
        precondition(options.start > 0 && options.end > 0, "learning rates are above 0")
        self.options = options
    }

    /// The learning rate of the next step; `nil` when the test is over.
    public var nextRate: Double? {
        let stepCount = max(options.stepCount, 6)
        guard !hasDiverged, points.count < stepCount else { return nil }
        return options.start * pow(options.end / options.start, Double(points.count) / Double(stepCount))
    }

    /// Tells the loss of the step, before the parameters were changed. One that is not finite ends the test and is no
    /// point.
    ///
    /// - Precondition: The test is not over.
    public mutating func record(loss: Double) {
        guard let rate = nextRate else { preconditionFailure("the test is over") }
        guard loss.isFinite else {
            hasDiverged = true
            return
        }
        mean = Self.smoothing * mean + (1 - Self.smoothing) * loss
        let smoothed = mean / (1 - pow(Self.smoothing, Double(points.count + 1)))
        points.append(Point(rate: rate, loss: smoothed))
        lowest = min(lowest, smoothed)
        hasDiverged = options.divergence.map { smoothed > $0 * lowest } ?? false
    }

    /// The points that suggestions look at: without the first tenth of the steps, where the mean is rough, and the last
    /// five, where the loss explodes.
    public var judgedPoints: ArraySlice<Point> {
        points.dropLast(5).dropFirst(max(options.stepCount, 6) / 10)
    }

    /// The rate that the points suggest; `nil` where there are too few of them.
    ///
    /// - Complexity: O(steps²) for ``Suggestion/valley``.
    public func suggestion(_ kind: Suggestion) -> Double? {
        let points = Array(judgedPoints)
        switch kind {
        case .valley: return Self.valley(points)
        case .steepest: return Self.steepest(points)
        case .minimum:
            return points.indices.min { points[$0].loss < points[$1].loss }.map { points[$0].rate / 10 }
        }
    }

    /// `rate` with two digits, which is as exact as a suggestion is.
    ///
    /// - Precondition: `rate` is above 0.
    public static func rounded(_ rate: Double) -> Double {
        var scale = 1.0
        while rate * scale < 10 { scale *= 10 }
        return (rate * scale).rounded() / scale
    }

    private static func steepest(_ points: [Point]) -> Double? {
        let slopes = zip(points, points.dropFirst()).map { ($1.loss - $0.loss) / (log($1.rate) - log($0.rate)) }
        return slopes.indices.min { slopes[$0] < slopes[$1] }.map { points[$0].rate }
    }

    private static func valley(_ points: [Point]) -> Double? {
        guard !points.isEmpty else { return nil }
        // How long the longest run of falling losses is that ends at each point.
        var lengths = [Int](repeating: 1, count: points.count)
        var end = 0
        for index in points.indices.dropFirst() {
            for earlier in 0..<index where points[index].loss < points[earlier].loss {
                lengths[index] = max(lengths[index], lengths[earlier] + 1)
            }
            if lengths[index] > lengths[end] { end = index }
        }
        // As many points back as the run is long, as fastai has it, though the run may have gaps.
        let section = Double(lengths[end]) / 3
        return points[max(end - lengths[end] + Int(section) + Int(section / 2), 0)].rate
    }
}
