import Synchronization
import Testing
import ZooCore

@Suite("work on threads") struct WorkerThreadsTests {
    @Test("results have the order of the numbers", arguments: [(0, 3), (1, 4), (63, 1), (200, 1), (1000, 3), (5, 0)])
    func order(count: Int, threadCount: Int) {
        let calls = Mutex<[Int]>([])
        var progress: [Int] = []
        let squares = WorkerThreads.map(count, threadCount: threadCount, onProgress: { progress.append($0) }) { index in
            calls.withLock { $0.append(index) }
            return index % 7 == 0 ? nil : index * index
        }
        #expect(squares == (0..<count).map { $0 % 7 == 0 ? nil : $0 * $0 })
        #expect(calls.withLock { $0 }.sorted() == Array(0..<count), "each number once")
        #expect(progress == progress.sorted() && progress.last ?? 0 == count)
    }

    @Test func whatProgressThrowsEndsTheWork() {
        struct Stop: Error {}
        let calls = Atomic(0)
        #expect(throws: Stop.self) {
            try WorkerThreads.map(1000, threadCount: 2, onProgress: { _ in throw Stop() }) { index in
                calls.add(1, ordering: .relaxed)
                return index
            }
        }
        #expect(calls.load(ordering: .relaxed) == 128)
    }
}
