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

    @Test("following the suggestion leads to a batch that fits", arguments: [false, true]) func suggestion(
        isTraining: Bool
    ) throws {
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
        var batchSize = 32
        // Kernels, and so the memory that a batch needs, are not the same on every processor: a second try may be needed.
        for attempt in 1...3 {
            do {
                #expect(try make(batchSize, limit) <= limit)
                #expect(attempt > 1, "a plan of twice the limit was made")
                return
            } catch let error as EngineError {
                #expect(error.code == .outOfMemory)
                let words = error.message.split(separator: "--batch-size ")
                let suggested = try #require(Int(words.last?.prefix { $0.isNumber } ?? ""), "\(error.message)")
                #expect((4..<batchSize).contains(suggested), "\(error.message)")
                batchSize = suggested
            }
        }
        Issue.record("a batch of \(batchSize) does not fit either")
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
