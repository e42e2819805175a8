import Synchronization
import ZooCore

/// Fetches several targets, some at the same time, and reports them in the order in which they were asked for.
final class FetchQueue: Sendable {
    typealias Answer = FetchCommand.Answer

    private struct State {
        var lock: LockFile?
        var next = 0
        var outcomes: [Result<Answer, any Error>?]
        /// How many outcomes were printed: those before the first that is still missing.
        var reportedCount = 0
        /// Nothing further is begun.
        var isEnding = false
    }

    private let board: ProgressBoard
    private let console: Console
    private let printsPaths: Bool
    private let isDryRun: Bool
    private let state: Mutex<State>

    /// - Parameter lock: what is pinned; what is fetched is added and saved.
    init(board: ProgressBoard, talk: OutputOptions, lock: LockFile?, isDryRun: Bool) {
        self.board = board
        console = talk.console
        printsPaths = !talk.json
        self.isDryRun = isDryRun
        state = Mutex(State(lock: lock, outcomes: []))
    }

    /// Calls `fetch` with each target from `jobs` threads.
    ///
    /// One that fails is printed and the others are still fetched; not so after Ctrl-C.
    ///
    /// - Returns: The answers, and the first failure.
    /// - Throws: the failure if there was but one target, if it was an interruption, or if it was none of zoo's.
    func run(
        _ targets: [FetchTarget], jobs: Int, fetch: @escaping @Sendable (FetchTarget) throws -> Answer
    ) throws -> (answers: [Answer], failure: (any ZooError)?) {
        state.withLock { $0.outcomes = Array(repeating: nil, count: targets.count) }
        WorkerThreads.run(min(jobs, targets.count)) { _ in
            while let index = self.takeNext() {
                let outcome = Result { try self.pinned(targets[index], try fetch(targets[index])) }
                self.finish(index, outcome, isOnly: targets.count == 1)
            }
        }
        let outcomes = state.withLock { $0.outcomes }.compactMap { $0 }
        var answers: [Answer] = []
        var failures: [any Error] = []
        for outcome in outcomes {
            switch outcome {
            case .success(let answer): answers.append(answer)
            case .failure(let failure): failures.append(failure)
            }
        }
        let known = failures.compactMap { $0 as? any ZooError }
        if let stop = known.first(where: { $0.kind == .interrupted }) { throw stop }
        if let first = failures.first, targets.count == 1 || known.count < failures.count { throw first }
        return (answers, known.first)
    }

    private func takeNext() -> Int? {
        state.withLock { state in
            guard !state.isEnding, state.next < state.outcomes.count else { return nil }
            state.next += 1
            return state.next - 1
        }
    }

    /// Adds what was fetched to the lock file.
    private func pinned(_ target: FetchTarget, _ answer: Answer) throws -> Answer {
        guard !isDryRun, let pin = target.pin(answer) else { return answer }
        try state.withLock { state in
            try state.lock?.add(pin)
            try state.lock?.save()
        }
        return answer
    }

    private func finish(_ index: Int, _ outcome: Result<Answer, any Error>, isOnly: Bool) {
        state.withLock { state in
            state.outcomes[index] = outcome
            if case .failure(let failure) = outcome {
                let kind = (failure as? any ZooError)?.kind
                if kind == nil || kind == .interrupted { state.isEnding = true }
            }
            while state.reportedCount < state.outcomes.count, let next = state.outcomes[state.reportedCount] {
                state.reportedCount += 1
                report(next, isOnly: isOnly)
            }
        }
    }

    private func report(_ outcome: Result<Answer, any Error>, isOnly: Bool) {
        switch outcome {
        case .success(let answer):
            guard printsPaths else { return }
            board.above { console.result(isDryRun ? "\(answer.url) → \(answer.path)" : answer.path) }
        case .failure(let failure as any ZooError) where !isOnly && failure.kind != .interrupted:
            board.above { console.error("\(failure)") }
        case .failure: break  // It is thrown, and printed where it ends.
        }
    }
}
