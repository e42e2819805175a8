internal import FoundationEssentials
public import SystemPackage
import ZooCheckpoint
import ZooCore
import ZooGraph
import ZooRegistry
import ZooTensor

extension CodesClassifier {
    /// The heads that zoo has, besides those that a caller adds.
    static let knownHeads: [any FeatureHead.Type] = [
        LinearHead.self, MLPHead.self, CosineHead.self, NeighbourHead.self,
    ]

    /// The classifier that a file holds; `nil` if it holds something else.
    ///
    /// - Parameter heads: Kinds of heads beside zoo's own.
    /// - Throws: ``ZooCheckpoint/CheckpointError`` if the tensors cannot be read; ``TrainingError`` (`unfitCheckpoint`) if
    ///   they are not what the file describes, or the head is of a kind that nobody knows.
    init?(_ checkpoint: Checkpoint, heads: [any FeatureHead.Type] = []) throws {
        guard let description = try CodesDescription(checkpoint) else { return nil }
        guard let classes = SavedModelDescription.classes(checkpoint.root) else {
            throw CodesDescription.unfit(checkpoint, "the names of its classes are missing")
        }
        let kinds = heads + Self.knownHeads
        guard let kind = kinds.first(where: { $0.kind == description.head }) else {
            let names = kinds.map { $0.kind }.sorted().joined(separator: ", ")
            throw CodesDescription.unfit(checkpoint, "'\(description.head)' is none of the heads \(names)")
        }
        let states = try checkpoint.stateDict()
        sources = try description.sources.enumerated().map { try Self.source($0, $1, states, checkpoint) }
        let own = states.entries.filter { $0.name.hasPrefix("head.") }
        head = try kind.init(
            tensors: Dictionary(own.map { (String($0.name.dropFirst(5)), $0.tensor) }) { $1 },
            settings: description.settings)
        let count = sources.reduce(0) { $0 + $1.featureCount }
        guard head.featureCount == count, head.classCount == classes.count else {
            throw CodesDescription.unfit(
                checkpoint,
                "the head takes \(head.featureCount) numbers for \(head.classCount) classes; expected are \(count) and "
                    + "\(classes.count)")
        }
        self.classes = classes
        path = checkpoint.path
    }

    private static func source(
        _ number: Int, _ description: CodesDescription.Source, _ states: StateDict, _ checkpoint: Checkpoint
    ) throws -> CodesSource {
        let prefix = "sources.\(number)."
        let own = StateDict(
            states.entries.filter { $0.name.hasPrefix(prefix) }.map {
                StateDict.Entry(name: String($0.name.dropFirst(prefix.count)), tensor: $0.tensor)
            })
        var body: NetworkBody?
        if let preprocessing = description.preprocessing {
            let graph = try Architecture.graph(named: description.arch, fitting: own.shapes).featureExtractor()
            let (tensors, report) = own.bind(to: graph.parameterSpecs)
            let size = preprocessing.crop ?? graph.minimumInputSize ?? 32
            let width = try graph.shapes(batch: 1, height: size, width: size)[graph.output].elementCount
            guard report.missing.isEmpty, report.mismatched.isEmpty, width == description.features else {
                throw CodesDescription.unfit(
                    checkpoint, "the tensors under '\(prefix)' are not those of \(description.arch): \(report.summary)")
            }
            body = NetworkBody(graph: graph, parameters: tensors, preprocessing: preprocessing)
        }
        return CodesSource(
            name: description.arch, featureCount: description.features,
            normalisation: try normalisation(number, description.features, states, checkpoint), body: body)
    }

    private static func normalisation(
        _ number: Int, _ count: Int, _ states: StateDict, _ checkpoint: Checkpoint
    ) throws -> CodesNormalisation? {
        guard let mean = states["normalisation.\(number).mean"] else { return nil }
        guard let scale = states["normalisation.\(number).scale"], mean.shape == [count], scale.shape == [1] else {
            throw CodesDescription.unfit(checkpoint, "'normalisation.\(number)' is not for \(count) numbers")
        }
        return CodesNormalisation(mean: try mean.float32Values(), scale: try scale.float32Values()[0])
    }

    /// Every tensor by its name in the file.
    var tensors: [(name: String, tensor: Tensor)] {
        var result: [(name: String, tensor: Tensor)] = []
        for (number, source) in sources.enumerated() {
            if let body = source.body {
                for spec in body.graph.parameterSpecs {
                    if let tensor = body.parameters[spec.name] {
                        result.append(("sources.\(number).\(spec.name)", tensor))
                    }
                }
            }
            if let normalisation = source.normalisation {
                result.append(
                    ("normalisation.\(number).mean", Tensor(normalisation.mean, shape: [normalisation.mean.count])))
                result.append(("normalisation.\(number).scale", Tensor([normalisation.scale], shape: [1])))
            }
        }
        return result + head.tensors.map { ("head.\($0.name)", $0.tensor) }
    }

    /// Writes `{"state_dict", "codes", "classes", "zoo"}` in PyTorch's zip format; or for a name that ends in
    /// `.safetensors` the tensors, and the rest as `__metadata__`, JSON where it is no text.
    ///
    /// `codes` is JSON: the sources with their preprocessing, the kind of head, its settings. The file takes its name when
    /// it is complete. The same classifier gives the same bytes.
    ///
    /// - Parameter provenance: How it was made.
    /// - Throws: ``ZooCore/FileError``, for example when the disk is full; nothing is left behind then.
    public func write(to path: FilePath, provenance: [(key: String, value: String)]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let description = try encoder.text(of: CodesDescription(self))
        let zoo = [("version", ZooVersion.current)] + provenance.map { ($0.key, $0.value) }
        guard path.extension?.lowercased() == "safetensors" else {
            return try PyTorchZipWriter.write(
                .dictionary([
                    ("state_dict", .orderedDictionary(tensors.map { ($0.name, .tensor($0.tensor)) })),
                    ("codes", .string(description)), ("classes", .list((classes ?? []).map { .string($0) })),
                    ("zoo", .dictionary(zoo.map { ($0.0, .string($0.1)) })),
                ]), to: path)
        }
        try SafetensorsWriter.write(
            tensors,
            metadata: [
                "format": "pt", "codes": description, "classes": try encoder.text(of: classes ?? []),
                "zoo": try encoder.text(of: Dictionary(zoo) { $1 }),
            ], to: path)
    }
}
