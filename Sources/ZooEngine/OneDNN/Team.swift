import COneDNN

/// The threads that oneDNN's kernels run on, for loops of the engine's own. Used on ``EngineThread`` only.
enum Team {
    private struct Loop {
        let count: Int
        let body: (Range<Int>) -> Void
    }

    /// Splits `0..<count` evenly among the threads, and waits for all.
    ///
    /// - Parameter body: called once on each thread that gets anything; the calls touch different memory.
    static func split(_ count: Int, _ body: (Range<Int>) -> Void) {
        withoutActuallyEscaping(body) { body in
            var loop = Loop(count: count, body: body)
            unsafe withUnsafeMutablePointer(to: &loop) { loop in
                unsafe GOMP_parallel(
                    { context in
                        guard let loop = unsafe context?.assumingMemoryBound(to: Loop.self).pointee else { return }
                        let (thread, threads) = (Int(omp_get_thread_num()), Int(omp_get_num_threads()))
                        let range = loop.count * thread / threads..<loop.count * (thread + 1) / threads
                        if !range.isEmpty { loop.body(range) }
                    }, loop, 0, 0)
            }
        }
    }
}
