import ZooCheckpoint
import ZooTensor

/// What is in the values of a checkpoint's tensors, for pictures.
struct TensorSurvey {
    /// The statistics of each tensor, in the checkpoint's order; `nil` where values have no order or there are none.
    private(set) var statistics: [TensorStatistics?] = []
    /// The values of each tensor in ``sparkBins`` ranges from its smallest to its largest; empty where there are none.
    private(set) var sparks: [[Int]] = []
    /// All floating-point values together in ``allBins`` ranges of ``allBounds``.
    private(set) var all = [Int](repeating: 0, count: TensorSurvey.allBins)
    /// Four standard deviations around the mean of all floating-point values; `nil` if there are none.
    private(set) var allBounds: ClosedRange<Double>?

    static let sparkBins = 20
    static let allBins = 81

    /// Looks at every value of a checkpoint.
    ///
    /// - Parameter onTensor: called before each; what it throws ends the work.
    /// - Complexity: O(*n*) in the number of elements.
    init(_ checkpoint: Checkpoint, onTensor: () throws -> Void) throws {
        for entry in checkpoint.tensors {
            try onTensor()
            guard !entry.isMeta, entry.shape.elementCount > 0 else {
                add(nil, [])
                continue
            }
            let tensor = try checkpoint.tensor(entry)
            // Complex numbers have no order.
            let found = try? tensor.statistics()
            guard let found, let least = found.minimum, let most = found.maximum else {
                add(found, [])
                continue
            }
            add(found, try tensor.histogram(in: least...most, binCount: Self.sparkBins))
        }
        try addAll(checkpoint, onTensor)
    }

    private mutating func add(_ found: TensorStatistics?, _ counts: [Int]) {
        statistics.append(found)
        sparks.append(counts)
    }

    private mutating func addAll(_ checkpoint: Checkpoint, _ onTensor: () throws -> Void) throws {
        let chosen = checkpoint.tensors.indices.filter { index in
            checkpoint.tensors[index].dtype.isFloatingPoint && statistics[index]?.mean != nil
        }
        guard let bounds = Self.bounds(of: chosen.compactMap { statistics[$0] }) else { return }
        allBounds = bounds
        for index in chosen {
            try onTensor()
            let counts = try checkpoint.tensor(checkpoint.tensors[index]).histogram(in: bounds, binCount: Self.allBins)
            for (bin, count) in counts.enumerated() { all[bin] += count }
        }
    }

    /// The mean of all values, and four standard deviations on both sides, as far as there are values.
    private static func bounds(of parts: [TensorStatistics]) -> ClosedRange<Double>? {
        let count = parts.reduce(0.0) { $0 + Double($1.count) }
        guard count > 0 else { return nil }
        let mean = parts.reduce(0) { $0 + ($1.mean ?? 0) * Double($1.count) } / count
        let square = parts.reduce(0.0) { sum, part in
            let (distance, deviation) = ((part.mean ?? 0) - mean, part.standardDeviation ?? 0)
            return sum + (deviation * deviation + distance * distance) * Double(part.count)
        }
        let reach = 4 * (square / count).squareRoot()
        guard reach.isFinite, mean.isFinite else { return nil }
        let (least, most) = (parts.compactMap(\.minimum).min() ?? mean, parts.compactMap(\.maximum).max() ?? mean)
        let (lower, upper) = (max(mean - reach, least), min(mean + reach, most))
        return lower < upper ? lower...upper : nil
    }

    /// How many floating-point values are outside of ``allBounds``, or no finite numbers.
    func outsideCount(_ checkpoint: Checkpoint) -> Int {
        let total = checkpoint.tensors.indices.reduce(0) { sum, index in
            checkpoint.tensors[index].dtype.isFloatingPoint && statistics[index]?.mean != nil
                ? sum + checkpoint.tensors[index].shape.elementCount : sum
        }
        return total - all.reduce(0, +)
    }
}

extension DType {
    fileprivate var isFloatingPoint: Bool {
        switch self {
        case .float64, .float32, .float16, .bfloat16: true
        case .float8E5M2, .float8E4M3FN, .float8E5M2FNUZ, .float8E4M3FNUZ, .float8E8M0FNU: true
        default: false
        }
    }
}
