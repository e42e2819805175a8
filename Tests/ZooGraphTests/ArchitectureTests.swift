import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooCore
import ZooGraph
import ZooTensor

@Suite struct ArchitectureTests {
    /// Parameters and multiply-adds as torchvision's weights list them (`num_params`, `GFLOPS`), at 224×224.
    static let published: [(String, Int, Double)] = [
        ("resnet18", 11_689_512, 1.814), ("resnet34", 21_797_672, 3.664), ("resnet50", 25_557_032, 4.089),
        ("resnet101", 44_549_160, 7.801), ("resnet152", 60_192_808, 11.514),
    ]

    @Test("parameters and multiply-adds are torchvision's", arguments: published)
    func counts(name: String, parameters: Int, gflops: Double) throws {
        let graph = try Architecture.graph(named: name, classes: 1000)
        #expect(graph.parameterCount == parameters)
        let multiplyAdds = Double(try graph.multiplyAdds(height: 224, width: 224)) / 1e9
        #expect((multiplyAdds * 1000).rounded() / 1000 == gflops)
    }

    /// What torchvision says about an architecture, from fixtures/generators/networks.py.
    struct Published: Decodable {
        let tensors: Int
        let digest: String
        let parameters: Int
        let gflops: Double
        let size: Int
    }

