public import ZooCore
import ZooGraph
public import ZooImage
import ZooRegistry

extension PretrainedNetwork: Classifier {
    /// The name of the architecture.
    public var title: String { graph.name }

    /// How many outputs the last layer has.
    public var outputCount: Int { head.outputs }

    /// The SHA-256 over the tensors that the network takes.
    public var weightsDigest: SHA256Digest { WeightsDigest.digest(parameters, of: graph) }

    /// Whether the preprocessing crops.
    public var hasFixedInputSize: Bool { preprocessing.crop != nil }

    /// The network's logits.
    public func logits(
        of samples: [ImageSample], running: NetworkRunner.Options, view: ImageView, onProgress: (Int) throws -> Void
    ) throws -> NetworkRunner.Outputs {
        try NetworkRunner(self, options: running, view: view).run(samples, onProgress: onProgress)
    }
}
