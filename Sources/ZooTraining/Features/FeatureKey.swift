import ZooCore
import ZooEngine
import ZooGraph
import ZooImage
import ZooRegistry
import ZooTensor

/// Everything that an image's features depend on, besides the image.
struct FeatureKey: Sendable, Hashable {
    /// The dependencies as text, a line each.
    let text: String

    /// - Complexity: O(bytes of the parameters).
    init(
        graph: Graph, parameters: [String: Tensor], preprocessing: Preprocessing, running: NetworkRunner.Options,
        batchSize: Int, augmentation: Augmentation, seed: UInt64
    ) {
        let options = running.engineOptions
        var lines = [
            "zoo features 2", "network \(graph.name)", "weights \(WeightsDigest.digest(parameters, of: graph).hex)",
            "resize \(preprocessing.resize.map(String.init) ?? "no")",
            "crop \(preprocessing.crop.map(String.init) ?? "no")",
            "interpolation \(preprocessing.interpolation.rawValue)", "mean \(preprocessing.mean)",
            "std \(preprocessing.std)", "precision \(options.precision.rawValue)", "exact \(options.exact)",
            "threads \(options.threads)", "batch \(batchSize)",
        ]
        if !augmentation.steps(for: preprocessing).isEmpty {
            lines += ["augmentation \(augmentation.resolved(for: preprocessing))", "seed \(seed)"]
        }
        text = lines.joined(separator: "\n")
    }

    var digest: SHA256Digest {
        var sum = SHA256()
        sum.update(text: text)
        return sum.finish()
    }
}

/// What tells a network's weights from all others.
enum WeightsDigest {
    /// The SHA-256 over the names, types, shapes and elements of the tensors that a network takes, in its order.
    ///
    /// - Complexity: O(bytes).
    static func digest(_ parameters: [String: Tensor], of graph: Graph) -> SHA256Digest {
        var sum = SHA256()
        for spec in graph.parameterSpecs {
            guard let tensor = parameters[spec.name]?.contiguous() else { continue }
            sum.update(text: "\(spec.name) \(tensor.dtype) \(tensor.shape)\n")
            sum.update(tensor.contiguousBytes)
        }
        return sum.finish()
    }
}
