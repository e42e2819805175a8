import ZooCore
import ZooEngine
public import ZooGraph
public import ZooTensor

/// How a network is after a step of pruning.
public struct PruningStep: Sendable, Hashable, Codable {
    /// Its number, from 1; 0 for the whole network.
    public let step: Int
    /// The validation accuracy before it was trained.
    public let accuracyBefore: Double
    /// The validation accuracy after that.
    public var accuracy: Double
    /// The validation loss after that.
    public var loss: Double
    /// How many numbers are learnt.
    public let parameters: Int
    /// How many of them are not zero.
    public let nonzero: Int
    /// The multiply-adds of one image.
    public let multiplyAdds: Int
    /// How long the tensors are, in bytes.
    public let bytes: Int
    /// How many images a second go through the network.
    public var imagesPerSecond: Double
    /// How many channels each layer gives.
    public let widths: [Width]

    /// The channels of one layer.
    public struct Width: Sendable, Hashable, Codable {
        /// The layer's name.
        public let layer: String
        /// How many channels it gives.
        public let channels: Int
    }

    /// What is known of a network before its speed is measured.
    ///
    /// - Complexity: O(parameters).
    public init(
        step: Int, _ graph: Graph, _ tensors: [String: Tensor], height: Int, width: Int, accuracyBefore: Double,
        accuracy: Double, loss: Double
    ) throws {
        self.step = step
        self.accuracyBefore = accuracyBefore
        self.accuracy = accuracy
        self.loss = loss
        parameters = graph.parameterCount
        var (zeros, bytes) = (0, 0)
        let learnt = Set(graph.trainedParameterNames)
        for spec in graph.parameterSpecs {
            guard let tensor = tensors[spec.name] else { continue }
            bytes += tensor.shape.elementCount * tensor.dtype.itemSize
            if learnt.contains(spec.name) { zeros += try tensor.float32Values().count { $0 == 0 } }
        }
        nonzero = parameters - zeros
        self.bytes = bytes
        multiplyAdds = try graph.multiplyAdds(height: height, width: width)
        imagesPerSecond = 0
        widths = zip(graph.widthNames, graph.widths).map { Width(layer: $0, channels: $1) }
    }
}

/// How fast networks are beside each other.
public enum SpeedComparison {
    /// How many images a second each network takes: the median of many runs, in turns, so that whatever else the machine
    /// does meets all of them.
    ///
    /// - Parameter rounds: how many runs each has, after one that does not count.
    /// - Throws: ``ZooEngine/EngineError``.
    public static func imagesPerSecond(
        of networks: [PretrainedNetwork], height: Int, width: Int, running: NetworkRunner.Options, rounds: Int = 15,
        onProgress: () throws -> Void = {}
    ) throws -> [Double] {
        let batch = running.batchSize ?? min(256, max(1, 32 * 224 * 224 / (height * width)))
        let plans = try networks.map {
            try InferencePlan(
                graph: $0.graph, parameters: $0.parameters, batchSize: batch, height: height, width: width,
                options: running.engineOptions($0.calibration))
        }
        let pixels = [Float](repeating: 0.5, count: batch * 3 * height * width)
        var times = plans.map { _ in [Double]() }
        for round in 0...rounds {
            for (index, plan) in plans.enumerated() {
                let clock = ContinuousClock.now
                _ = try plan.run(pixels.span, count: batch)
                if round > 0 { times[index].append(clock.secondsUntilNow) }
                try onProgress()
            }
        }
        return times.map { Double(batch) / max($0.sorted()[$0.count / 2], 1e-9) }
    }
}
