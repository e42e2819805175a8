import TestSupport
import ZooTensor

@testable import ZooGraph

/// The narrow networks of fixtures/generators/explaining.py, with weights that follow from the names of their tensors.
enum ExplainedNetworks {
    static let graphs: [String: Graph] = {
        let swin = { (isSecond: Bool) in Swin(isSecond: isSecond, blocks: [2, 2], heads: [2, 4], width: 16) }
        let resnet = { (block: ResNet.Block, blocks: [Int], width: Int) in
            ResNet(block: block, blocks: blocks, width: width, groups: 1, groupWidth: 64)
        }
        let makers: [(String, (String, Int) throws -> Graph)] = [
            ("narrow basic", resnet(.basic, [2, 2, 2, 2], 8).graph),
            ("narrow bottleneck", resnet(.bottleneck, [3, 4, 6, 3], 8).graph),
            (
                "narrow resnext",
                ResNet(block: .bottleneck, blocks: [1, 2, 1, 1], width: 16, groups: 4, groupWidth: 32).graph
            ),
            ("narrow vgg", VGG(stages: [1, 1, 2, 2, 2], widths: [8, 16, 24, 32, 32], hidden: 24).graph),
            ("narrow alexnet", AlexNet(hidden: 16).graph), ("narrow mobilenet_v2", MobileNetV2(width: 0.35).graph),
            ("narrow densenet", DenseNet(growth: 8, blocks: [2, 3, 2, 2], stem: 16).graph),
            ("narrow googlenet", GoogLeNet(divisor: 8).graph), ("narrow inception", InceptionV3(divisor: 8).graph),
            ("narrow efficientnet", EfficientNet.b(width: 0.5, depth: 0.5, dropout: 0.2).graph),
            ("narrow regnet", RegNet([1, 2, 2], [16, 32, 64], group: 8, squeezes: true).graph),
            ("narrow convnext", ConvNeXt(blocks: [1, 2, 1], widths: [16, 32, 48]).graph),
            ("narrow vit", ViT(patch: 8, image: 32, layers: 2, heads: 3, width: 24, hidden: 40).graph),
            ("narrow swin", swin(false).graph), ("narrow swin_v2", swin(true).graph),
            (
                "narrow maxvit",
                MaxViT(stem: 16, widths: [16, 32], layers: [1, 2], partition: 7, headWidth: 8).graph
            ),
        ]
        var graphs: [String: Graph] = [:]
        for (name, make) in makers { graphs[name] = try? make(name, 7) }
        graphs["narrow basic, odd"] = try? resnet(.basic, [1, 2, 1, 1], 12).graph(name: "narrow basic, odd", classes: 5)
        for name in ["squeezenet1_1", "mnasnet0_5", "shufflenet_v2_x0_5", "mobilenet_v3_small"] {
            graphs[name] = try? Architecture.graph(named: name, classes: 7)
        }
        for name in ["resnet14_cifar", "mobilenet_v1_x0_25"] {
            graphs[name] = try? Architecture.graph(named: name, classes: 10)
        }
        return graphs
    }()

    static func parameters(of graph: Graph) -> [String: Tensor] {
        var result: [String: Tensor] = [:]
        for spec in graph.parameterSpecs where !spec.isOptional {
            result[spec.name] = Tensor(SeededNumbers.values(spec.name, spec.shape.sizes), shape: spec.shape)
        }
        return result
    }

    /// The first of the seeded images of a shape `N×C×H×W`.
    static func image(_ shape: [Int]) -> [Float] {
        Array(SeededNumbers.values("images", shape).prefix(shape[1] * shape[2] * shape[3]))
    }

    /// The largest difference between two maps, relative to the largest expected number.
    static func difference(_ found: [[Float]], _ expected: [[Double]]) -> Double {
        let (a, b) = (found.flatMap { $0 }, expected.flatMap { $0 })
        guard a.count == b.count, found.count == expected.count, !a.contains(where: \.isNaN) else { return .infinity }
        return (zip(a, b).map { abs(Double($0) - $1) }.max() ?? 0) / (b.map(abs).max() ?? 1)
    }
}
