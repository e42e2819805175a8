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
        try WorkerThreads.map(samples.count, threadCount: threadCount, onProgress: onProgress) { index in
            do throws(ImageError) {
                _ = try ImageDecoder.decode(samples[index].path)
                return nil
            } catch {
                return ImageFailure(index: index, sample: samples[index], error: error)
            }
        }.compactMap(\.self)
    }
}
