import ZooCore
public import ZooEngine
public import ZooGraph
public import ZooImage
public import ZooRegistry
public import ZooTensor

/// Runs a network over image files: decoding and resizing on their own threads, the network on its own.
public struct NetworkRunner: Sendable {
    /// The outputs of the images that could be read, in the order of the samples.
    public struct Outputs: Sendable {
        /// One row an image.
        public let rows: Matrix
        /// Which sample each row belongs to.
        public let sampleIndices: [Int]
        /// The images that could not be read.
        public internal(set) var failures: [ImageFailure]
        /// The layers for which there is no fast kernel, by name; usually none, and worth a warning.
        public let slowLayers: [String]

        /// The outputs of no images.
        static let none = Outputs(rows: Matrix(zeros: 0, 0), sampleIndices: [], failures: [], slowLayers: [])
    }

    /// When a network that was quantised computes with 8-bit integers.
    public enum IntegerUse: Sendable, Hashable {
        /// In float32, with the weights that the integers stand for.
        case never
        /// Where the processor has instructions for them; elsewhere in float32.
        case whereFast
        /// Also where that is slow.
        case always
    }

    /// How the work is spread.
    public struct Options: Sendable, Hashable {
        /// How many threads compute, and how many decode beside them; all processors if `nil`.
        public var threadCount: Int?
        /// Images a step of the network; chosen by the size of the images if `nil`.
        public var batchSize: Int?
        /// The type of the numbers.
        public var precision: Precision
        /// Whether convolutions keep to the direct algorithm.
        public var exact: Bool
        /// Whether a network that was quantised computes with integers.
        public var integers = IntegerUse.whereFast
        /// Whether the network is made ready for a whole batch even where there are fewer images. Kernels are chosen by the
        /// size of the batch, so only then an image's result has the same bits whatever others it comes with; fewer images
        /// take as long as a batch.
        var keepsBatchSize = false

        /// The defaults: all processors, a batch chosen by the size of the images, float32.
        public init(
            threadCount: Int? = nil, batchSize: Int? = nil, precision: Precision = .float32, exact: Bool = false
        ) {
            self.threadCount = threadCount
            self.batchSize = batchSize
            self.precision = precision
            self.exact = exact
        }

        /// The same for the engine.
        var engineOptions: EngineOptions {
            EngineOptions(threads: threadCount ?? WorkerThreads.processorCount, exact: exact, precision: precision)
        }

        /// The same for a network that may have been quantised.
        func engineOptions(_ calibration: Int8Calibration?) throws(EngineError) -> EngineOptions {
            var options = engineOptions
            switch integers {
            case .never: break
            case .whereFast: if calibration != nil, try Int8Calibration.isNative() { options.calibration = calibration }
            case .always: options.calibration = calibration
            }
            return options
        }
    }

    /// Which network.
    public let graph: Graph
    private let parameters: [String: Tensor]
    private let preprocessor: Preprocessor
    private let options: Options
    private let calibration: Int8Calibration?

    /// A runner of a network with its output layer, with 8-bit integers where it was quantised.
    ///
    /// - Parameter view: how it looks at each image.
    public init(_ network: PretrainedNetwork, options: Options = Options(), view: ImageView = .usual) {
        self.init(
            graph: network.graph, parameters: network.parameters, preprocessing: network.preprocessing,
            options: options, view: view, calibration: network.calibration)
    }

    /// A runner of `graph`, which is a whole network or, say, its feature extractor.
    ///
    /// - Parameters:
    ///   - parameters: at least those that `graph` needs, by PyTorch's names.
    ///   - view: how it looks at each image that is not augmented.
    ///   - calibration: how it computes with 8-bit integers; in ``Options/precision`` if `nil`.
    public init(
        graph: Graph, parameters: [String: Tensor], preprocessing: Preprocessing, options: Options = Options(),
        view: ImageView = .usual, calibration: Int8Calibration? = nil
    ) {
        self.calibration = calibration
        self.graph = graph
        self.parameters = parameters
        self.preprocessor = Preprocessor(preprocessing, view: view)
        self.options = options
    }

    /// Runs over `samples`.
    ///
    /// - Parameters:
    ///   - augmentation: what is done to each image before.
    ///   - seed: what the augmentation draws follows from, with the image's stream.
    ///   - streams: the stream of each sample, such as a hash of its bytes; its position in `samples` if `nil`.
    ///   - onProgress: called with the number of images done after each batch; what it throws ends the work.
    /// - Throws: ``ZooEngine/EngineError``, ``ZooImage/ImageError`` if the images cannot form batches, and what
    ///   `onProgress` throws. Images that cannot be read are no error; they are named in ``Outputs/failures``.
    public func run(
        _ samples: [ImageSample], augmentation: Augmentation = .none, seed: UInt64 = 0, streams: [UInt64]? = nil,
        onProgress: (Int) throws -> Void = { _ in }
    ) throws -> Outputs {
        let threadCount = options.engineOptions.threads
        let batchSize = batchSize(for: samples)
        let batches = try ImageBatches(
            samples, preprocessor: preprocessor, batchSize: batchSize, threadCount: threadCount,
            augmentation: augmentation, seed: seed, streams: streams)
        let plan = try InferencePlan(
            graph: graph, parameters: parameters,
            batchSize: options.keepsBatchSize ? batchSize : batches.batchSize, height: batches.imageSize.height,
            width: batches.imageSize.width, options: options.engineOptions(calibration))
        var values: [Float] = []
        var indices: [Int] = []
        var failures: [ImageFailure] = []
        try batches.forEach { batch in
            failures += batch.failures
            if batch.count > 0 {
                values += try plan.run(batch.pixels, count: batch.count)
                indices += batch.indices
            }
            try onProgress(indices.count + failures.count)
        }
        let columnCount = plan.outputShape.elementCount
        let rows = Matrix(rowCount: indices.count, columnCount: columnCount, values: values)
        return Outputs(rows: rows, sampleIndices: indices, failures: failures, slowLayers: plan.slowLayers)
    }

    /// The batch size of the options, or else as many images as 32 of 224×224 have pixels, but no more than 256: larger
    /// batches gain nothing, smaller ones leave threads waiting.
    func batchSize(for samples: [ImageSample]) -> Int {
        options.batchSize ?? Self.defaultBatchSize(for: samples, preprocessor: preprocessor)
    }

    /// The same without options.
    static func defaultBatchSize(for samples: [ImageSample], preprocessor: Preprocessor) -> Int {
        guard let size = try? preprocessor.outputSize(for: samples), !samples.isEmpty else { return 32 }
        return min(256, max(1, 32 * 224 * 224 / max(size.height * size.width, 1)))
    }
}
