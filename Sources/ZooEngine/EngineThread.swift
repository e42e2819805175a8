import Glibc

/// The one thread that calls oneDNN.
///
/// OpenMP gives every thread that calls it a team of workers of its own, so callers hand their work to this thread and
/// wait. It begins with the first call and lives as long as the process. Work is done in the order of arrival.
///
/// Calls block: never make them on Swift's cooperative pool where that would starve other tasks.
@safe final class EngineThread: @unchecked Sendable {
    // @unchecked: `queue` is touched only with `lock` held; the C objects live at fixed addresses for ever.

    static let shared = EngineThread()

    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var queue: [Job] = []
    private var isRunning = false

    private final class Job {
        let work: () -> Void
        var isDone = false

        init(work: @escaping () -> Void) {
            self.work = work
        }
    }

    private init() {
        unsafe lock = .allocate(capacity: 1)
        unsafe changed = .allocate(capacity: 1)
        unsafe lock.initialize(to: pthread_mutex_t())
        unsafe changed.initialize(to: pthread_cond_t())
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_cond_init(changed, nil)
    }

    /// Does `work` on the engine's thread and waits for it.
    ///
    /// - Throws: What `work` throws; ``EngineError`` (`library`) if the thread cannot be started.
    /// - Precondition: The caller is not itself work of this thread.
    func perform<Result>(_ work: () throws(EngineError) -> Result) throws(EngineError) -> Result {
        var outcome: Swift.Result<Result, EngineError>?
        // The job has ended when `wait` returns, so the closure does not escape.
        let isStarted = withoutActuallyEscaping(work) { work in
            wait(
                for: Job {
                    do throws(EngineError) { outcome = .success(try work()) } catch { outcome = .failure(error) }
                })
        }
        guard isStarted, let outcome else {
            throw EngineError(.library, place: "", "the system refused to start the engine's thread; free some memory")
        }
        return try outcome.get()
    }

    private func wait(for job: Job) -> Bool {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        guard start() else { return false }
        queue.append(job)
        unsafe pthread_cond_broadcast(changed)
        while !job.isDone { unsafe pthread_cond_wait(changed, lock) }
        return true
    }

    private func start() -> Bool {
        if isRunning { return true }
        var thread = pthread_t()
        let status = unsafe pthread_create(&thread, nil, { _ in EngineThread.shared.run() }, nil)
        guard status == 0 else { return false }
        pthread_detach(thread)
        isRunning = true
        return true
    }

    private func run() -> Never {
        unsafe pthread_mutex_lock(lock)
        while true {
            while queue.isEmpty { unsafe pthread_cond_wait(changed, lock) }
            let job = queue.removeFirst()
            unsafe pthread_mutex_unlock(lock)
            job.work()
            unsafe pthread_mutex_lock(lock)
            job.isDone = true
            unsafe pthread_cond_broadcast(changed)
        }
    }
}