    private static let publishedByTorchvision: [String: Published] = {
        let path = RealData.projectRoot.pushing("fixtures/networks/torchvision.json")
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path.string)) else { return [:] }
        return (try? JSONDecoder().decode([String: Published].self, from: data)) ?? [:]
    }()

    @Test func allNetworksOfTorchvisionAreThere() {
        #expect(Self.publishedByTorchvision.count == 80)
        #expect(Set(Architecture.names).isSuperset(of: Self.publishedByTorchvision.keys))
    }

    @Test(
        "every network of torchvision has its tensors, size and cost", arguments: publishedByTorchvision.keys.sorted())
    func namesAndCounts(name: String) throws {
        let expected = try #require(Self.publishedByTorchvision[name])
        let graph = try Architecture.graph(named: name, classes: 1000)
        let lines = graph.parameterSpecs.map { spec in
            ([spec.name] + (spec.shape.rank > 0 ? [spec.shape.sizes.map(String.init).joined(separator: ",")] : []))
                .joined(separator: " ") + "\n"
        }
        #expect(lines.count == expected.tensors)
        #expect(Self.digest(lines.joined()) == expected.digest)
        // torchvision counts the auxiliary head of Inception's checkpoint, which is not used for inference.
        let unused = name == "inception_v3" ? 3_326_696 : 0
        #expect(graph.parameterCount == expected.parameters - unused)
        let multiplyAdds = Double(try graph.multiplyAdds(height: expected.size, width: expected.size)) / 1e9
        #expect(abs(multiplyAdds - expected.gflops) < 0.0011, "\(multiplyAdds) instead of \(expected.gflops)")
    }

    private static func digest(_ text: String) -> String {
        let value = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let hex = String(value, radix: 16)
        return String(repeating: "0", count: 16 - hex.count) + hex
    }

    @Test("every listed network is recognised by its tensors", arguments: Architecture.names.thinned(to: 20))
    func recognitionOfAll(name: String) throws {
        let graph = try Architecture.graph(named: name, classes: 5)
        let required = graph.parameterSpecs.filter { !$0.isOptional }
        let recognised = Architecture.recognise(Dictionary(uniqueKeysWithValues: required.map { ($0.name, $0.shape) }))
        #expect(recognised == graph)
        let replaced = try graph.replacingHead(outputs: 7)
        #expect(replaced.head?.outputs == 7)
        let features = try graph.featureMapExtractor()
        #expect(features.parameterSpecs.count < graph.parameterSpecs.count)
    }

    /// The sizes that He et al. give for the CIFAR networks (table 6), in millions.
    @Test(arguments: [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)])
    func cifarNetworksHaveTheSizesOfThePaper(depth: Int, millions: Double) throws {
        let graph = try Architecture.graph(named: "resnet\(depth)_cifar", classes: 10)
        #expect(abs(Double(graph.parameterCount) / 1e6 - millions) < 0.04)
    }

    static let withNames = [
        "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnet20_cifar", "resnet56_cifar",
        "mobilenet_v1_x0_25",
    ]

    /// What PyTorch's `state_dict` has, from fixtures/generators/networks.py.
    private func stateDict(of name: String) throws -> [(name: String, shape: Shape)] {
        let path = RealData.projectRoot.pushing("fixtures/networks").appending("\(name).names")
        let file = try MappedFile(path)
        let decoded = String(validatingUTF8: file.bytes)
        let text = try #require(decoded)
        return try text.split(separator: "\n").map { line in
            let parts = line.split(separator: " ")
            let sizes = parts.count > 1 ? parts[1].split(separator: ",").compactMap { Int($0) } : []
            return (String(try #require(parts.first)), Shape(sizes))
        }
    }

    @Test("names, shapes and their order are PyTorch's", arguments: withNames)
    func names(name: String) throws {
        let expected = try stateDict(of: name)
        let classes = try #require(expected.last?.shape[0])
        let specs = try Architecture.graph(named: name, classes: classes).parameterSpecs
        #expect(specs.map(\.name) == expected.map(\.name))
        #expect(specs.map(\.shape) == expected.map(\.shape))
    }

    @Test("a state dict tells its network and its number of classes", arguments: withNames)
    func recognition(name: String) throws {
        var shapes = Dictionary(uniqueKeysWithValues: try stateDict(of: name).map { ($0.name, $0.shape) })
        #expect(Architecture.recognise(shapes)?.name == name)
        let head = try #require(Architecture.recognise(shapes)?.head)
        // Another number of classes, and a file of an old PyTorch.
        shapes["\(head.prefix).weight"] = [7, head.inputFeatures]
        shapes["\(head.prefix).bias"] = [7]
        shapes = shapes.filter { !$0.key.hasSuffix("num_batches_tracked") }
        #expect(Architecture.recognise(shapes)?.head?.outputs == 7)
        shapes["\(head.prefix).bias"] = [8]
        #expect(Architecture.recognise(shapes) == nil)
    }

    @Test(
        "old names of DenseNet's tensors become those of today",
        arguments: [
            (
                "features.denseblock1.denselayer2.norm.1.running_mean",
                "features.denseblock1.denselayer2.norm1.running_mean"
            ),
            ("features.denseblock4.denselayer16.conv.2.weight", "features.denseblock4.denselayer16.conv2.weight"),
            ("features.denseblock1.denselayer2.norm1.weight", "features.denseblock1.denselayer2.norm1.weight"),
            ("features.norm5.weight", "features.norm5.weight"), ("layer.norm.1.weight", "layer.norm.1.weight"),
            ("denselayer1.norm.3.weight", "denselayer1.norm.3.weight"), ("weight", "weight"), ("", ""),
        ])
    func oldNames(old: String, current: String) {
        #expect(Architecture.currentName(of: old) == current)
    }

    @Test func aConvolutionCanBeTheHead() throws {
        let graph = try Architecture.graph(named: "squeezenet1_1", classes: 10)
        #expect(graph.head?.isConvolution == true)
        #expect(graph.head?.inputFeatures == 512)
        #expect(try graph.replacingHead(outputs: 3) == Architecture.graph(named: "squeezenet1_1", classes: 3))
        let features = try graph.featureMapExtractor()
        #expect(try features.shapes(batch: 2, height: 64, width: 64)[features.output] == [2, 512, 3, 3])
        let error = #expect(throws: GraphError.self) { try graph.featureExtractor() }
        #expect(error?.code == .noHead)
    }

    @Test func nothingIsRecognisedInOtherTensors() {
        #expect(Architecture.recognise([:]) == nil)
        #expect(Architecture.recognise(["fc.weight": [0, 512], "linear.weight": []]) == nil)
        #expect(Architecture.recognise(["linear.weight": [10, 64], "layer1.0.conv1.weight": [16, 16, 3, 3]]) == nil)
    }

    @Test func theNearestNetworkHasMostOfTheTensors() throws {
        var shapes: [String: Shape] = [:]
        for spec in try Architecture.graph(named: "resnet34", classes: 5).parameterSpecs {
            shapes[spec.name] = spec.shape
        }
        shapes["conv1.wieght"] = shapes.removeValue(forKey: "conv1.weight")
        #expect(Architecture.recognise(shapes) == nil)
        #expect(Architecture.nearest(to: shapes)?.name == "resnet34")
        #expect(Architecture.nearest(to: shapes)?.head?.outputs == 5)
        shapes["fc.weight"] = nil
        #expect(Architecture.nearest(to: shapes)?.name == "resnet34")
        #expect(Architecture.nearest(to: ["fc.weight": [5, 512], "fc.bias": [5]]) == nil)
        #expect(Architecture.nearest(to: ["fc.weight": [0], "head.weight": []]) == nil)
    }

    @Test(
        "every 6n+2 is a CIFAR network, and nothing else",
        arguments: [
            ("resnet8_cifar", 8), ("resnet14_cifar", 14), ("resnet1202_cifar", 1202), ("resnet2_cifar", nil),
            ("resnet21_cifar", nil), ("resnet-10_cifar", nil), ("resnet_cifar", nil), ("resnet99999998_cifar", nil),
        ] as [(String, Int?)])
    func cifarDepths(name: String, depth: Int?) throws {
        guard let depth else {
            #expect { try Architecture.graph(named: name, classes: 10) } throws: {
                ($0 as? GraphError)?.code == .unknownArchitecture
            }
            return
        }
        let graph = try Architecture.graph(named: name, classes: 10)
        let layers = graph.nodes.count { node in
            switch node.operation {
            case .convolution, .linear: true
            default: false
            }
        }
        #expect(layers == depth)
    }

    @Test func anUnknownNameIsAnsweredWithTheNearestOrAllKnownOnes() {
        let error = #expect(throws: GraphError.self) { try Architecture.graph(named: "resnet19", classes: 10) }
        #expect(error?.kind == .usage)
        #expect(error?.description == "unknown architecture 'resnet19'. Did you mean 'resnet18'?")
        let strange = #expect(throws: GraphError.self) { try Architecture.graph(named: "yolo", classes: 10) }
        #expect(
            strange?.description
                == "unknown architecture 'yolo'. Known are " + Architecture.names.joined(separator: ", "))
        #expect(throws: GraphError.self) { try Architecture.graph(named: "resnet18", classes: 0) }
    }
}
