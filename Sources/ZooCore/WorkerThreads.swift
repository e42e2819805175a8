import Glibc

/// Threads of zoo's own, for work that blocks or keeps a processor busy, which Swift's cooperative pool must not do.
public enum WorkerThreads {
    /// How many processors the machine has at work; at least one.
    public static var processorCount: Int {
        max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }

    /// Runs `body` at the same time on up to `count` threads, the calling one among them, and returns when all ended.
    ///
    /// When the system refuses more threads there are fewer, but always the calling one: let the threads pull their
    /// work from a shared queue rather than own a fixed part of it.
    ///
    /// - Parameter body: Called once a thread with the thread's number, from 0.
    public static func run(_ count: Int, _ body: @escaping @Sendable (_ thread: Int) -> Void) {
        let threads = (1..<max(1, count)).compactMap { index in start { body(index) } }
        body(0)
        for thread in threads { _ = pthread_join(thread, nil) }
    }

    /// Starts a thread that runs `work`, or returns `nil` where the system refuses.
    private static func start(_ work: @escaping @Sendable () -> Void) -> pthread_t? {
        let box = unsafe Unmanaged.passRetained(Work(work))
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { context in
                if let context = unsafe context { unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, box.toOpaque())
        guard status == 0 else {
            unsafe box.release()
            return nil
        }
        return thread
    }

    /// Carries a closure through the C interface.
    private final class Work: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
