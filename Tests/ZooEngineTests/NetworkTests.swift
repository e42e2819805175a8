import Foundation
import SystemPackage
import TestSupport
import Testing
import ZooEngine
import ZooTensor

@testable import ZooGraph

/// Whole networks against PyTorch, whose logits fixtures/generators/networks.py computed in float64.
@Suite struct NetworkTests {
    struct Expectation: Decodable {
        let shape: [Int]
        let logits: [Double]
    }

    static let cases: [(name: String, graph: Graph)] = {
        var cases: [(String, Graph?)] = ["resnet14_cifar", "resnet20_cifar", "mobilenet_v1_x0_25"]
            .map { ($0, try? Architecture.graph(named: $0, classes: 10)) }
        func narrow(
            _ name: String, _ block: ResNet.Block, _ blocks: [Int], _ width: Int, _ classes: Int, groups: Int = 1,
            groupWidth: Int = 64
        ) {
            let net = ResNet(block: block, blocks: blocks, width: width, groups: groups, groupWidth: groupWidth)
            cases.append((name, try? net.graph(name: name, classes: classes)))
        }
        narrow("narrow basic", .basic, [2, 2, 2, 2], 8, 7)
        narrow("narrow basic, odd", .basic, [1, 2, 1, 1], 12, 5)
        narrow("narrow bottleneck", .bottleneck, [3, 4, 6, 3], 8, 7)
        narrow("narrow resnext", .bottleneck, [1, 2, 1, 1], 16, 7, groups: 4, groupWidth: 32)
        narrow("narrow wide resnet", .bottleneck, [1, 2, 1, 1], 8, 7, groupWidth: 128)
        cases += ["squeezenet1_0", "squeezenet1_1", "mnasnet0_5", "shufflenet_v2_x0_5", "mobilenet_v3_small"]
            .map { ($0, try? Architecture.graph(named: $0, classes: 7)) }
        cases += otherNarrowNetworks.map { ($0, try? $1($0, 7)) }
        for isSecond in [false, true] {
            let name = isSecond ? "narrow swin_v2, odd" : "narrow swin, odd"
            let net = Swin(isSecond: isSecond, blocks: [2, 2], heads: [2, 4], width: 16)
            cases.append((name, try? net.graph(name: name, classes: 5)))
        }
        return cases.compactMap { name, graph in graph.map { (name, $0) } }
    }()

    /// Networks with fewer channels or blocks than those that have a name.
    static var otherNarrowNetworks: [(name: String, graph: (String, Int) throws -> Graph)] {
        let widths = [8, 16, 24, 32, 32]
        let vgg = VGG(stages: [1, 1, 2, 2, 2], widths: widths, hidden: 24)
        let normalised = VGG(stages: [1, 1, 2, 2, 2], hasBatchNorm: true, widths: widths, hidden: 24)
        let second = EfficientNet(
            stem: 8, stages: [.fused(1, 1, 8, 2), .fused(4, 2, 16, 2), .init(4, 3, 2, 24, 2), .init(6, 3, 1, 32, 2)],
            last: 64, epsilon: 0.001)
        return [
            ("narrow vgg", vgg.graph), ("narrow vgg_bn", normalised.graph),
            ("narrow alexnet", AlexNet(hidden: 16).graph),
            ("narrow mobilenet_v2", MobileNetV2(width: 0.35).graph),
            ("narrow densenet", DenseNet(growth: 8, blocks: [2, 3, 2, 2], stem: 16).graph),
            ("narrow densenet, blocks", DenseNet(growth: 16, blocks: [2, 3, 2, 2], stem: 32).graph),
            ("narrow googlenet", GoogLeNet(divisor: 8).graph), ("narrow inception", InceptionV3(divisor: 8).graph),
            ("narrow efficientnet", EfficientNet.b(width: 0.5, depth: 0.5, dropout: 0.2).graph),
            ("narrow efficientnet_v2", second.graph),
            ("narrow regnet", RegNet([1, 2, 2], [16, 32, 64], group: 8, squeezes: true).graph),
            ("narrow convnext", ConvNeXt(blocks: [1, 2, 1], widths: [16, 32, 48]).graph),
            ("narrow vit", ViT(patch: 8, image: 32, layers: 2, heads: 3, width: 24, hidden: 40).graph),
            ("narrow swin", Swin(blocks: [2, 2], heads: [2, 4], width: 16).graph),
            ("narrow swin_v2", Swin(isSecond: true, blocks: [2, 2], heads: [2, 4], width: 16).graph),
            (
                "narrow maxvit",
                MaxViT(stem: 16, widths: [16, 32], layers: [1, 2], partition: 7, headWidth: 8).graph
            ),
        ]
    }

