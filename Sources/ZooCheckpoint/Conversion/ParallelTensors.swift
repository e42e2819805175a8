import ZooCore

/// Work on many tensors, on every processor.
enum ParallelTensors {
    private struct Queue {
        var next = 0
        var failure: (index: Int, error: CheckpointError)?
    }

    /// Calls `body` for 0 to `count` - 1, and throws the error of the lowest index that failed.
    static func forEach(
        _ count: Int, _ body: @escaping @Sendable (Int) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        let queue = Monitor(Queue())
        WorkerThreads.run(min(WorkerThreads.processorCount, count)) { _ in
            while let index = queue.wait({ queue in take(&queue, count) }) {
                do throws(CheckpointError) {
                    try body(index)
                } catch {
                    queue.change { queue in
                        if index < queue.failure?.index ?? .max { queue.failure = (index, error) }
                        return false
                    }
                }
            }
        }
        if let error = queue.wait({ queue in Optional(queue.failure?.error) }) { throw error }
    }

    /// The next index, or `nil` inside the result when there is none.
    private static func take(_ queue: inout Queue, _ count: Int) -> Int?? {
        guard queue.next < count, queue.failure == nil else { return .some(nil) }
        queue.next += 1
        return .some(queue.next - 1)
    }
}
