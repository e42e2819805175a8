public import ZooCore

/// How a network is run.
public struct EngineOptions: Sendable, Hashable {
    /// How many threads compute; at least 1.
    public var threads: Int
    /// Whether convolutions keep to the direct algorithm. Otherwise 3×3 ones use Winograd's where that is faster, whose
    /// rounding errors are larger; see docs/engine.md.
    public var exact: Bool

    /// The type of the numbers between input and result.
    public var precision: Precision

    /// What is computed with 8-bit integers; nothing if `nil`. The rest is float32: ``precision`` does not count then. For
    /// inference only.
    public var calibration: Int8Calibration?

    /// How many bytes a plan may take for results and scratch space; what the machine has if `nil`.
    public var memoryLimit: Int?

    /// Creates the options; by default float32 and as many threads as there are processors.
    public init(
        threads: Int = WorkerThreads.processorCount, exact: Bool = false, precision: Precision = .float32,
        memoryLimit: Int? = nil, calibration: Int8Calibration? = nil
    ) {
        precondition(threads > 0, "threads")
        self.threads = threads
        self.exact = exact
        self.precision = precision
        self.memoryLimit = memoryLimit
        self.calibration = calibration
    }
}
