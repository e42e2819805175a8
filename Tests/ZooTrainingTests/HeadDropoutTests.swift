import Testing
import ZooGraph

@testable import ZooTraining

@Suite("dropout in front of the head") struct HeadDropoutTests {
    @Test(
        "the names of the parameters stay",
        arguments: ["resnet18", "vgg16", "efficientnet_b0", "squeezenet1_0", "vit_b_16"])
    func names(network: String) throws {
        let graph = try Architecture.graph(named: network, classes: 5)
        let dropped = try graph.addingHeadDropout(0.3)
        #expect(dropped.parameterSpecs == graph.parameterSpecs)
        #expect(dropped.head == graph.head)
        let head = try #require(dropped.nodes.first { $0.name == dropped.head?.prefix })
        guard case .dropout(let dropout) = dropped.nodes[head.inputs[0]].operation else {
            Issue.record("the head's input is no dropout")
            return
        }
        #expect(dropout.probability == 0.3)
        // One that was there is replaced, not doubled.
        let count = { (graph: Graph) in graph.nodes.count { if case .dropout = $0.operation { true } else { false } } }
        #expect(try dropped.addingHeadDropout(0.5).nodes.count == dropped.nodes.count)
        #expect(count(dropped) - count(graph) <= 1)
    }

    /// What is left is made larger, so that the mean stays, and every epoch drops others.
    @Test func features() throws {
        var settings = HeadLearnerTests.settings(epochs: 3)
        let (train, validation) = (
            HeadLearnerTests.clouds(count: 60, seed: 1), HeadLearnerTests.clouds(count: 20, seed: 2)
        )
        let plain = try trainHead(settings, on: [train], validation: validation)
        settings.dropout = 0.5
        let dropped = try trainHead(settings, on: [train], validation: validation)
        let again = try trainHead(settings, on: [train], validation: validation)
        #expect(dropped.head != plain.head && dropped.head == again.head)
        #expect(dropped.outcome.bestAccuracy == 1)
    }
}
