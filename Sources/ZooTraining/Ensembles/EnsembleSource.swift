import ZooGraph
import ZooImage
import ZooRegistry
import ZooTensor

/// A network without its output layer: what one or several members of an ensemble have in common.
struct EnsembleSource: Sendable {
    /// The network, with an output layer for the ensemble's classes.
    let graph: Graph
    let head: Graph.Head
    /// The parameters of all layers but the output layer.
    let parameters: [String: Tensor]
    let preprocessing: Preprocessing

    /// The body of a network.
    init(_ network: PretrainedNetwork) {
        graph = network.graph
        head = network.head
        let own = ["\(network.head.prefix).weight", "\(network.head.prefix).bias"]
        parameters = network.parameters.filter { !own.contains($0.key) }
        preprocessing = network.preprocessing
    }

    /// The body that the codes of a classifier come from.
    ///
    /// - Parameter outputs: how many classes the ensemble has.
    /// - Throws: ``TrainingError`` (`unfitCheckpoint`) for codes that are computed elsewhere.
    init(_ source: CodesSource, of name: String, outputs: Int) throws {
        guard let body = source.body else {
            throw TrainingError(
                .unfitCheckpoint,
                "\(name) is a head on codes that were computed elsewhere (\(source.featureCount) numbers of \(source.name)); "
                    + "a member of an ensemble has its network")
        }
        let graph = try Architecture.graph(named: body.graph.name, fitting: body.parameters.mapValues(\.shape))
            .replacingHead(outputs: outputs)
        guard let head = graph.head else { preconditionFailure("a network whose head was replaced has one") }
        self.init(graph: graph, head: head, parameters: body.parameters, preprocessing: body.preprocessing)
    }

    init(graph: Graph, head: Graph.Head, parameters: [String: Tensor], preprocessing: Preprocessing) {
        self.graph = graph
        self.head = head
        self.parameters = parameters
        self.preprocessing = preprocessing
    }

    /// Whether several heads can work on what the body gives.
    var canBeShared: Bool { (try? graph.headFeatures()) != nil }

    /// Whether the other one computes the same.
    func isSame(as other: EnsembleSource) -> Bool {
        graph == other.graph && preprocessing == other.preprocessing
            && WeightsDigest.digest(parameters, of: graph) == WeightsDigest.digest(other.parameters, of: graph)
    }

    /// The logits of each head for the images that can be read. One head runs with the network; for several, and where
    /// features are wanted, the body runs once, and the heads work on its features.
    ///
    /// - Returns: Outputs whose rows are features if they are wanted.
    func logits(
        of samples: [ImageSample], heads: [LinearHead], givesFeatures: Bool = false, running: NetworkRunner.Options,
        view: ImageView, onProgress: (Int) throws -> Void
    ) throws -> (logits: [Matrix], outputs: NetworkRunner.Outputs) {
        if !givesFeatures, heads.count == 1, let only = heads.first, head.hasBias || only.bias.isEmpty {
            var tensors = parameters
            if head.hasBias, only.bias.isEmpty {
                tensors["\(head.prefix).bias"] = Tensor(
                    [Float](repeating: 0, count: only.classCount), shape: [only.classCount])
            }
            let own = head.isConvolution ? LinearHead(weight: only.weight, bias: only.bias, pixelCount: 1) : only
            for (name, tensor) in own.tensors(prefix: head.prefix) { tensors[name] = tensor }
            let runner = NetworkRunner(
                graph: graph, parameters: tensors, preprocessing: preprocessing, options: running, view: view)
            let outputs = try runner.run(samples, onProgress: onProgress)
            return ([outputs.rows], outputs)
        }
        let runner = NetworkRunner(
            graph: try graph.headFeatures(), parameters: parameters, preprocessing: preprocessing, options: running,
            view: view)
        let outputs = try runner.run(samples, onProgress: onProgress)
        let features = features(of: outputs)
        return (heads.map { onPixels($0, features).logits(of: features) }, outputs)
    }

    /// What heads take of the features that the body gave.
    func features(of outputs: NetworkRunner.Outputs) -> Matrix {
        head.isConvolution ? outputs.rows.pixelByPixel(channels: head.inputFeatures) : outputs.rows
    }

    /// The head for features of as many pixels as these have.
    func onPixels(_ own: LinearHead, _ features: Matrix) -> LinearHead {
        guard head.isConvolution else { return own }
        return LinearHead(
            weight: own.weight, bias: own.bias, pixelCount: max(features.columnCount / max(head.inputFeatures, 1), 1))
    }
}
