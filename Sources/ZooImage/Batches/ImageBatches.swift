internal import SystemPackage
internal import ZooCore

/// Decodes and preprocesses images on threads of its own and hands them out in batches.
///
/// The batches come in the order of the samples and have the same content whatever the number of threads. At most
/// three batches exist at a time; their memory is reused.
///
/// ```swift
/// let batches = try ImageBatches(folder.train.samples, preprocessor: preprocessor, batchSize: 32, threadCount: 2)
/// try batches.forEach { batch in
///     let features = try plan.run(batch.pixels, count: batch.count)
///     for failure in batch.failures { warn(failure.error) }
/// }
/// ```
public struct ImageBatches: Sendable {
    /// All samples, in the order in which they are delivered.
    public let samples: [ImageSample]
    /// What is done to each image.
    public let preprocessor: Preprocessor
    /// The number of samples of every batch but the last.
    public let batchSize: Int
    /// How many threads decode.
    public let threadCount: Int
    /// What is changed at random.
    public let augmentation: Augmentation
    /// What the changes follow from, together with the position of each sample.
    public let seed: UInt64
    /// The size of every preprocessed image.
    public let imageSize: ImageSize
    private let steps: [Augmentation.Step]
    private let streams: [UInt64]?

    /// Prepares the batches. Without a crop in the preprocessing, the header of the first readable image is looked at:
    /// all others must come out at the same size.
    ///
    /// With an augmentation, what is drawn for a sample follows from `seed` and its stream alone, whatever the threads and
    /// the batches; give each epoch a seed of its own.
    ///
    /// - Parameter streams: the stream of each sample, such as a hash of its bytes; its position in `samples` if `nil`.
    /// - Throws: ``ImageError``: `.tooLarge` if the preprocessed images would not fit into memory; without a crop, the
    ///   error of the first image if no image can be read; `.sizesDiffer` for samples to be turned that are not square.
    /// - Precondition: `batchSize` and `threadCount` are positive.
    public init(
        _ samples: [ImageSample], preprocessor: Preprocessor, batchSize: Int, threadCount: Int,
        augmentation: Augmentation = .none, seed: UInt64 = 0, streams: [UInt64]? = nil
    ) throws(ImageError) {
        precondition(batchSize > 0 && threadCount > 0, "batches and threads are counted from one")
        self.samples = samples
        self.preprocessor = preprocessor
        self.augmentation = augmentation
        self.seed = seed
        self.streams = streams
        steps = augmentation.steps(for: preprocessor.preprocessing)
        self.batchSize = min(batchSize, max(samples.count, 1))
        self.threadCount = min(threadCount, max(samples.count, 1))
        imageSize = try preprocessor.outputSize(for: samples)
        if imageSize.height != imageSize.width, let sample = samples.first(where: { $0.quarterTurns % 2 != 0 }) {
            throw ImageError(
                .sizesDiffer, sample.path,
                "images of \(imageSize) pixels cannot be turned by a right angle; make them square")
        }
        let elements = Checked.product([self.batchSize, 3, imageSize.height, imageSize.width])
        guard let elements, elements <= Self.maximumElementCount else {
            throw ImageError(
                .tooLarge, samples.first?.path ?? ".",
                "a batch of \(self.batchSize) images of \(imageSize) pixels is too large; resize or crop them, or take "
                    + "smaller batches")
        }
    }

    /// The most floats a batch may have: 4 GiB of them.
    private static let maximumElementCount = 1 << 30

    /// The number of batches.
    public var count: Int { (samples.count + batchSize - 1) / batchSize }

    /// Calls `body` with each batch, in order, on the calling thread.
    ///
    /// The threads are started by this call and have ended when it returns or throws. While `body` runs they begin no
    /// further image, so that it may use every processor: threads that compute together wait for each other at every
    /// step, and a single decoder in their way would hold up all of them.
    ///
    /// - Parameters:
    ///   - isCancelled: asked before each batch; `true` ends the work without an error.
    ///   - body: uses a batch, which is valid for this one call.
    /// - Throws: whatever `body` throws; ``ImageError`` `.sizesDiffer` if nothing makes the images equal in size;
    ///   ``ImageError`` `.unreadable` if no thread can be started.
    public func forEach(
        isCancelled: () -> Bool = { false }, _ body: (borrowing ImageBatch) throws -> Void
    ) throws {
        guard !samples.isEmpty else { return }
        let ring = BatchRing(
            sampleCount: samples.count, batchSize: batchSize,
            imageElementCount: 3 * imageSize.height * imageSize.width)
        var threads: [WorkerThread] = []
        defer {
            ring.stop()
            for thread in threads { thread.join() }
        }
        for _ in 0..<threadCount {
            if let thread = WorkerThread({ work(on: ring) }) { threads.append(thread) }
        }
        guard !threads.isEmpty else {
            throw ImageError(.unreadable, samples[0].path, "no thread can be started to decode images")
        }
        for number in 0..<count {
            if isCancelled() { return }
            let slot = ring.takeBatch(number)
            let batch = try ImageBatch(number: number, slot: slot, of: self)
            try body(batch)
            ring.release(number)
        }
    }

    /// What each thread does until the samples are used up or the ring is stopped.
    private func work(on ring: BatchRing) {
        var window = ResizeWindow()
        while let position = ring.claim() {
            let outcome = load(into: position, of: ring, using: &window)
            ring.finish(position, outcome)
        }
    }

    private func load(
        into position: BatchRing.Position, of ring: BatchRing, using window: inout ResizeWindow
    ) -> ImageOutcome {
        let path = samples[position.sample].path
        do throws(ImageError) {
            let image = try ImageDecoder.decode(path)
            let size = preprocessor.outputSize(for: image.size)
            guard size == imageSize else { return .failed(sizeError(path, size)) }
            ring.withPixels(at: position) { pixels in
                if steps.isEmpty {
                    preprocessor.apply(image, into: &pixels, using: &window)
                } else {
                    var generator = SeededGenerator(
                        seed: seed, stream: streams?[position.sample] ?? UInt64(position.sample))
                    preprocessor.apply(image, steps: steps, using: &generator, into: &pixels, window: &window)
                }
                QuarterTurn.apply(samples[position.sample].quarterTurns, to: &pixels, side: imageSize.width)
            }
            return .loaded
        } catch {
            return .failed(error)
        }
    }

    private func sizeError(_ path: FilePath, _ size: ImageSize) -> ImageError {
        ImageError(
            .sizesDiffer, path,
            "it has \(size) pixels where others have \(imageSize), and the preprocessing of this model does not crop; "
                + "make all images the same size")
    }
}
