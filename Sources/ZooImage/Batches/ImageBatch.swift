/// An image that could not be decoded.
public struct ImageFailure: Sendable, Hashable {
    /// The index of the sample.
    public let index: Int
    /// The sample.
    public let sample: ImageSample
    /// What is wrong; it names the path.
    public let error: ImageError

    /// A failure.
    public init(index: Int, sample: ImageSample, error: ImageError) {
        self.index = index
        self.sample = sample
        self.error = error
    }
}

/// Preprocessed images, valid while ``ImageBatches/forEach(isCancelled:_:)`` calls its body.
///
/// Images that cannot be decoded are left out of ``pixels``, ``indices`` and ``labels``, and are listed in ``failures``.
public struct ImageBatch: ~Copyable {
    /// The position of this batch among all, from 0.
    public let number: Int
    /// The indices of the images in the samples, ascending.
    public let indices: [Int]
    /// The labels of the images.
    public let labels: [Int]
    /// The images that are missing.
    public let failures: [ImageFailure]
    /// The size of each image.
    public let imageSize: ImageSize
    private let buffer: PixelBuffer

    /// The number of images.
    public var count: Int { indices.count }

    /// `N×3×H×W` floats: images, channels (red, green, blue), rows, columns; borrowed.
    public var pixels: Span<Float> {
        @_lifetime(borrow self)
        get {
            let span = buffer.span(count: count * 3 * imageSize.height * imageSize.width)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Takes over a finished slot and closes the gaps that failed images left.
    ///
    /// - Throws: ``ImageError`` `.sizesDiffer`, which concerns the whole run.
    init(number: Int, slot: BatchSlot, of batches: ImageBatches) throws(ImageError) {
        let elementCount = 3 * batches.imageSize.height * batches.imageSize.width
        var indices: [Int] = []
        var failures: [ImageFailure] = []
        for (offset, outcome) in slot.outcomes.enumerated() {
            let index = number * batches.batchSize + offset
            switch outcome {
            case .pending: preconditionFailure("a batch was delivered before its images were loaded")
            case .loaded:
                slot.buffer.move(from: offset * elementCount, to: indices.count * elementCount, count: elementCount)
                indices.append(index)
            case .failed(let error):
                if error.code == .sizesDiffer { throw error }
                failures.append(ImageFailure(index: index, sample: batches.samples[index], error: error))
            }
        }
        self.number = number
        self.indices = indices
        self.labels = indices.map { batches.samples[$0].label }
        self.failures = failures
        self.imageSize = batches.imageSize
        self.buffer = slot.buffer
    }
}