    private func expectations() throws -> [String: Expectation] {
        let path = RealData.projectRoot.pushing("fixtures/networks/logits.json")
        return try JSONDecoder().decode(
            [String: Expectation].self, from: Data(contentsOf: URL(fileURLWithPath: path.string)))
    }

    @Test func everyFixtureIsTested() throws {
        #expect(Set(Self.cases.map(\.name)) == Set(try expectations().keys))
    }

    @Test("logits are PyTorch's", arguments: cases.map(\.name), [false, true].thinned(to: 1))
    func logits(name: String, exact: Bool) throws {
        let graph = try #require(Self.cases.first { $0.name == name }?.graph)
        let expected = try #require(try expectations()[name])
        let shape = Shape(expected.shape)
        let images = Seeded.values("images", shape)
        let plan = try InferencePlan(
            graph: graph, parameters: Seeded.parameters(of: graph), batchSize: shape[0], height: shape[2],
            width: shape[3], options: EngineOptions(exact: exact))
        #expect(plan.slowLayers == [])
        let difference = Difference(try plan.run(images, count: shape[0]), expected.logits)
        #expect(difference.relative < 1e-4, "\(difference)")
    }

    /// The bounds are a little more than what PyTorch's own autocast differs by. Eight bits of every number survive; the
    /// logits of the narrow MobileNet V2 nearly cancel each other, so that it loses more (PyTorch: 0.17).
    @Test(
        "logits in bfloat16 are near PyTorch's",
        .enabled(if: (try? Precision.bfloat16.support()) != .missing, "the processor has no AVX-512"),
        arguments: cases.map(\.name).thinned(to: 8))
    func bfloat16(name: String) throws {
        let graph = try #require(Self.cases.first { $0.name == name }?.graph)
        let expected = try #require(try expectations()[name])
        let shape = Shape(expected.shape)
        let plan = try InferencePlan(
            graph: graph, parameters: Seeded.parameters(of: graph), batchSize: shape[0], height: shape[2],
            width: shape[3], options: EngineOptions(precision: .bfloat16))
        let difference = Difference(try plan.run(Seeded.values("images", shape), count: shape[0]), expected.logits)
        #expect(difference.relative < (name == "narrow mobilenet_v2" ? 0.2 : 0.03), "\(difference)")
    }

    @Test(
        "no layer of a whole network has only a reference kernel", .slow,
        arguments: [
            ("squeezenet1_1", 224), ("mobilenet_v2", 224), ("mnasnet1_0", 224), ("densenet121", 224),
            ("googlenet", 224), ("inception_v3", 299), ("shufflenet_v2_x1_0", 224), ("mobilenet_v3_large", 224),
            ("efficientnet_b0", 224), ("regnet_y_400mf", 224), ("regnet_x_400mf", 224), ("convnext_tiny", 224),
            ("resnext50_32x4d", 224), ("swin_t", 224), ("swin_v2_t", 256), ("maxvit_t", 224),
        ])
    func nothingIsSlow(name: String, size: Int) throws {
        for precision in try Precision.allCases.filter({ try $0.support() == .native }) {
            try nothingIsSlow(name: name, size: size, precision)
        }
    }

    private func nothingIsSlow(name: String, size: Int, _ precision: Precision) throws {
        let graph = try Architecture.graph(named: name, classes: 1000)
        // The kernels depend on shapes only.
        let parameters = graph.parameterSpecs.filter { !$0.isOptional }.map { spec in
            (spec.name, Tensor([Float](repeating: 1, count: spec.shape.elementCount), shape: spec.shape))
        }
        let plan = try InferencePlan(
            graph: graph, parameters: Dictionary(uniqueKeysWithValues: parameters), batchSize: 1, height: size,
            width: size, options: EngineOptions(precision: precision))
        #expect(plan.slowLayers == [])
    }

    @Test(
        "the reference engine is PyTorch",
        arguments: [
            "narrow basic, odd", "resnet14_cifar", "narrow efficientnet", "narrow convnext", "narrow vit",
            "narrow swin", "narrow swin, odd", "narrow swin_v2", "narrow swin_v2, odd", "narrow maxvit",
        ].quickOnes { $0 == "narrow basic, odd" || $0 == "narrow vit" })
    func reference(name: String) throws {
        let graph = try #require(Self.cases.first { $0.name == name }?.graph)
        let expected = try #require(try expectations()[name])
        let shape = Shape(expected.shape)
        let logits = try ReferenceEngine.run(
            graph, parameters: Seeded.parameters(of: graph),
            input: Seeded.values("images", shape).map { Double($0) }, shape: shape)
        let difference = zip(logits, expected.logits).map { abs($0 - $1) }.max() ?? .infinity
        #expect(difference < 1e-9 * max(1, expected.logits.map(abs).max() ?? 0))
    }
}
