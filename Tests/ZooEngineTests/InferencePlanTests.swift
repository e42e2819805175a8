import Testing
import ZooCore
import ZooTensor

@testable import ZooEngine
@testable import ZooGraph

@Suite struct InferencePlanTests {
    static func graph() throws -> Graph {
        try ResNet(block: .basic, blocks: [1, 1, 1, 1], width: 8).graph(name: "tiny", classes: 6)
    }

    private func plan(
        _ graph: Graph, _ batch: Int, _ side: Int = 40, fuses: Bool = true, options: EngineOptions = EngineOptions()
    ) throws -> InferencePlan {
        let program = try Lowering.lower(graph, parameters: Seeded.parameters(of: graph), fuses: fuses)
        return try InferencePlan(program, batchSize: batch, height: side, width: side, options: options)
    }

    @Test func foldingAndFusingChangeNothing() throws {
        for graph in [
            try Self.graph(), try CIFARResNet(blocks: 2, width: 16).graph(name: "cifar", classes: 4),
            try MobileNetV1.graph(name: "mobilenet", classes: 4),
        ] {
            let fused = try Lowering.lower(graph, parameters: Seeded.parameters(of: graph))
            let plain = try Lowering.lower(graph, parameters: Seeded.parameters(of: graph), fuses: false)
            // Every batch norm, activation and sum of these networks joins a convolution.
            let expected = graph.nodes.count { node in
                switch node.operation {
                case .batchNorm, .activation, .add, .flatten: false
                default: true
                }
            }
            #expect(fused.steps.count == expected)
            #expect(plain.steps.count == graph.nodes.count - 1)
            let images = Seeded.values("images", [2, 3, 40, 40])
            let result = try plan(graph, 2).run(images, count: 2)
            let reference = try plan(graph, 2, fuses: false).run(images, count: 2)
            let difference = Difference(result, reference.map { Double($0) })
            #expect(difference.relative < 1e-5, "\(graph.name): \(difference)")
            #expect(try plan(graph, 2).slowLayers == [])
        }
    }

    @Test func aPlanGivesTheSameEveryTimeAndBesideOthers() throws {
        let images = Seeded.values("images", [3, 3, 40, 40])
        let other = Seeded.values("other images", [1, 3, 56, 56])
        let first = try plan(Self.graph(), 3)
        let second = try plan(Architecture.graph(named: "resnet14_cifar", classes: 4), 1, 56)
        let expected = (try first.run(images, count: 3), try second.run(other, count: 1))
        for _ in 0..<3 {
            #expect(try second.run(other, count: 1) == expected.1)
            #expect(try first.run(images, count: 3) == expected.0)
        }
        // A batch of its own for every image, and another number of threads, round differently at most.
        let single = try plan(Self.graph(), 1, options: EngineOptions(threads: 1))
        for index in 0..<3 {
            let image = Array(images[index * 4800..<(index + 1) * 4800])
            let difference = Difference(
                try single.run(image, count: 1), expected.0[index * 6..<index * 6 + 6].map { Double($0) })
            #expect(difference.relative < 1e-5, "\(difference)")
        }
    }

    @Test func aBatchThatIsNotFullGivesItsOwnResultsOnly() throws {
        let plan = try plan(Self.graph(), 4)
        let images = Seeded.values("images", [4, 3, 40, 40])
        let all = try plan.run(images, count: 4)
        for count in 0...3 {
            let some = Array(images[..<(count * 4800)])
            let result = try plan.run(some, count: count)
            #expect(result == Array(all[..<(count * 6)]))
        }
    }

    @Test func anotherNumberOfImagesIsRefused() throws {
        let plan = try plan(Self.graph(), 2)
        let images = Seeded.values("images", [3, 3, 40, 40])
        for (used, count) in [(14400, 3), (9600, 1), (4800, 2), (4799, 1), (0, -1), (0, .max)] {
            let some = Array(images[..<used])
            #expect { try plan.run(some, count: count) } throws: { ($0 as? EngineError)?.code == .wrongInput }
        }
    }

