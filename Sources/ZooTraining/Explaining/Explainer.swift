public import SystemPackage
import ZooEngine
import ZooImage
import ZooRegistry

/// Explains a network's answers to image files.
///
/// The network is made ready anew only where an image has another size than the one before. Not for two threads at a time.
public final class Explainer {
    /// What is asked.
    public struct Request: Sendable {
        /// The ways, in the order of the findings.
        public var methods: [ExplainedImage.Method]
        /// The layer that Grad-CAM looks at; the usual one if `nil`.
        public var layer: String?
        /// The side of occlusion's window; the usual one if `nil`.
        public var windowSide: Int?
        /// How far it moves.
        public var windowStride: Int?
        /// The colour that covers, from 0 to 1; the mean colour of the network's images if `nil`.
        public var colour: [Float]?
        /// The output to explain; the likeliest one of each image if `nil`.
        public var output: Int?

        /// A request for the likeliest class, with usual settings.
        public init(methods: [ExplainedImage.Method]) {
            self.methods = methods
        }
    }

    private let network: PretrainedNetwork
    private let request: Request
    private let options: NetworkRunner.Options
    private let preprocessor: Preprocessor
    private var gradCAM: GradCAM?
    private var occlusion: Occlusion?

    /// An explainer of a network with a head.
    public init(_ network: PretrainedNetwork, _ request: Request, running options: NetworkRunner.Options) {
        self.network = network
        self.request = request
        self.options = options
        preprocessor = Preprocessor(network.preprocessing)
    }

    /// Explains what the network says of an image.
    ///
    /// - Parameter onProgress: called with the share of the image's work that is done; what it throws ends the work.
    /// - Throws: ``ZooImage/ImageError`` if the image cannot be read; ``TrainingError`` (`unknownLayer`,
    ///   `invalidSetting`, `classMismatch` for a network of several tasks); errors of the engine; what `onProgress` throws.
    public func explain(_ path: FilePath, onProgress: (Double) throws -> Void = { _ in }) throws -> ExplainedImage {
        try network.requireOneQuestion()
        let image = try ImageDecoder.decode(path)
        let size = preprocessor.outputSize(for: image.size)
        var pixels = [Float](repeating: 0, count: preprocessor.elementCount(for: image.size))
        var span = pixels.mutableSpan
        preprocessor.apply(image, into: &span)
        var findings: [ExplainedImage.Finding] = []
        var answer: (logits: [Float], output: Int) = ([], 0)
        for (index, method) in request.methods.enumerated() {
            try onProgress(Double(index) / Double(request.methods.count))
            switch method {
            case .gradcam:
                let tool = try gradCAM(for: size)
                let found = try tool.explain(pixels.span, output: request.output)
                answer = (found.logits, found.output)
                findings.append(.init(method: method, map: found.map, note: "layer \(tool.layerName)"))
            case .occlusion:
                let tool = try occlusion(for: size)
                let found = try tool.explain(pixels, output: request.output) { done in
                    let share = Double(done) / Double(tool.placeCount)
                    try onProgress((Double(index) + share) / Double(request.methods.count))
                }
                answer = (found.logits, found.output)
                let lowest = (Double(found.lowestProbability) * 1000).rounded() / 10
                findings.append(
                    .init(
                        method: method, map: found.map,
                        note: "window \(tool.window.side), stride \(tool.window.stride); at worst \(lowest) %"))
            }
        }
        let likeliest = answer.logits.indices.max { answer.logits[$0] < answer.logits[$1] } ?? 0
        return ExplainedImage(
            path: path, seen: preprocessor.seen(image),
            explained: .init(answer.output, of: answer.logits, classes: network.classes),
            likeliest: .init(likeliest, of: answer.logits, classes: network.classes), findings: findings)
    }

    private func gradCAM(for size: ImageSize) throws -> GradCAM {
        if let known = gradCAM, known.imageSize == size { return known }
        let made = try GradCAM(
            graph: network.graph, parameters: network.parameters, layer: request.layer, imageSize: size,
            options: options.engineOptions)
        gradCAM = made
        return made
    }

    private func occlusion(for size: ImageSize) throws -> Occlusion {
        if let known = occlusion, known.imageSize == size { return known }
        var window = Occlusion.Window.usual(for: size)
        if let side = request.windowSide { window = .init(side: side, stride: max(1, side / 4)) }
        if let stride = request.windowStride { window.stride = stride }
        window.colour = request.colour
        let (mean, deviation) = (network.preprocessing.mean, network.preprocessing.std)
        let made = try Occlusion(
            graph: network.graph, parameters: network.parameters, imageSize: size, window: window,
            options: options.engineOptions
        ) { channel, value in (value - mean[channel]) / deviation[channel] }
        occlusion = made
        return made
    }
}
