import ZooCore
import ZooGraph
import ZooImage
import ZooRegistry
import ZooTensor

/// Where codes (features) come from: a network up to its output layer, or a program that computed them elsewhere.
public struct CodesSource: Sendable {
    /// The name of the network.
    public let name: String
    /// How many numbers it makes of an image.
    public let featureCount: Int
    /// How its codes are made like those of other sources; as they are if `nil`.
    public let normalisation: CodesNormalisation?
    /// What computes them; `nil` if that is done elsewhere.
    let body: NetworkBody?

    /// A source.
    init(name: String, featureCount: Int, normalisation: CodesNormalisation?, body: NetworkBody?) {
        self.name = name
        self.featureCount = featureCount
        self.normalisation = normalisation
        self.body = body
    }

    /// Whether zoo can compute the codes: the network is here.
    public var hasNetwork: Bool { body != nil }
}

/// A network up to its output layer, whose features are vectors.
struct NetworkBody: Sendable {
    let graph: Graph
    let parameters: [String: Tensor]
    let preprocessing: Preprocessing

    /// The body of a network.
    ///
    /// - Throws: ``ZooGraph/GraphError`` (`noHead`) for a network whose output layer is a convolution.
    init(_ network: PretrainedNetwork) throws {
        let graph = try network.graph.featureExtractor()
        let names = Set(graph.parameterSpecs.map(\.name))
        self.init(
            graph: graph, parameters: network.parameters.filter { names.contains($0.key) },
            preprocessing: network.preprocessing)
    }

    init(graph: Graph, parameters: [String: Tensor], preprocessing: Preprocessing) {
        self.graph = graph
        self.parameters = parameters
        self.preprocessing = preprocessing
    }

    func codes(
        of samples: [ImageSample], running: NetworkRunner.Options, view: ImageView, onProgress: (Int) throws -> Void
    ) throws -> NetworkRunner.Outputs {
        try NetworkRunner(
            graph: graph, parameters: parameters, preprocessing: preprocessing, options: running, view: view
        ).run(samples, onProgress: onProgress)
    }
}

/// What makes codes of several sources alike, so that the one with the largest numbers does not decide alone: less the mean
/// of the training images, times one factor for all, so that the mean square of a number is 1.
///
/// One factor, not one for each feature: a feature that hardly ever varies is noise, and would be made as large as the others.
public struct CodesNormalisation: Sendable, Hashable {
    /// The mean of each feature.
    public let mean: [Float]
    /// What is multiplied by then.
    public let scale: Float

    /// The normalisation of these codes.
    ///
    /// - Complexity: O(elements).
    public init(_ codes: Matrix) {
        let means = codes.columnMeans()
        var squares = 0.0
        for row in 0..<codes.rowCount {
            for (column, value) in codes.row(row).enumerated() {
                squares += (Double(value) - means[column]) * (Double(value) - means[column])
            }
        }
        let variance = squares / Double(max(codes.values.count, 1))
        self.init(mean: means.map { Float($0) }, scale: variance > 0 ? Float(1 / variance.squareRoot()) : 1)
    }

    init(mean: [Float], scale: Float) {
        self.mean = mean
        self.scale = scale
    }

    /// Codes as they are joined with others.
    ///
    /// - Precondition: There are as many features.
    /// - Complexity: O(elements).
    public func callAsFunction(_ codes: Matrix) -> Matrix {
        precondition(codes.columnCount == mean.count, "\(codes.columnCount) features, \(mean.count) means")
        var result = codes
        for start in stride(from: 0, to: result.values.count, by: max(mean.count, 1)) {
            for column in mean.indices {
                result.values[start + column] = (result.values[start + column] - mean[column]) * scale
            }
        }
        return result
    }
}

extension Matrix {
    /// Matrices of as many rows, side by side.
    ///
    /// - Precondition: There is one, and all have as many rows.
    /// - Complexity: O(elements).
    init(sideBySide parts: [Matrix]) {
        guard parts.count > 1 else {
            self = parts[0]
            return
        }
        precondition(parts.allSatisfy { $0.rowCount == parts[0].rowCount }, "matrices of different heights")
        var values: [Float] = []
        values.reserveCapacity(parts.reduce(0) { $0 + $1.values.count })
        for row in 0..<parts[0].rowCount {
            for part in parts { values += part.row(row) }
        }
        self.init(rowCount: parts[0].rowCount, columnCount: parts.reduce(0) { $0 + $1.columnCount }, values: values)
    }
}
