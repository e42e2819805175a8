public import ZooEngine
public import ZooGraph
public import ZooImage
public import ZooTensor

/// Where in an image a network finds the evidence for a class: Grad-CAM (Selvaraju et al., "Grad-CAM: visual explanations
/// from deep networks via gradient-based localization", 2017).
///
/// The channels of a layer's result are summed, each as often as the mean of the derivative of the class's logit by it, and
/// what is below 0 becomes 0: `ReLU(Σₖ αₖ Aᵏ)` with `αₖ = mean over pixels of ∂y/∂Aᵏ`. Any layer that has an image as its
/// result will do, in any network that can be trained.
///
/// The derivative by a result is that by an image of zeros which is added to it, so a ``ZooEngine/TrainingPlan`` with that
/// image as its only parameter computes it; layers before it are run as in inference.
///
/// Not for two threads at a time.
public final class GradCAM {
    /// What is known about one image.
    public struct Explanation: Sendable {
        /// The network's outputs.
        public let logits: [Float]
        /// The output that is explained.
        public let output: Int
        /// The cells of the layer's result; none is below 0.
        public let map: ImportanceMap
    }

    private static let probe = "explained"

    /// The size of the images.
    public let imageSize: ImageSize
    /// The name of the layer whose result is looked at.
    public var layerName: String { layer.name }
    private let layer: FeatureMapLayer
    private let features: InferencePlan
    private let parameters: TrainableParameters
    private let derivative: TrainingPlan

    /// Makes a network ready for images of one size.
    ///
    /// - Parameters:
    ///   - parameters: as for ``ZooEngine/InferencePlan``.
    ///   - layer: a layer or a module by PyTorch's name, whose result is looked at; the last image of the network if `nil`.
    ///   - imageSize: the size of the images.
    ///   - options: how it runs.
    /// - Throws: ``TrainingError`` (`unknownLayer`); ``ZooGraph/GraphError`` if the images do not fit the network;
    ///   ``ZooEngine/EngineError``.
    public init(
        graph: Graph, parameters: [String: Tensor], layer: String? = nil, imageSize: ImageSize,
        options: EngineOptions = EngineOptions()
    ) throws {
        let shapes = try graph.shapes(batch: 1, height: imageSize.height, width: imageSize.width)
        let found = try FeatureMapLayer(layer, in: graph, shapes: shapes)
        self.imageSize = imageSize
        self.layer = found
        features = try InferencePlan(
            graph: graph.ending(at: found.node), parameters: parameters, batchSize: 1, height: imageSize.height,
            width: imageSize.width, options: options)
        let map = LearntMap("map", [found.size.height, found.size.width, found.channels], size: found.size)
        let probed = try graph.adding(map, named: Self.probe, to: found.node)
        let name = Graph.name(of: map.parameter, in: Self.probe)
        let zeros = [Float](repeating: 0, count: map.shape.elementCount)
        self.parameters = try TrainableParameters(
            graph: probed, parameters: parameters.merging([name: Tensor(zeros, shape: map.shape)]) { $1 },
            scope: TrainingScope(parameters: [name], batchNorms: [], dropsOut: false))
        derivative = try TrainingPlan(
            self.parameters, batchSize: 1, height: imageSize.height, width: imageSize.width, options: options)
    }

    /// Explains what the network says of an image.
    ///
    /// - Parameters:
    ///   - pixels: `3×H×W`, normalised.
    ///   - output: the output to explain; the largest if `nil`.
    /// - Throws: ``ZooEngine/EngineError``.
    /// - Precondition: there is such an output.
    public func explain(_ pixels: Span<Float>, output: Int? = nil) throws -> Explanation {
        let logits = try derivative.forward(pixels)
        let output = output ?? logits.indices.max { logits[$0] < logits[$1] } ?? 0
        precondition(logits.indices.contains(output), "output \(output) of \(logits.count)")
        var direction = [Float](repeating: 0, count: logits.count)
        direction[output] = 1
        try derivative.backward(direction.span)
        let slopes = try parameters.gradients()[Graph.name(of: "map", in: Self.probe)] ?? []
        let result = try features.run(pixels, count: 1)
        return Explanation(logits: logits, output: output, map: map(result, slopes))
    }

    /// - Parameters:
    ///   - result: `C×pixels`.
    ///   - slopes: `pixels×C`.
    private func map(_ result: [Float], _ slopes: [Float]) -> ImportanceMap {
        let pixelCount = layer.size.height * layer.size.width
        let places = layer.tokenCount..<pixelCount
        var sums = [Double](repeating: 0, count: places.count)
        for channel in 0..<layer.channels {
            let slope = places.reduce(0.0) { $0 + Double(slopes[$1 * layer.channels + channel]) } / Double(places.count)
            for (index, place) in places.enumerated() {
                sums[index] += slope * Double(result[channel * pixelCount + place])
            }
        }
        return ImportanceMap(
            size: ImageSize(height: layer.grid.height, width: layer.grid.width), values: sums.map { Float(max($0, 0)) })
    }
}
