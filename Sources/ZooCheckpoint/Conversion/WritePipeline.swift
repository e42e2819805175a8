import ZooCore
import ZooTensor

/// Two threads on the tensors of a file: one fetches them, ahead, and compares those that were written; the other, the
/// caller's, writes them.
///
/// Fetching checks the checksum of a tensor's source and converts its elements; so does the work of one thread overlap
/// with the copying of the other, and no more than a window of converted tensors is in memory.
struct WritePipeline {
    private let core: Core
    private let thread: WorkerThread?

    /// Starts to fetch `tensors`; each is compared once it was written.
    init(
        _ tensors: [PlannedTensor], compare: @escaping @Sendable (Int, Tensor) throws(CheckpointError) -> Void
    ) {
        let core = Core(tensors, compare)
        self.core = core
        thread = WorkerThread { while core.perform(core.waitForStep()) {} }
    }

    /// The next tensor to write.
    ///
    /// - Throws: what fetching or comparing an earlier one threw.
    func next() throws(CheckpointError) -> Tensor {
        // The system gave no second thread: this one does its steps.
        if thread == nil { core.performAvailableSteps() }
        return try core.take()
    }

    /// Says that the first `count` tensors are in the file, so that they can be compared.
    func wrote(_ count: Int) { core.wrote(count) }

    /// Waits until all tensors were compared.
    func finish() throws(CheckpointError) {
        if thread == nil { core.performAvailableSteps() }
        try core.waitForEnd()
    }

    /// Ends the thread; to be called once, whatever happened.
    func stop() {
        core.stop()
        thread?.join()
    }
}

/// What the threads of a ``WritePipeline`` share.
private final class Core: Sendable {
    private struct State {
        /// Fetched and not compared yet.
        var held: [Int: Tensor] = [:]
        var heldByteCount = 0
        var fetchedCount = 0
        var takenCount = 0
        var writtenCount = 0
        var comparedCount = 0
        var failure: CheckpointError?
        var isStopped = false
    }

    enum Step {
        case fetch(Int)
        case compare(Int, Tensor)
        case end
    }

    private let state = Monitor(State())
    private let tensors: [PlannedTensor]
    private let compare: @Sendable (Int, Tensor) throws(CheckpointError) -> Void
    /// How many bytes may be fetched and not compared; enough to never keep the writer waiting.
    private static let window = 64 << 20

    init(
        _ tensors: [PlannedTensor], _ compare: @escaping @Sendable (Int, Tensor) throws(CheckpointError) -> Void
    ) {
        self.tensors = tensors
        self.compare = compare
    }

    func waitForStep() -> Step {
        state.wait { [self] state in step(state) }
    }

    /// Does a step; whether there may be more.
    func perform(_ step: Step) -> Bool {
        do throws(CheckpointError) {
            switch step {
            case .end: return false
            case .fetch(let index):
                let tensor = try tensors[index].fetch()
                state.change { state in
                    state.held[index] = tensor
                    state.heldByteCount += tensor.layout.byteCount
                    state.fetchedCount = index + 1
                    return true
                }
            case .compare(let index, let tensor):
                try compare(index, tensor)
                state.change { state in
                    state.held[index] = nil
                    state.heldByteCount -= tensor.layout.byteCount
                    state.comparedCount = index + 1
                    return true
                }
            }
            return true
        } catch {
            state.change { state in
                state.failure = error
                return true
            }
            return false
        }
    }

    func performAvailableSteps() {
        var next: Step?
        repeat {
            next = nil
            state.change { [self] state in
                next = step(state)
                return false
            }
        } while next.map(perform) ?? false
    }

    func take() throws(CheckpointError) -> Tensor {
        let result: Result<Tensor, CheckpointError> = state.wait { state in
            if let failure = state.failure { return .failure(failure) }
            guard let tensor = state.held[state.takenCount] else { return nil }
            state.takenCount += 1
            return .success(tensor)
        }
        return try result.get()
    }

    func wrote(_ count: Int) {
        state.change { state in
            state.writtenCount = count
            return true
        }
    }

    func waitForEnd() throws(CheckpointError) {
        let count = tensors.count
        let result: Result<Void, CheckpointError> = state.wait { state in
            if let failure = state.failure { return .failure(failure) }
            return state.comparedCount == count ? .success(()) : nil
        }
        try result.get()
    }

    func stop() {
        state.change { state in
            state.isStopped = true
            return true
        }
    }

    /// What the second thread should do now; `nil` if it must wait.
    private func step(_ state: State) -> Step? {
        if state.isStopped || state.comparedCount == tensors.count { return .end }
        let isAhead = state.heldByteCount >= Self.window && state.fetchedCount > state.writtenCount
        if state.fetchedCount < tensors.count, !isAhead { return .fetch(state.fetchedCount) }
        if state.comparedCount < state.writtenCount, let tensor = state.held[state.comparedCount] {
            return .compare(state.comparedCount, tensor)
        }
        return nil
    }
}
