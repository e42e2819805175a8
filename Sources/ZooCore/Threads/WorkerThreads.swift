internal import FoundationEssentials

/// Threads of zoo's own, for work that blocks or keeps a processor busy, which Swift's cooperative pool must not do.
public enum WorkerThreads {
    /// How many processors this process may use, by its affinity mask and by the limits of its control groups, as
    /// containers have; at least one. Limits are read once.
    public static var processorCount: Int {
        max(1, min(ProcessInfo.processInfo.activeProcessorCount, quota))
    }

    private static let quota = ProcessorQuota().processorCount ?? .max

    /// Runs `body` at the same time on up to `count` threads, the calling one among them, and returns when all ended.
    ///
    /// When the system refuses more threads there are fewer, but always the calling one: let the threads pull their
    /// work from a shared queue rather than own a fixed part of it.
    ///
    /// - Parameter body: Called once a thread with the thread's number, from 0.
    public static func run(_ count: Int, _ body: @escaping @Sendable (_ thread: Int) -> Void) {
        let threads = (1..<max(1, count)).compactMap { index in WorkerThread { body(index) } }
        body(0)
        for thread in threads { thread.join() }
    }
}
