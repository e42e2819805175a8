import SystemPackage
import TestSupport
import Testing
import ZooCheckpoint
import ZooGraph
import ZooTensor

@testable import ZooTraining

@Suite("which network a file holds") struct NetworkLoaderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The name that a tensor of ResNet-14 gets in the file; `nil` for one that is left out.
        let rename: @Sendable (String) -> String?
        /// Tensors of others in the file.
        var others: [String] = []
        let prefix: String
        let hasHead: Bool
    }

    static let cases = [
        Case(testDescription: "the network", rename: { $0 }, prefix: "", hasHead: true),
        Case(testDescription: "DataParallel's", rename: { "module." + $0 }, prefix: "", hasHead: true),
        Case(testDescription: "inside a model", rename: { "model." + $0 }, prefix: "model.", hasHead: true),
        Case(testDescription: "without its output layer", rename: body, prefix: "", hasHead: false),
        Case(
            testDescription: "the backbone of a detector", rename: { body($0).map { "backbone.body." + $0 } },
            others: ["backbone.fpn.weight", "head.weight"], prefix: "backbone.body.", hasHead: false),
        Case(
            testDescription: "with a head of another kind", rename: body, others: ["projection.0.weight"], prefix: "",
            hasHead: false),
    ]

    private static func body(_ name: String) -> String? { name.hasPrefix("linear.") ? nil : name }

    private static func file(
        _ folder: borrowing ScratchFolder, others: [String] = [], _ rename: (String) -> String?
    ) throws -> FilePath {
        let graph = try Architecture.graph(named: "resnet14_cifar", classes: 4)
        let parameters = NetworkInitialisation.parameters(of: graph, seed: 1)
        var tensors = graph.parameterSpecs.compactMap { spec in
            rename(spec.name).flatMap { name in parameters[spec.name].map { (name: name, tensor: $0) } }
        }
        tensors += others.map { (name: $0, tensor: Tensor([1, 2] as [Float], shape: [2])) }
        let path = folder.file("weights.safetensors")
        try SafetensorsWriter.write(tensors, to: path)
        return path
    }

    @Test(arguments: cases) func found(_ row: Case) throws {
        let folder = try ScratchFolder()
        let network = try NetworkLoader().load(try Self.file(folder, others: row.others, row.rename))
        #expect(network.graph.name == "resnet14_cifar")
        #expect(network.prefix == row.prefix)
        #expect(network.hasHead == row.hasHead)
        #expect(network.head.outputs == (row.hasHead ? 4 : 1))
        #expect((network.parameters["linear.weight"] != nil) == row.hasHead)
        #expect(network.parameters["layer3.1.conv2.weight"] != nil)
    }

    @Test("a network of which more is missing is refused", arguments: ["conv1.weight", "layer2.0.bn1.running_mean"])
    func incomplete(_ missing: String) throws {
        let folder = try ScratchFolder()
        let path = try Self.file(folder) { $0 == missing ? nil : $0 }
        let error = #expect(throws: TrainingError.self) { try NetworkLoader().load(path) }
        #expect(error?.code == .unfitCheckpoint)
        #expect(error?.message.contains(missing) == true, "\(error?.message ?? "")")
    }

    @Test("an output layer without its weight but with a bias is broken, not absent") func halfAHead() throws {
        let folder = try ScratchFolder()
        let path = try Self.file(folder) { $0 == "linear.weight" ? nil : $0 }
        #expect(throws: TrainingError.self) { try NetworkLoader(architecture: "resnet14_cifar").load(path) }
    }
}
