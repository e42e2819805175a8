import ZooCore

/// The one thread that calls oneDNN.
///
/// OpenMP gives every thread that calls it a team of workers of its own, so callers hand their work to this thread and
/// wait. It begins with the first call and lives as long as the process. Work is done in the order of arrival.
///
/// Calls block: never make them on Swift's cooperative pool where that would starve other tasks.
final class EngineThread: Sendable {
    static let shared = EngineThread()

    private struct State {
        var queue: [Job] = []
        var thread: WorkerThread?
    }

    /// Work on its way to the thread and back. The monitor orders all access to `isDone`.
    private final class Job: @unchecked Sendable {
        private var work: (() -> Void)?
        var isDone = false

        init(work: @escaping () -> Void) {
            self.work = work
        }

        /// Does the work and lets go of it: the caller's closure must not outlive the caller's wait.
        func run() {
            work?()
            work = nil
        }
    }

    private let state = Monitor(State())

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
        var isStarted = false
        state.change { state in
            if state.thread == nil { state.thread = WorkerThread { EngineThread.shared.run() } }
            isStarted = state.thread != nil
            if isStarted { state.queue.append(job) }
            return isStarted
        }
        guard isStarted else { return false }
        return state.wait { _ in job.isDone ? true : nil }
    }

    private func run() {
        while true {
            let job = state.wait { state in state.queue.isEmpty ? nil : state.queue.removeFirst() }
            job.run()
            state.change { _ in
                job.isDone = true
                return true
            }
        }
    }
}
