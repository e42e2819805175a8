import ZooCore
public import ZooEngine
import ZooGraph
public import ZooImage
import ZooTensor

/// Makes a network that computes with 8-bit integers of one that does not, without training: its weights are rounded, and
/// images show how large the results of its layers become (post-training quantisation with calibration).
public struct Quantiser: Sendable {
    /// What is decided beforehand.
    public struct Options: Sendable {
        /// How the largest magnitudes are chosen.
        public var rule = LimitRule.leastError
        /// The layers that stay float32, beside the output layer.
        public var kept: [LayerPattern] = []

        /// For which share of the images the network must give the answer that it gives in float32: the layers that change
        /// its answers most stay float32 until it does. `nil` to keep none but ``kept``.
        public var agreement: Double?

        /// The least error, and all layers.
        public init() {}
    }

    /// What came of it.
    public struct Outcome: Sendable {
        /// The network: its weights are the float32 that the integers stand for.
        public let network: PretrainedNetwork
        /// What the integers make of the result of each node that is computed by itself, in the order of computation.
        public let results: [Int8Calibrator.Result]
        /// What each layer does by itself, the worst first; only where ``Options/agreement`` was asked for.
        public let sensitivities: [LayerSensitivity]
        /// How many images were looked at.
        public let imageCount: Int
        /// The images that could not be read.
        public let failures: [ImageFailure]
    }

    /// What happens on the way.
    public enum Progress: Sendable {
        /// So many images, of twice as many as there are, show how large results become.
        case calibrating(done: Int, total: Int)
        /// So many layers were tried by themselves.
        case layers(done: Int, total: Int)
    }

    private let options: Options

    /// A quantiser.
    public init(_ options: Options = Options()) {
        self.options = options
    }

    /// As many of the samples, spread evenly over all of them; they are in the order of their classes.
    public static func calibrationSamples(_ samples: [ImageSample], count: Int) -> [ImageSample] {
        guard count < samples.count, count > 0 else { return samples }
        return (0..<count).map { samples[$0 * samples.count / count] }
    }

    /// Looks at `samples`, twice, and quantises `network`.
    ///
    /// - Parameter onProgress: called with what goes on and how much of it is done.
    /// - Throws: ``TrainingError``: `unknownLayer` for a layer to keep that there is not, `unusableData` if no image could
    ///   be read, `invalidSetting` if no layer is left to compute with integers; ``ZooEngine/EngineError``, ``ZooImage/ImageError``, and what
    ///   `onProgress` throws.
    public func quantise(
        _ network: PretrainedNetwork, with samples: [ImageSample], running: NetworkRunner.Options,
        onProgress: (Progress) throws -> Void
    ) throws -> Outcome {
        let calibrator = try Int8Calibrator(
            graph: network.graph, parameters: network.parameters, options: running.engineOptions)
        let layers = try layers(of: network, calibrator)
        var failures: [ImageFailure] = []
        var count = 0
        for (number, pass) in Int8Calibrator.Pass.allCases.enumerated() {
            calibrator.begin(pass)
            let batches = try ImageBatches(
                samples, preprocessor: Preprocessor(network.preprocessing), batchSize: running.batchSize ?? 32,
                threadCount: running.engineOptions.threads)
            (count, failures) = (0, [])
            try batches.forEach { batch in
                failures += batch.failures
                count += batch.count
                try calibrator.observe(
                    batch.pixels, count: batch.count, height: batches.imageSize.height, width: batches.imageSize.width)
                try onProgress(
                    .calibrating(done: number * samples.count + count + failures.count, total: 2 * samples.count))
            }
        }
        guard count > 0 else {
            throw TrainingError(
                .unusableData, "none of the \(samples.count) images to calibrate with could be read")
        }
        var calibration = try calibrator.calibration(layers: layers, options.rule)
        var sensitivities: [LayerSensitivity] = []
        if let agreement = options.agreement {
            let analysis = SensitivityAnalysis(network: network, calibration: calibration, running: running)
            sensitivities = try analysis.sensitivities(samples) { try onProgress(.layers(done: $0, total: $1)) }
            let kept = try analysis.kept(sensitivities, samples, agreement: agreement) {
                try onProgress(.layers(done: sensitivities.count, total: sensitivities.count))
            }
            calibration.layers.subtract(kept)
            guard !calibration.layers.isEmpty else {
                throw TrainingError(
                    .invalidSetting,
                    "\(network.graph.name) gives too many other answers with any layer of integers; ask for a smaller share "
                        + "than \(agreement), or calibrate with more images")
            }
        }
        var result = network.with(network.graph, try Self.roundedParameters(of: network, calibration.layers))
        (result.calibration, result.tasks) = (calibration, network.tasks)
        return Outcome(
            network: result, results: try calibrator.results(options.rule), sensitivities: sensitivities,
            imageCount: count, failures: failures)
    }

    /// The layers that are to compute with integers, by the names of their nodes.
    private func layers(of network: PretrainedNetwork, _ calibrator: Int8Calibrator) throws -> Set<String> {
        let kept = Set(try options.kept.flatMap { try $0.parameters(of: network.graph) })
        let layers = calibrator.possibleLayers.filter { layer in
            layer != network.head.prefix && !network.graph.weightNames(of: [layer]).contains(where: kept.contains)
        }
        guard !layers.isEmpty else {
            throw TrainingError(
                .invalidSetting,
                options.kept.isEmpty
                    ? "\(network.graph.name) has no layer that computes with integers"
                    : "no layer of \(network.graph.name) is left to compute with integers; keep fewer")
        }
        return Set(layers)
    }

    /// The parameters with the weights of `layers` rounded to what their integers stand for.
    private static func roundedParameters(
        of network: PretrainedNetwork, _ layers: Set<String>
    ) throws -> [String: Tensor] {
        var parameters = network.parameters
        for name in network.graph.weightNames(of: layers) {
            guard let weight = parameters[name] else { continue }
            parameters[name] = try Int8Weights(weight).values
        }
        return parameters
    }
}

extension Graph {
    /// The names of the weights of convolutions and linear layers.
    ///
    /// - Parameter layers: the names of their nodes.
    /// - Complexity: O(nodes).
    func weightNames(of layers: Set<String>) -> [String] {
        listing.map { nodes[$0] }.filter { layers.contains($0.name) }.compactMap { node in
            switch node.operation {
            case .convolution, .linear: Self.name(of: "weight", in: node.name)
            case .pixelLinear(let layer): Self.name(of: layer.weightName, in: node.name)
            default: nil
            }
        }
    }
}
