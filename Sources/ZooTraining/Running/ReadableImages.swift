import Synchronization
import SystemPackage
import ZooCore
import ZooImage

/// Which images can be decoded, found out before they are needed again and again.
enum ReadableImages {
    /// The images that cannot be decoded, in the order of the samples.
    ///
    /// - Parameter onProgress: called now and then on the calling thread with the number of images looked at.
    /// - Complexity: O(bytes of the images), on `threadCount` threads.
    static func failures(
        in samples: [ImageSample], threadCount: Int, onProgress: (Int) throws -> Void
    ) throws -> [ImageFailure] {
        let found = Mutex<[ImageFailure]>([])
        var next = 0
        while next < samples.count {
            let part = next..<min(next + 64 * threadCount, samples.count)
            let position = Atomic<Int>(part.lowerBound)
            WorkerThreads.run(min(threadCount, part.count)) { _ in
                while true {
                    let index = position.add(1, ordering: .relaxed).oldValue
                    guard index < part.upperBound else { return }
                    do throws(ImageError) { _ = try ImageDecoder.decode(samples[index].path) } catch {
                        let failure = ImageFailure(index: index, sample: samples[index], error: error)
                        found.withLock { $0.append(failure) }
                    }
                }
            }
            next = part.upperBound
            try onProgress(next)
        }
        return found.withLock { $0 }.sorted { $0.index < $1.index }
    }
}
