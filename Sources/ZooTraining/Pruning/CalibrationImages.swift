import ZooCore
import ZooEngine
public import ZooImage
public import ZooRegistry

/// Images by which layers that lost channels are fitted to what they were: a few training images, ready for the network.
public struct CalibrationImages: Sendable {
    /// Some of the images.
    struct Batch: Sendable {
        /// `count×3×H×W`, normalised.
        let pixels: [Float]
        let count: Int
    }

    let batches: [Batch]
    /// How many images fit into a batch.
    let batchSize: Int
    let size: ImageSize
    let running: NetworkRunner.Options

    init(_ batches: [Batch], batchSize: Int, size: ImageSize, running: NetworkRunner.Options = NetworkRunner.Options())
    {
        self.batches = batches
        self.batchSize = batchSize
        self.size = size
        self.running = running
    }

    /// How many images there are.
    public var count: Int { batches.reduce(0) { $0 + $1.count } }

    /// How many images fit into a batch, as with `zoo finetune`.
    private static let largestBatch = 32

    /// As many images as 64 of 224×224 have pixels, no more than 512, taken evenly from all of them. That is enough, since
    /// layers are fitted to many places of each.
    ///
    /// - Throws: ``ZooImage/ImageError`` if the images cannot form batches. Images that cannot be read are passed over.
    public init(of samples: [ImageSample], preprocessing: Preprocessing, running: NetworkRunner.Options) throws {
        let preprocessor = Preprocessor(preprocessing)
        let wanted = 2 * NetworkRunner.defaultBatchSize(for: samples, preprocessor: preprocessor)
        let count = min(wanted, samples.count)
        let chosen = (0..<count).map { samples[$0 * samples.count / count] }
        let images = try ImageBatches(
            chosen, preprocessor: preprocessor, batchSize: Self.largestBatch,
            threadCount: running.engineOptions.threads)
        var batches: [Batch] = []
        try images.forEach { batch in
            if batch.count > 0 { batches.append(Batch(pixels: Array(copying: batch.pixels), count: batch.count)) }
        }
        self.init(batches, batchSize: images.batchSize, size: images.imageSize, running: running)
    }
}
