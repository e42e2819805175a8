internal import Synchronization

extension WorkerThreads {
    /// What `body` gives for each number from 0 to `count`, in order.
    ///
    /// - Parameters:
    ///   - onProgress: called on the calling thread after every 64 numbers a thread, with how many there are results of;
    ///     what it throws ends the work.
    ///   - body: called on up to `threadCount` threads, for any number at any time.
    /// - Complexity: O(`count`) calls.
    public static func map<Value: Sendable>(
        _ count: Int, threadCount: Int = processorCount, onProgress: (Int) throws -> Void,
        _ body: @escaping @Sendable (_ index: Int) -> Value
    ) rethrows -> [Value] {
        let results = Mutex<[Value?]>(Array(repeating: nil, count: count))
        let threadCount = max(1, threadCount)
        var first = 0
        while first < count {
            let part = first..<min(first + 64 * threadCount, count)
            let next = Atomic<Int>(part.lowerBound)
            run(min(threadCount, part.count)) { _ in
                while true {
                    let index = next.add(1, ordering: .relaxed).oldValue
                    guard index < part.upperBound else { return }
                    let value = body(index)
                    results.withLock { $0[index] = value }
                }
            }
            first = part.upperBound
            try onProgress(first)
        }
        return results.withLock { $0 }.compactMap(\.self)
    }

    /// The same where nobody wants to know how far it is.
    public static func map<Value: Sendable>(
        _ count: Int, threadCount: Int = processorCount, _ body: @escaping @Sendable (_ index: Int) -> Value
    ) -> [Value] {
        map(count, threadCount: threadCount, onProgress: { _ in }, body)
    }
}
