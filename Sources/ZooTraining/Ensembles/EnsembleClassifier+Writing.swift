internal import FoundationEssentials
public import SystemPackage
import ZooCheckpoint
import ZooCore
import ZooGraph
import ZooTensor

extension EnsembleClassifier {
    /// Every tensor by its name in the file, each body once.
    private var tensors: [(name: String, tensor: Tensor)] {
        var result: [(name: String, tensor: Tensor)] = []
        for (number, source) in sources.enumerated() {
            for spec in source.graph.parameterSpecs {
                if let tensor = source.parameters[spec.name] {
                    result.append(("sources.\(number).\(spec.name)", tensor))
                }
            }
        }
        for (index, member) in members.enumerated() {
            guard let (source, known) = member.layer else {
                result += member.headTensors.map { ("members.\(index).\($0.name)", $0.tensor) }
                continue
            }
            let head = LinearHead(
                weight: known.weight, bias: known.bias, pixelCount: sources[source].head.isConvolution ? 1 : nil)
            result += head.tensors(prefix: "members.\(index)")
        }
        if case .stack(let head) = combination { result += head.tensors(prefix: "stack") }
        return result
    }

    /// Writes `{"state_dict", "ensemble", "classes", "zoo"}` in PyTorch's zip format; or for a name that ends in
    /// `.safetensors` the tensors, and the rest as `__metadata__`, JSON where it is no text.
    ///
    /// The file takes its name when it is complete. The same ensemble gives the same bytes.
    ///
    /// - Parameter provenance: how it was made.
    /// - Throws: ``ZooCore/FileError``, for example when the disk is full; nothing is left behind then.
    public func write(to path: FilePath, provenance: [(key: String, value: String)]) throws {
        let description = EnsembleDescription(self)
        let zoo = [("version", ZooVersion.current)] + provenance.map { ($0.key, $0.value) }
        guard path.extension?.lowercased() == "safetensors" else {
            return try PyTorchZipWriter.write(
                .dictionary(
                    [
                        ("state_dict", .orderedDictionary(tensors.map { ($0.name, .tensor($0.tensor)) })),
                        ("ensemble", description.savedValue),
                    ] + (classes.map { [("classes", .list($0.map { .string($0) }))] } ?? [])
                        + [("zoo", .dictionary(zoo.map { ($0.0, .string($0.1)) }))]),
                to: path)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var metadata = [
            "format": "pt", "ensemble": try encoder.text(of: description),
            "zoo": try encoder.text(of: Dictionary(zoo) { $1 }),
        ]
        if let classes { metadata["classes"] = try encoder.text(of: classes) }
        try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
    }
}
