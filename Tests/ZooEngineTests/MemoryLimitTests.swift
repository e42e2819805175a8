import Testing
import ZooEngine
import ZooGraph
import ZooTensor

/// A plan that does not fit is refused before its memory is taken, with a batch that does.
@Suite("memory is looked at first") struct MemoryLimitTests {
    private func parameters(_ graph: Graph) -> [String: Tensor] {
        Dictionary(
            uniqueKeysWithValues: graph.parameterSpecs.filter { !$0.isOptional }.map {
                ($0.name, Tensor([Float](repeating: 1, count: $0.shape.elementCount), shape: $0.shape))
            })
    }

    @Test("the batch that is suggested fits", arguments: [false, true]) func suggestion(isTraining: Bool) throws {
        let graph = try Architecture.graph(named: "resnet14_cifar", classes: 10)
        let weights = parameters(graph)
        func make(_ batchSize: Int, _ limit: Int?) throws -> Int {
            let options = EngineOptions(threads: 1, memoryLimit: limit)
            guard isTraining else {
                return try InferencePlan(
                    graph: graph, parameters: weights, batchSize: batchSize, height: 32, width: 32, options: options
                ).arenaByteCount
            }
            let trainable = try TrainableParameters(
                graph: graph, parameters: weights, scope: .everything(of: graph))
            return try TrainingPlan(trainable, batchSize: batchSize, height: 32, width: 32, options: options)
                .arenaByteCount
        }
        let limit = try make(32, nil) / 2
        var message = ""
        do {
            _ = try make(32, limit)
            Issue.record("a plan of twice the limit was made")
        } catch let error as EngineError {
            #expect(error.code == .outOfMemory)
            message = error.message
        }
        let fitting = try #require(Int(message.split(separator: "--batch-size ").last?.prefix { $0.isNumber } ?? ""))
        #expect((4..<32).contains(fitting), "\(message)")
        #expect(try make(fitting, limit) <= limit)
    }

    @Test func whereNoImageFitsThatIsSaid() throws {
        let graph = try Architecture.graph(named: "resnet14_cifar", classes: 10)
        #expect {
            try InferencePlan(
                graph: graph, parameters: parameters(graph), batchSize: 2, height: 32, width: 32,
                options: EngineOptions(threads: 1, memoryLimit: 1000))
        } throws: { error in
            (error as? EngineError)?.message.contains("not even one image") == true
        }
    }
}
