import TestSupport
import Testing
import ZooEngine
import ZooGraph
import ZooTensor

/// The reference's gradients are PyTorch's, for every architecture.
@Suite(.slow) struct GradientTests {
    /// The reference's step on the fixture's batch.
    private func step(
        _ graph: Graph, _ fixture: GradientFixture, trains: Bool
    ) throws -> (loss: Double, derivatives: ReferenceEngine.Derivatives) {
        let shape = Shape(fixture.shape)
        let names = trains ? GradientFixture.batchNorms(of: graph) : []
        var loss = Double.nan
        let derivatives = try ReferenceEngine.differentiate(
            graph, parameters: Seeded.parameters(of: graph),
            input: Seeded.values("images", shape).map { Double($0) }, shape: shape,
            mode: ReferenceEngine.TrainingMode(batchNorms: Set(names))
        ) { logits in
            let entropy = MeanCrossEntropy(logits, labels: fixture.labels)
            loss = entropy.loss
            return entropy.gradient
        }
        return (loss, derivatives)
    }

    private func check(_ name: String, trains: Bool) throws {
        let graph = try #require(NetworkTests.cases.first { $0.name == name }?.graph)
        let fixture = try GradientFixture(of: name)
        let expected = fixture.step(trains: trains)
        #expect(GradientFixture.batchNorms(of: graph).isEmpty == (fixture.training == nil))
        let (loss, found) = try step(graph, fixture, trains: trains)
        #expect(abs(loss - expected.loss) < 1e-9 * max(1, expected.loss))
        let comparison = GradientComparison(found.parameters, images: found.input, expected)
        #expect(comparison.worst < 1e-6 && comparison.unmatched.isEmpty, "\(comparison)")
        guard let running = expected.running else { return }
        #expect(running.count == 2 * found.statistics.count)
        for node in graph.nodes {
            guard case .batchNorm(let layer) = node.operation else { continue }
            let seen = try #require(found.statistics[node.name])
            for (part, values) in [("running_mean", seen.mean), ("running_var", seen.unbiasedVariance)] {
                let name = "\(node.name).\(part)"
                let old = Seeded.values(name, [values.count])
                let new = zip(old, values).map { (1 - layer.momentum) * Double($0) + layer.momentum * $1 }
                let difference = Projections(name, new).difference(from: try #require(running[name]), floor: 0)
                #expect(difference < 1e-6, "\(name) differs by \(difference)")
            }
        }
    }

    @Test("with batch norms in training mode", arguments: GradientFixture.names)
    func training(name: String) throws { try check(name, trains: true) }

    // The rest would only repeat the operations of these.
    @Test(
        "with frozen batch norms",
        arguments: [
            "narrow basic", "narrow vgg_bn", "narrow densenet", "narrow regnet",
        ])
    func frozen(name: String) throws { try check(name, trains: false) }

    @Test("a wrong element of any gradient shows in its projections", arguments: [0, 1, 7, 99])
    func projectionsSeeEveryElement(index: Int) {
        var values = Seeded.uniform("values", 100).map { $0 - 0.5 }
        let expected = Projections("g", values)
        #expect(Projections("g", values).difference(from: expected, floor: 0) == 0)
        values[index] += 1e-3
        #expect(Projections("g", values).difference(from: expected, floor: 0) > 1e-4)
        values[index] = .nan
        #expect(!(Projections("g", values).difference(from: expected, floor: 0) < 1))
        values.swapAt(3, 4)
        #expect(!(Projections("g", values).difference(from: expected, floor: 0) < 1))
    }
}
