import Testing
import ZooEngine
import ZooGraph
import ZooTensor

/// What optimisers keep has the engine's order of elements, and goes into files in PyTorch's.
@Suite("buffers in PyTorch's order") struct OptimiserOrderTests {
    @Test func thereAndBackAgain() throws {
        let graph = try Architecture.graph(named: "resnet14_cifar", classes: 10)
        let weights = Dictionary(
            uniqueKeysWithValues: graph.parameterSpecs.filter { !$0.isOptional }.map { spec in
                (spec.name, Tensor((0..<spec.shape.elementCount).map { Float($0) + 1 }, shape: spec.shape))
            })
        let parameters = try TrainableParameters(graph: graph, parameters: weights, scope: .everything(of: graph))
        _ = try TrainingPlan(parameters, batchSize: 2, height: 32, width: 32, options: EngineOptions(threads: 1))
        var differing = 0
        var current: [String: [Float]] = [:]
        parameters.update { name, values, _ in
            current[name] = (0..<values.count).map { values[$0] }
        }
        for (name, values) in current {
            let expected = try #require(weights[name]).float32Values()
            // The values themselves are such a buffer, whose order in PyTorch is known.
            #expect(try parameters.rowMajor(values, of: name) == expected, "\(name)")
            #expect(try parameters.optimiserOrder(expected, of: name) == values, "\(name)")
            if values != expected { differing += 1 }
        }
        #expect(differing > 0, "the engine's order is PyTorch's for every parameter, so nothing was tested")
    }

    @Test func strangersAreRefused() throws {
        let graph = try Architecture.graph(named: "resnet14_cifar", classes: 10)
        let weights = Dictionary(
            uniqueKeysWithValues: graph.parameterSpecs.filter { !$0.isOptional }.map {
                ($0.name, Tensor([Float](repeating: 1, count: $0.shape.elementCount), shape: $0.shape))
            })
        let scope = TrainingScope(parameters: ["linear.weight"], batchNorms: [], dropsOut: false)
        let parameters = try TrainableParameters(graph: graph, parameters: weights, scope: scope)
        #expect(throws: EngineError.self) { try parameters.rowMajor([1], of: "conv1.weight") }
        #expect(throws: EngineError.self) { try parameters.rowMajor([1], of: "linear.weight") }
        #expect(throws: EngineError.self) { try parameters.optimiserOrder([1], of: "linear.weight") }
    }
}
