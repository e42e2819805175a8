import Testing
import ZooTensor

@testable import ZooEngine
@testable import ZooGraph

/// Dropouts do nothing in inference, and nothing is computed for them.
@Suite struct DropoutInferenceTests {
    /// A residual block whose branch may be skipped in training.
    private func block(probability: Double) throws -> Graph {
        var net = GraphBuilder("block", inputChannels: 16)
        let x = net.relu(net.convolution("a", net.input, channels: 16, kernel: 1))
        let inner = net.relu(net.convolution("b", x, channels: 16, kernel: 1))
        let y = net.batchNorm("bn", net.convolution("c", inner, channels: 16, kernel: 3, padding: 1))
        let sum = net.add(net.dropout("depth", y, probability, dropsSamples: true), x)
        let features = net.dropout("drop", net.flatten(net.globalAveragePool(net.relu(sum))), probability)
        let logits = net.linear("fc", features, outputs: 3)
        return try net.graph(output: logits, head: "fc")
    }

    @Test func fusingLooksAcrossThem() throws {
        let (graph, plain) = (try block(probability: 0.3), try block(probability: 0))
        #expect(graph.nodes.count == plain.nodes.count + 2)
        let parameters = Seeded.parameters(of: graph)
        // The images, three convolutions (the last with batch norm, sum and ReLU), the pool and the linear layer.
        #expect(try Lowering.lower(graph, parameters: parameters).steps.count == 6)
        #expect(try Lowering.lower(plain, parameters: parameters).steps.count == 6)
        for graph in [graph, try graph.featureExtractor()] {
            let difference = try graph.differenceFromReference(batch: 3, height: 5, width: 6)
            #expect(difference.relative < 1e-5, "\(difference)")
        }
    }

    @Test func aNetworkThatEndsInOneHasFlatFeatures() throws {
        let features = try block(probability: 0.3).featureExtractor()
        let plan = try InferencePlan(
            graph: features, parameters: Seeded.parameters(of: features), batchSize: 1, height: 5, width: 6)
        #expect(plan.outputShape == [16])
    }
}
