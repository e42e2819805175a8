internal import Glibc

/// A thread of the operating system, for work that would block Swift's cooperative threads.
public struct WorkerThread: Sendable {
    private let thread: pthread_t

    /// Starts a thread that runs `body`; `nil` if the system has no more threads.
    public init?(_ body: @escaping @Sendable () -> Void) {
        let work = unsafe Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread, nil,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                }
                return nil
            }, work.toOpaque())
        guard status == 0 else {
            unsafe work.release()
            return nil
        }
        self.thread = thread
    }

    /// Waits until the thread has ended.
    ///
    /// - Precondition: It was not called before.
    public func join() {
        let status = pthread_join(thread, nil)
        precondition(status == 0, "pthread_join failed")
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }
}
