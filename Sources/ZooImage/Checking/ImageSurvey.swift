internal import ZooCore

/// Decodes many images on threads of its own and keeps a fingerprint of each.
enum ImageSurvey {
    private struct State {
        var next = 0
        var doneCount = 0
        var isStopped = false
        var results: [Result<ImageFingerprint, ImageError>?]
    }

    /// The fingerprints of `samples`, in their order, or why an image cannot be decoded.
    ///
    /// - Parameter onProgress: called on the calling thread with the number of images done; what it throws ends the work.
    static func run(
        _ samples: [ImageSample], threadCount: Int, onProgress: (Int) throws -> Void
    ) throws -> [Result<ImageFingerprint, ImageError>] {
        let monitor = Monitor(State(results: Array(repeating: nil, count: samples.count)))
        var threads: [WorkerThread] = []
        defer {
            monitor.change { state in
                state.isStopped = true
                return true
            }
            for thread in threads { thread.join() }
        }
        for _ in 0..<min(threadCount, samples.count) {
            if let thread = WorkerThread({ work(samples, monitor) }) { threads.append(thread) }
        }
        guard !threads.isEmpty || samples.isEmpty else {
            throw ImageError(.unreadable, samples[0].path, "no thread can be started to decode images")
        }
        var seen = 0
        while seen < samples.count {
            seen = monitor.wait { state in state.doneCount > seen ? state.doneCount : nil }
            try onProgress(seen)
        }
        var results: [Result<ImageFingerprint, ImageError>] = []
        monitor.change { state in
            results = state.results.compactMap { $0 }
            return false
        }
        return results
    }

    private static func work(_ samples: [ImageSample], _ monitor: Monitor<State>) {
        while true {
            var index: Int?
            monitor.change { state in
                guard !state.isStopped, state.next < samples.count else { return false }
                index = state.next
                state.next += 1
                return false
            }
            guard let index else { return }
            let result: Result<ImageFingerprint, ImageError>
            do throws(ImageError) {
                result = .success(ImageFingerprint(try ImageDecoder.decode(samples[index].path)))
            } catch {
                result = .failure(error)
            }
            monitor.change { state in
                state.results[index] = result
                state.doneCount += 1
                return true
            }
        }
    }
}
