import Synchronization

/// Counts the bytes of a long work, whichever thread they are done on, and tells somebody.
final class ByteProgress: Sendable {
    /// Hears how many bytes of how many are done, on any thread; what it throws ends the work.
    typealias Listener = @Sendable (_ done: Int, _ total: Int) throws -> Void

    private let total: Int
    private let listener: Listener
    private let done = Atomic<Int>(0)

    init(total: Int, _ listener: @escaping Listener) {
        self.total = total
        self.listener = listener
    }

    /// Takes note of more bytes.
    ///
    /// - Throws: What the listener throws.
    func advance(by count: Int) throws {
        try listener(done.add(count, ordering: .relaxed).newValue, total)
    }
}
