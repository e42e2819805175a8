public import SystemPackage
import ZooCheckpoint
import ZooCore
import ZooGraph
public import ZooTensor

/// A fine-tuned network as it goes into a file.
public struct FineTunedModel: Sendable {
    /// Every tensor of the network, by PyTorch's names, in PyTorch's order.
    public let stateDict: [(name: String, tensor: Tensor)]
    /// Which network it is, and for which classes.
    public let description: SavedModelDescription
    /// How it was made: settings and results, as text by name, in order.
    public let provenance: [(key: String, value: String)]

    /// The network of `source` with `head` in place of its last layer.
    ///
    /// All other tensors are those of the source, bit for bit.
    public init(
        source: PretrainedNetwork, head: LinearHead, classes: [String], provenance: [(key: String, value: String)]
    ) {
        let prefix = source.head.prefix
        let replaced = Dictionary(uniqueKeysWithValues: head.tensors(prefix: prefix).map { ($0.name, $0.tensor) })
        stateDict = source.graph.parameterSpecs.compactMap { spec in
            (replaced[spec.name] ?? source.parameters[spec.name]).map { (spec.name, $0) }
        }
        description = SavedModelDescription(
            architecture: source.graph.name, classes: classes, preprocessing: source.preprocessing)
        self.provenance = provenance
    }

    /// Writes `{"state_dict", "arch", "classes", "preprocessing", "zoo"}` in PyTorch's zip format.
    ///
    /// The file takes its name when it is complete. The same model gives the same bytes.
    ///
    /// - Throws: ``ZooCore/FileError``, for example when the disk is full; nothing is left behind then.
    public func write(to path: FilePath) throws {
        let states = SavedValue.orderedDictionary(stateDict.map { ($0.name, .tensor($0.tensor)) })
        let zoo = [("version", ZooVersion.current)] + provenance.map { ($0.key, $0.value) }
        try PyTorchZipWriter.write(
            .dictionary(
                [("state_dict", states)] + description.savedEntries
                    + [("zoo", .dictionary(zoo.map { ($0.0, .string($0.1)) }))]),
            to: path)
    }
}