    @Test func featuresAreFlat() throws {
        let plan = try plan(Self.graph().featureExtractor(), 2)
        #expect(plan.outputShape == [64])
        #expect(plan.imageShape == [3, 40, 40])
        let images = Seeded.values("images", [2, 3, 40, 40])
        #expect(try plan.run(images, count: 2).count == 128)
    }

    @Test func parametersOfAnyRealTypeAreTaken() throws {
        var net = GraphBuilder("linear", inputChannels: 2)
        let x = net.linear("fc", net.flatten(net.input), outputs: 1)
        let graph = try net.graph(output: x)
        let storage = Storage(copying: ([2, 3] as [Double]).rawSpan)
        let layout = TensorLayout(contiguous: .float64, [1, 2])
        let parameters = [
            "fc.weight": try Tensor(layout: layout, storage: storage), "fc.bias": Tensor([1] as [Int64], shape: [1]),
        ]
        let plan = try InferencePlan(graph: graph, parameters: parameters, batchSize: 1, height: 1, width: 1)
        #expect(try plan.run([10, 100], count: 1) == [321])
    }

    @Test func parametersThatDoNotFitAreNamed() throws {
        let graph = try Self.graph()
        var parameters = Seeded.parameters(of: graph)
        parameters["layer2.0.bn1.bias"] = nil
        let missing = #expect(throws: EngineError.self) { try Lowering.lower(graph, parameters: parameters) }
        #expect(
            missing?.description
                == "tiny: layer2.0.bn1.bias: the parameter is missing; the checkpoint belongs to another network")
        parameters["layer2.0.bn1.bias"] = Tensor([1, 2] as [Float], shape: [2])
        let mismatch = #expect(throws: EngineError.self) { try Lowering.lower(graph, parameters: parameters) }
        #expect(
            mismatch?.description == "tiny: layer2.0.bn1.bias: the network expects shape 16, the checkpoint has 2")
        let complex = TensorLayout(contiguous: .complex64, [16])
        parameters["layer2.0.bn1.bias"] = try Tensor(
            layout: complex, storage: Storage(copying: [UInt8](repeating: 0, count: 128).rawSpan))
        #expect(throws: EngineError.self) { try Lowering.lower(graph, parameters: parameters) }
    }

    @Test func imagesThatDoNotFitAreRefused() throws {
        var net = GraphBuilder("small")
        let x = net.convolution("stem", net.input, channels: 4, kernel: 5)
        let graph = try net.graph(output: x)
        let error = #expect(throws: EngineError.self) {
            try InferencePlan(
                graph: graph, parameters: Seeded.parameters(of: graph), batchSize: 1, height: 4, width: 8)
        }
        #expect(error?.code == .wrongInput)
        #expect(
            error?.description
                == "small: stem: the 5×5 window does not fit the 4×8 image that reaches it; use larger images")
        #expect(throws: EngineError.self) {
            try ReferenceEngine.run(graph, parameters: [:], input: [1], shape: [1, 3, 8, 8])
        }
    }

    @Test func manyThreadsMayCall() async throws {
        let graph = try Self.graph()
        let runner = try ModelRunner(graph: graph, parameters: Seeded.parameters(of: graph))
        let images = Seeded.values("images", [1, 3, 40, 40])
        let expected = try runner.plan(batchSize: 1, height: 40, width: 40).run(images, count: 1)
        try await withThrowingTaskGroup(of: [Float].self) { group in
            for _ in 0..<8 {
                group.addTask { try runner.plan(batchSize: 1, height: 40, width: 40).run(images, count: 1) }
            }
            for try await result in group { #expect(result == expected) }
        }
        let plan = try runner.plan(batchSize: 1, height: 40, width: 40)
        #expect(try runner.plan(batchSize: 1, height: 40, width: 40) === plan)
        #expect(try runner.plan(batchSize: 2, height: 40, width: 40) !== plan)
    }

    @Test func resultsShareMemory() throws {
        // Of a chain of equal layers only two results live at a time.
        var net = GraphBuilder("chain", inputChannels: 16)
        var x = net.input
        for index in 0..<20 { x = net.convolution("c\(index)", x, channels: 16, kernel: 1) }
        let graph = try net.graph(output: x)
        let one = 16 * 40 * 40 * 4
        #expect(try plan(graph, 1).arenaByteCount < 4 * one)
    }
}
