import Testing
import ZooGraph
import ZooTensor

@testable import ZooTraining

/// Weights to train from scratch with are drawn as torchvision draws them.
@Suite("networks before their training") struct NetworkInitialisationTests {
    private func statistics(_ tensor: Tensor?) throws -> (mean: Double, deviation: Double, largest: Double) {
        let values = try #require(tensor).float32Values().map(Double.init)
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        return (mean, variance.squareRoot(), values.reduce(0) { max($0, abs($1)) })
    }

    @Test func resNet() throws {
        let graph = try Architecture.graph(named: "resnet18", classes: 10)
        let tensors = NetworkInitialisation.parameters(of: graph, seed: 1)
        #expect(Set(tensors.keys) == Set(graph.parameterSpecs.filter { !$0.isOptional }.map(\.name)))
        // He's normal distribution by fan-out: 512 filters of 3×3.
        let convolution = try statistics(tensors["layer4.1.conv2.weight"])
        let expected = (2.0 / (512 * 9)).squareRoot()
        #expect(abs(convolution.deviation - expected) < 0.01 * expected)
        #expect(abs(convolution.mean) < 0.01 * expected)
        #expect(try statistics(tensors["bn1.weight"]).mean == 1 && statistics(tensors["bn1.bias"]).largest == 0)
        #expect(try statistics(tensors["bn1.running_var"]).mean == 1)
        // `torch.nn.Linear`: evenly within ±1/√512.
        let head = try statistics(tensors["fc.weight"])
        let bound = (1.0 / 512).squareRoot()
        #expect(head.largest <= bound && abs(head.deviation - bound / 3.squareRoot()) < 0.05 * bound)
    }

    @Test func theSeedDecidesAndAnotherHeadChangesNothingElse() throws {
        let five = try Architecture.graph(named: "resnet14_cifar", classes: 5)
        let ten = try Architecture.graph(named: "resnet14_cifar", classes: 10)
        let values = { (graph: Graph, seed: UInt64) in
            try NetworkInitialisation.parameters(of: graph, seed: seed)["layer3.0.conv1.weight"]?.float32Values()
        }
        #expect(try values(five, 1) == values(ten, 1))
        #expect(try values(five, 1) != values(five, 2))
    }

    @Test(
        "every architecture can be trained from scratch",
        arguments: ["vit_b_16", "swin_t", "convnext_tiny", "mobilenet_v3_small"])
    func complete(name: String) throws {
        let graph = try Architecture.graph(named: name, classes: 3)
        let tensors = NetworkInitialisation.parameters(of: graph, seed: 1)
        for spec in graph.parameterSpecs where !spec.isOptional {
            let tensor = try #require(tensors[spec.name], "\(spec.name)")
            #expect(tensor.shape == spec.shape)
            let isNorm = spec.shape.rank == 1
            if !isNorm {
                #expect(try statistics(tensor).deviation > 0 || spec.name.contains("layer_scale"), "\(spec.name)")
            }
        }
    }
}
