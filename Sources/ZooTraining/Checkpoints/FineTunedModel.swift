internal import FoundationEssentials
public import SystemPackage
import ZooCheckpoint
import ZooCore
import ZooEngine
public import ZooGraph
public import ZooImage
public import ZooRegistry
public import ZooTensor

/// A fine-tuned network as it goes into a file.
public struct FineTunedModel: Sendable {
    /// Every tensor of the network, by PyTorch's names, in PyTorch's order.
    public let stateDict: [(name: String, tensor: Tensor)]
    /// Which network it is, and for which classes.
    public let description: SavedModelDescription
    /// How it was made: settings and results, as text by name, in order.
    public let provenance: [(key: String, value: String)]

    /// A network after its training.
    ///
    /// - Parameters:
    ///   - tensors: every tensor of `graph`, by PyTorch's names; what a network does not need is left out.
    ///   - classes: the names of the outputs.
    ///   - provenance: how it was made.
    ///   - tasks: the tasks that the outputs are of, where there are several.
    public init(
        graph: Graph, tensors: [String: Tensor], classes: [String], preprocessing: Preprocessing,
        provenance: [(key: String, value: String)], tasks: [LabelTask]? = nil
    ) {
        stateDict = graph.parameterSpecs.compactMap { spec in tensors[spec.name].map { (spec.name, $0) } }
        description = SavedModelDescription(
            architecture: graph.name, classes: classes, preprocessing: preprocessing, tasks: tasks)
        self.provenance = provenance
    }

    /// A network whose layers compute with 8-bit integers: their weights become integers, `NAME`, with their scales beside
    /// them, `NAME_scale`.
    ///
    /// - Parameter network: One with a calibration; without one it is written as it is.
    /// - Throws: ``ZooEngine/EngineError`` for weights that are no real numbers.
    /// - Complexity: O(parameters).
    public init(quantised network: PretrainedNetwork, provenance: [(key: String, value: String)]) throws {
        let integers = Set(network.graph.weightNames(of: network.calibration?.layers ?? []))
        var tensors: [(name: String, tensor: Tensor)] = []
        for spec in network.graph.parameterSpecs {
            guard let tensor = network.parameters[spec.name] else { continue }
            guard integers.contains(spec.name) else {
                tensors.append((spec.name, tensor))
                continue
            }
            let weights = try Int8Weights(tensor)
            tensors.append((spec.name, weights.integers))
            tensors.append((spec.name + StateDict.scaleSuffix, weights.scales))
        }
        stateDict = tensors
        description = SavedModelDescription(
            architecture: network.graph.name, classes: network.classes ?? [], preprocessing: network.preprocessing,
            tasks: network.tasks, quantisation: network.calibration.map { QuantisationDescription($0) })
        self.provenance = provenance
    }

    /// The bytes of all tensors.
    public var byteCount: Int {
        stateDict.reduce(0) { $0 + TensorLayout(contiguous: $1.tensor.dtype, $1.tensor.shape).byteCount }
    }

    /// Writes `{"state_dict", "arch", "classes", "tasks", "preprocessing", "zoo"}` in PyTorch's zip format, `tasks` only where
    /// there are several; or for a name that ends in `.safetensors` the tensors, and the rest as `__metadata__`, JSON where it
    /// is no text.
    ///
    /// The file takes its name when it is complete. The same model gives the same bytes.
    ///
    /// - Throws: ``ZooCore/FileError``, for example when the disk is full; nothing is left behind then.
    public func write(to path: FilePath) throws {
        if path.extension?.lowercased() == "safetensors" { return try writeSafetensors(to: path) }
        let states = SavedValue.orderedDictionary(stateDict.map { ($0.name, .tensor($0.tensor)) })
        let zoo = [("version", ZooVersion.current)] + provenance.map { ($0.key, $0.value) }
        try PyTorchZipWriter.write(
            .dictionary(
                [("state_dict", states)] + description.savedEntries
                    + [("zoo", .dictionary(zoo.map { ($0.0, .string($0.1)) }))]),
            to: path)
    }

    private func writeSafetensors(to path: FilePath) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let zoo = Dictionary([("version", ZooVersion.current)] + provenance.map { ($0.key, $0.value) }) { $1 }
        var metadata = [
            "format": "pt", "arch": description.architecture, "classes": try encoder.text(of: description.classes),
            "preprocessing": try encoder.text(of: description.preprocessing), "zoo": try encoder.text(of: zoo),
        ]
        if let quantisation = description.quantisation {
            metadata[QuantisationDescription.key] = try encoder.text(of: quantisation)
        }
        if let tasks = description.tasks { metadata["tasks"] = try encoder.text(of: tasks) }
        try SafetensorsWriter.write(stateDict, metadata: metadata, to: path)
    }
}

extension JSONEncoder {
    /// A value as JSON text.
    func text(of value: some Encodable) throws -> String {
        String(decoding: try encode(value), as: UTF8.self)
    }
}
